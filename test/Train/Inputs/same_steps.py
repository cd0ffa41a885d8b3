# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""same_steps.py ONE ENTRIES: the phases of two runs, of a network whose quantizers have one step
and of the same with a step for each of 2, 3, 4 and 8 bits, hold the same bytes.

same_steps.py --entries RUN PHASE...: which entries of the steps are known after each phase.

same_steps.py --moved RUN PHASE...: which known entries a phase trained: that are neither what they
were after the phase before nor the steps of 4 bits doubled.
"""
import json
import struct
import sys

BITS = [2, 3, 4, 8]
PHASES = [("float", None), ("w4", 4), ("w3", 3)]


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    body = data[8 + size :]
    return {name: body[slice(*entry["data_offsets"])] for name, entry in header.items()}


def split(blob):
    return [blob[i : i + 4] for i in range(0, len(blob), 4)]


def compare(one, entries):
    for phase, bits in PHASES:
        x, y = read(f"{one}/{phase}.safetensors"), read(f"{entries}/{phase}.safetensors")
        assert x.keys() == y.keys()
        steps = [name for name in x if name.endswith("_step")]
        for name in x:
            if name not in steps:
                assert x[name] == y[name], (phase, name)
        for name in steps:
            if bits is None:
                assert not any(x[name] + y[name]), (phase, name)
            else:
                assert x[name] == split(y[name])[BITS.index(bits)] and any(x[name]), (phase, name)
        where = "no entry" if bits is None else f"entry {BITS.index(bits)}"
        print(f"{phase}: {len(x) - len(steps)} tensors equal, {len(steps)} steps at {where}")


def steps_of(run, phase):
    return {name: split(blob) for name, blob in read(f"{run}/{phase}.safetensors").items() if name.endswith("_step")}


def known(run, phases):
    for phase in phases:
        steps = steps_of(run, phase)
        entries = {tuple(i for i, step in enumerate(all) if any(step)) for all in steps.values()}
        assert len(entries) == 1, (phase, entries)
        print(f"{phase}: {len(steps)} steps with known entries {list(entries.pop())}")


def moved(run, phases):
    before = steps_of(run, phases[0])
    for phase in phases[1:]:
        after = steps_of(run, phase)
        entries = set()
        for name in after:
            four = struct.unpack("<f", before[name][BITS.index(4)])[0]
            for i, bits in enumerate(BITS):
                derived = struct.pack("<f", four * 2.0 ** (4 - bits))
                if any(after[name][i]) and after[name][i] != (before[name][i] if any(before[name][i]) else derived):
                    entries.add(i)
        print(f"{phase}: {sorted(entries)} moved")
        before = after


if sys.argv[1] == "--entries":
    known(sys.argv[2], sys.argv[3:])
elif sys.argv[1] == "--moved":
    moved(sys.argv[2], sys.argv[3:])
else:
    compare(sys.argv[1], sys.argv[2])
