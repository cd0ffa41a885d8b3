#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# On a machine with an NVIDIA GPU: a plan's GPU kernels checked against its CPU
# kernels and timed, and, where nvcc is at hand, what the tensor cores do.
#
#   oqat-compile net.mlir --emit=training-plan --gpu=sm_90 -o plan
#   bench/gpu.sh plan OUT        # writes OUT/kernels.json and OUT/mma-rates.json
#
# The machine needs the driver, build/bin/oqat-bench-gpu and the plan; the first
# may be on another machine than the compiler.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ $# -ne 2 ]; then
  sed -n '3,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 1
fi
plan=$1 out=$2
mkdir -p "$out"
status=0
# It names the kernels that fail and measures the others.
"${OQAT_BENCH_GPU:-$ROOT/build/bin/oqat-bench-gpu}" "$plan" > "$out/kernels.json" || status=$?
if command -v nvcc > /dev/null; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  nvcc -O3 -gencode arch=compute_90a,code=sm_90a -o "$work/mma_rates" "$ROOT/bench/gpu/mma_rates.cu"
  "$work/mma_rates" > "$out/mma-rates.json"
fi
exit "$status"
