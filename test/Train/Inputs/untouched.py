# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""untouched.py RUN: what no subnet of phase `narrow` has is what it was after `w4`: channels beyond the first 8 of the
tiny network's middle, and what lies around the 3x3 kernels; the rest was trained, on pictures of 12 pixels."""
import json
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__")
    body = data[8 + size :]
    return {
        name: [body[i : i + 4] for i in range(*entry["data_offsets"], 4)] for name, entry in header.items()
    }


before, after = read(sys.argv[1] + "/w4.safetensors"), read(sys.argv[1] + "/narrow.safetensors")


def compare(name, is_active):
    for i, (x, y) in enumerate(zip(before[name], after[name])):
        assert is_active(i) or x == y, (name, i)
    assert any(x != y for x, y in zip(before[name], after[name])), name


compare("b1.ib.weight", lambda i: i // 8 < 8)
compare("b1.dw.weight", lambda i: i // 25 < 8)
compare("b1.dw.bn.gamma", lambda i: i < 8)
compare("b1.pl.weight", lambda i: i % 16 < 8)
compare("b1.se.expand.bias", lambda i: i < 8)
compare("b1.dw.transform_5to3", lambda i: True)
# The 3x3 kernels come from the centre, so that its surroundings have no gradient.
compare("b1.dw.weight", lambda i: i // 25 < 8 and 1 <= i % 25 // 5 <= 3 and 1 <= i % 5 <= 3)
with open(sys.argv[1] + "/metrics.jsonl") as file:
    records = [json.loads(line) for line in file]
print("sizes", sorted({r["imageSize"] for r in records if r["event"] == "train" and r["phase"] in ("wide", "narrow")}))
