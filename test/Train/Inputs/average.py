# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""average.py RUN START PHASE DECAY: the moving averages in the checkpoints of a phase, and in its result, are those of
the parameters of all its steps, to the last bit; the phase starts from the file START of the run."""
import glob
import json
import re
import struct
import sys

run, start, phase, decay = sys.argv[1:]


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__")
    body = data[8 + size :]
    tensors = {}
    for name, entry in header.items():
        blob = body[slice(*entry["data_offsets"])]
        tensors[name] = struct.unpack(f"<{len(blob) // 4}f", blob)
    return metadata["phase"], tensors


def f32(x):
    # Sums and products of two f32 numbers that are rounded to f64 first round to the same f32 number.
    return struct.unpack("<f", struct.pack("<f", x))[0]


share = f32(1 - float(decay))
average = read(f"{run}/{start}.safetensors")[1]
steps = 0
for path in sorted(glob.glob(run + "/step-*.safetensors"), key=lambda path: int(re.sub(r"\D", "", path))):
    where, tensors = read(path)
    if where != phase:
        continue
    steps += 1
    for name in average:
        values = tensors["unaveraged/" + name]
        average[name] = tuple(f32(a + f32(share * f32(v - a))) for a, v in zip(average[name], values))
        assert average[name] == tensors[name], (path, name)
result = read(f"{run}/{phase}.safetensors")[1]
assert result == average
assert result["stem.weight"] != tensors["unaveraged/stem.weight"]
print(f"{phase}: {len(average)} tensors are averages of {steps} steps")
