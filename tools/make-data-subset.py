#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes train/data/cifar10-small.tar.xz: the first pictures, by name, of every
class of CIFAR-10 in JPEG form. Files are copied as they are, never re-encoded;
the same input gives the same bytes (with one version of liblzma)."""
import argparse
import collections
import hashlib
import io
import lzma
import os
import tarfile


def choose(source, counts, validation):
    """The first counts[split] files of every class, as {path: bytes}, and the
    `validation` training files of every class after those as split `val`."""
    pictures = {}
    with tarfile.open(source, "r:*") as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".jpg"):
                pictures[member.name] = archive.extractfile(member).read()
    taken = collections.Counter()
    chosen = {}
    counts = dict(counts, val=validation)
    for source_path in sorted(pictures):
        path = source_path
        split, label, _ = path.split("/")
        if taken[split, label] == counts[split] and split == "train":
            split, path = "val", path.replace("train/", "val/", 1)
        if taken[split, label] < counts[split]:
            taken[split, label] += 1
            chosen[path] = pictures[source_path]
    for (split, label), count in sorted(taken.items()):
        if count != counts[split]:
            raise SystemExit(f"{source}: only {count} pictures in {split}/{label}")
    return chosen


def write(path, files):
    """A tar of regular files only, with nothing in it but names and bytes."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    data = lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME)
    with open(path + ".tmp", "wb") as out:
        out.write(data)
    os.replace(path + ".tmp", path)
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="cifar10-jpeg.tar.xz")
    parser.add_argument("-o", dest="output", required=True)
    parser.add_argument("--train", type=int, default=1000, help="pictures per class")
    parser.add_argument("--test", type=int, default=200, help="pictures per class")
    parser.add_argument("--validation", type=int, default=100, help="pictures per class")
    options = parser.parse_args()
    files = choose(options.source, {"train": options.train, "test": options.test},
                   options.validation)
    data = write(options.output, files)
    print(f"{options.output}: {len(files)} pictures, {len(data)} bytes, "
          f"sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
