#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# On a machine with an NVIDIA GPU: a plan's GPU kernels checked against its CPU
# kernels and timed, then steps of training, and, where nvcc is at hand, what the
# tensor cores do.
#
#   oqat-compile net.mlir --emit=training-plan --gpu=sm_90 -o plan
#   bench/gpu.sh plan OUT        # writes OUT/{kernels,steps,mma-rates}.json
#
# The machine needs the driver, build/bin/oqat-bench-gpu and the plan; steps also
# oqat-bench-gpu-step beside it, LibTorch with its CUDA libraries and libjpeg (on
# LD_LIBRARY_PATH, where they are not where the build had them). The compiler may
# be on another machine.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ $# -ne 2 ]; then
  sed -n '3,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 1
fi
plan=$1 out=$2
mkdir -p "$out"
status=0
tool=${OQAT_BENCH_GPU:-$ROOT/build/bin/oqat-bench-gpu}
# They name what fails and measure the rest.
"$tool" "$plan" > "$out/kernels.json" || status=$?
if [ -x "$tool-step" ]; then
  "$tool-step" "$plan" > "$out/steps.json" || status=$?
fi
if command -v nvcc > /dev/null; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  nvcc -O3 -gencode arch=compute_90a,code=sm_90a -o "$work/mma_rates" "$ROOT/bench/gpu/mma_rates.cu"
  "$work/mma_rates" > "$out/mma-rates.json"
fi
exit "$status"
