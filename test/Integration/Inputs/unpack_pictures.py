# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""unpack_pictures.py <archive> <folder> <classes> <pictures per class>

Takes the first pictures of the first classes of the archive's test split."""
import os
import sys
import tarfile

archive, folder, classes, pictures = sys.argv[1:]
with tarfile.open(archive) as tar:
    files = sorted(m.name for m in tar.getmembers() if m.isfile() and m.name.startswith("test/"))
    names = sorted({f.split("/")[1] for f in files})[: int(classes)]
    for name in names:
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        of_class = [f for f in files if f.split("/")[1] == name][: int(pictures)]
        for file in of_class:
            with open(os.path.join(folder, name, os.path.basename(file)), "wb") as out:
                out.write(tar.extractfile(file).read())
