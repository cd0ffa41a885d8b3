# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_front.py FRONT MAX_MACS BUDGET: holds a front to its definition."""
import json
import sys

path, limit, budget = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path) as file:
    front = json.load(file)
found = front["evaluated"]
for source in ("evolved", "random"):
    assert sum(entry["source"] == source for entry in found) == budget
assert all(entry["macs"] <= limit for entry in found)
best = {}
for entry in found:
    best[entry["macs"]] = max(best.get(entry["macs"], 0), entry["top1"])
expected = [(macs, top1) for macs, top1 in sorted(best.items())
            if all(other > macs or best[other] < top1 for other in best if other != macs)]
assert [(entry["macs"], entry["top1"]) for entry in front["subnets"]] == expected, expected
