# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a safetensors file: make-safetensors.py OUT name:dtype:shape=value...

A shape is extents joined by x, or empty; every element has the value. --truncate=N cuts
the file to N bytes.
"""
import json
import struct
import sys

FORMATS = {"F32": "f", "U8": "B", "F64": "d"}


def main():
    out, header, data, limit = sys.argv[1], {}, b"", None
    for text in sys.argv[2:]:
        if text.startswith("--truncate="):
            limit = int(text.split("=")[1])
            continue
        description, value = text.split("=")
        name, dtype, shape = description.split(":")
        extents = [int(x) for x in shape.split("x") if x]
        count = 1
        for extent in extents:
            count *= extent
        number = float(value) if dtype[0] == "F" else int(value)
        blob = struct.pack(f"<{count}{FORMATS[dtype]}", *[number] * count)
        header[name] = {"dtype": dtype, "shape": extents, "data_offsets": [len(data), len(data) + len(blob)]}
        data += blob
    text = json.dumps(header).encode()
    content = struct.pack("<Q", len(text)) + text + data
    with open(out, "wb") as f:
        f.write(content[:limit])


main()
