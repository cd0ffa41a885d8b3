# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""break_kernels.py PLAN COMPILER: kernels of the right names that compute NaN, and their sha256."""
import hashlib
import json
import subprocess
import sys

folder, compiler = sys.argv[1:3]
with open(folder + "/graph.json") as file:
    graph = json.load(file)
source = """
#include <stddef.h>
#include <stdint.h>
struct t3 { float *allocated, *data; int64_t offset, sizes[3], strides[3]; };
static void spoil(struct t3 *y) {
  if (y->data)
    for (int64_t i = 0; i < y->sizes[0] * y->sizes[1] * y->sizes[2]; ++i)
      y->data[i] = __builtin_nanf("");
}
"""
for name in graph["kernels"]["functions"]:
    source += f"""
void _mlir_ciface_{name}_forward(void *x, void *a, void *b, void *g, void *r, void *q,
                                 struct t3 *y, void *codes) {{ spoil(y); }}
void _mlir_ciface_{name}_backward(void *x) {{}}
"""
library = folder + "/kernels.so"
subprocess.run([compiler, "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", library],
               input=source.encode(), check=True)
with open(library, "rb") as file:
    graph["kernels"]["sha256"] = hashlib.sha256(file.read()).hexdigest()
graph["kernels"]["file"] = "kernels.so"
with open(folder + "/graph.json", "w") as file:
    json.dump(graph, file)
