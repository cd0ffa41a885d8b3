# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""same_to_rounding.py RUN1 RUN2 PHASE...: checkpoints and losses of two runs differ by rounding of the gradients only.

Bounds, of docs/Training.md: a parameter by 1e-3 of the largest entry of its tensor, or of 0.01 where all are smaller;
a loss by 1e-4.
"""
import json
import sys

import numpy as np

PARAMETERS, LEAST, LOSS = 1e-3, 0.01, 1e-4


def tensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__")
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).astype(np.float64)
            for name, entry in header.items()}


def losses(run):
    with open(run + "/metrics.jsonl") as file:
        records = [json.loads(line) for line in file]
    return [loss for record in records for loss in record.get("losses", {}).values()]


one, two, *phases = sys.argv[1:]
for phase in phases:
    x, y = (tensors("%s/%s.safetensors" % (run, phase)) for run in (one, two))
    assert x.keys() == y.keys()
    worst = max((np.abs(x[name] - y[name]).max() / max(np.abs(x[name]).max(), LEAST), name) for name in x)
    assert worst[0] < PARAMETERS, worst
    print("%s: %d tensors equal to rounding, worst %.2g" % (phase, len(x), worst[0]))
x, y = losses(one), losses(two)
assert x and len(x) == len(y)
worst = max(abs(a - b) for a, b in zip(x, y))
assert worst < LOSS, worst
print("%d losses equal to rounding, worst %.2g" % (len(x), worst))
