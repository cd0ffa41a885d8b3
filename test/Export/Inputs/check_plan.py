# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that a plan's parts fit: digest, functions, values, parameters."""
import ctypes
import hashlib
import json
import pathlib
import sys


def check_body(body, scope, seen, functions):
    for node in body:
        assert node["in"] in scope, node
        if node["op"] == "pointwise":
            names = [stage["op"] for stage in node["stages"]]
            assert node["kernel"] == "_".join(names), node
            floats = names[:-1] if names[-1] == "quantize" else names
            assert node["floatKernel"] == "_".join(floats), node
            for kernel in filter(None, (node["kernel"], node["floatKernel"])):
                assert kernel in functions, kernel
            assert all(s["in"] in scope for s in node["stages"] if "in" in s), node
        if node["op"] == "stage":
            for block in node["blocks"]:
                assert block["arg"] not in seen
                seen.add(block["arg"])
                inner = scope | {block["arg"]}
                check_body(block["body"], inner, seen, functions)
                assert block["result"] in inner, block
        assert node["out"] not in seen, node
        seen.add(node["out"])
        scope.add(node["out"])


folder = pathlib.Path(sys.argv[1])
plan = json.loads((folder / "graph.json").read_text())
assert (plan["format"], plan["formatVersion"]) == ("oqat-plan", 3)
kernels = folder / plan["kernels"]["file"]
assert hashlib.sha256(kernels.read_bytes()).hexdigest() == plan["kernels"]["sha256"]
functions = plan["kernels"]["functions"]
weights = plan["kernels"]["weightFunctions"]
assert len(set(functions + weights)) == len(functions) + len(weights)
library = ctypes.CDLL(str(kernels.resolve()))
for name in functions + weights:
    for direction in ("forward", "backward"):
        getattr(library, f"_mlir_ciface_{name}_{direction}")
scope = {plan["input"]}
check_body(plan["body"], scope, set(scope), functions)
assert plan["output"] in scope
print(plan["network"], "ok")
