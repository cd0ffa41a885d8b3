# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""same_unaveraged.py CHECKPOINT WEIGHTS: what a checkpoint's moving average is of equals these weights."""
import json
import struct
import sys

PREFIX = "unaveraged/"


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__")
    body = data[8 + size :]
    return {name: body[slice(*entry["data_offsets"])] for name, entry in header.items()}


checkpoint, weights = read(sys.argv[1]), read(sys.argv[2])
assert {name[len(PREFIX) :]: blob for name, blob in checkpoint.items() if name.startswith(PREFIX)} == weights
print(len(weights), "tensors equal")
