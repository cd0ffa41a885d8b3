# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""drop_tensor.py IN NAME OUT: a safetensors file without one of its tensors, and without metadata, which would say
that it was written by the trainer."""
import json
import struct
import sys

source, name, target = sys.argv[1:4]
with open(source, "rb") as file:
    size = struct.unpack("<Q", file.read(8))[0]
    header, data = json.loads(file.read(size)), file.read()
header.pop("__metadata__")
begin, end = header.pop(name)["data_offsets"]
for key, entry in header.items():
    if key != "__metadata__" and entry["data_offsets"][0] >= end:
        entry["data_offsets"] = [at - (end - begin) for at in entry["data_offsets"]]
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(target, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data[:begin] + data[end:])
