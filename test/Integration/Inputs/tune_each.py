# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tune_each.py <packed.mlir> <tuning.json>: makes each kernel of a tuning file the fastest in turn; it must be the one
that is compiled, and give the interpreter's tensors."""
import json
import subprocess
import sys

source, path = sys.argv[1:]
with open(path) as file:
    tuning = json.load(file)
(kernels,) = [layer["kernels"] for machine in tuning["machines"] for layer in machine["layers"]]
for kernel in kernels:
    measured = kernel["minUs"]
    kernel["minUs"] = min(other["minUs"] for other in kernels) / 2
    with open("times.json", "w") as file:
        json.dump(tuning, file)
    kernel["minUs"] = measured
    subprocess.run(["oqat-compile", source, "--compile-from=packed", "--target=x86-64", "--cache-dir=cache", "--tune",
                    "--tuning-file=times.json", "-o", "each"], check=True, stderr=subprocess.DEVNULL)
    with open("each.json") as file:
        assert kernel["name"] in {layer["kernel"] for layer in json.load(file)["layers"]}, kernel["name"]
    subprocess.run(["oqat-run", "each.so", "--check=1"], check=True, stdout=subprocess.DEVNULL)
print(f"{len(kernels)} kernels, all of them equal")
