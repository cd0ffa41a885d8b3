# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""break_kernels.py PLAN COMPILER KIND: forward kernels of chains ("functions") or of weights ("weightFunctions") that
compute NaN, before the others of the plan."""
import hashlib
import json
import subprocess
import sys

folder, compiler, kind = sys.argv[1:4]
with open(folder + "/graph.json") as file:
    graph = json.load(file)
source = """
#include <stddef.h>
#include <stdint.h>
struct array { float *allocated, *data; int64_t offset, sizes[]; };
static void spoil(struct array *y, int rank) {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i)
    count *= y->sizes[i];
  for (int64_t i = 0; y->data && i < count; ++i)
    y->data[i] = __builtin_nanf("");
}
"""
rank = 3 if kind == "functions" else 4
for name in graph["kernels"][kind]:
    for variant in ("_forward", "_forward_stream"):
        source += f"""
void _mlir_ciface_{name}{variant}(void *x, void *a, void *b, void *g, void *r, void *q,
                                  struct array *y, void *codes) {{ spoil(y, {rank}); }}
"""
# What is not in this library is found in the one that it needs.
library = folder + "/broken.so"
subprocess.run([compiler, "-shared", "-fPIC", "-w", "-x", "c", "-", "-x", "none", "-Wl,--no-as-needed,-rpath,$ORIGIN",
                folder + "/kernels.so", "-o", library], input=source.encode(), check=True)
with open(library, "rb") as file:
    graph["kernels"]["sha256"] = hashlib.sha256(file.read()).hexdigest()
graph["kernels"]["file"] = "broken.so"
with open(folder + "/graph.json", "w") as file:
    json.dump(graph, file)
