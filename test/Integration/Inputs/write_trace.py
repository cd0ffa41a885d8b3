# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""write_trace.py <file> <classes> <logits...>: a trace of pictures with the given
logits and the codes of toy.c; options: digest=<name> names the codes, wrong=<picture>
spoils that picture's digest, more=<name> adds an empty tensor."""
import json
import struct
import sys

path, classes = sys.argv[1], int(sys.argv[2])
options = dict(a.split("=") for a in sys.argv[3:] if "=" in a)
numbers = [a for a in sys.argv[3:] if "=" not in a]
rows = [list(map(float, r.split(","))) for r in numbers]


def fnv1a64(data):
    state = 0xCBF29CE484222325
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) % 2**64
    return state


logits = b"".join(struct.pack(f"<{classes}f", *row[:classes]) for row in rows)
digests = [fnv1a64(bytes(map(int, row[classes:]))) for row in rows]
if "wrong" in options:
    digests[int(options["wrong"])] ^= 1
digest = b"".join(struct.pack("<Q", d) for d in digests)
name = options.get("digest", "digest/c.input")
entries = {
    "__metadata__": {"pictures": str(len(rows))},
    name: {"dtype": "U64", "shape": [len(rows)], "data_offsets": [0, len(digest)]},
    "logits": {"dtype": "F32", "shape": [len(rows), classes],
               "data_offsets": [len(digest), len(digest) + len(logits)]}}
if "more" in options:
    entries[options["more"]] = {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
header = json.dumps(entries).encode()
header += b" " * (-len(header) % 8)
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + digest + logits)
