#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the fuzz targets with clang's libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer and runs them one after the other.
#   tools/fuzz.sh [seconds per target (60)] [targets (all)]
# Exit code 1 where a target found something; the input lies in build-fuzz/crashes.
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${OQAT_BUILD_DIR:-$source_dir/build-fuzz}
seconds=${1:-60}
shift || true
targets=("$@")
((${#targets[@]})) || targets=(subnet manifest plan safetensors tuning ir)
. "$source_dir/tools/install.sh"

export OQAT_ENABLE_TRAIN=OFF OQAT_SANITIZE=ON OQAT_FUZZ=ON
oqat_install "$build" clang-19 libclang-rt-19-dev
export CC=clang-19 CXX=clang++-19
oqat_build "$source_dir" "$build" oqat-translate oqat-compile "${targets[@]/#/fuzz-}"

export ASAN_OPTIONS=detect_odr_violation=0:detect_leaks=0:allow_user_poisoning=0 UBSAN_OPTIONS=print_stacktrace=1
corpus=$build/corpus
"$build/venv/bin/python3" "$source_dir/test/Fuzz/Inputs/make_corpus.py" "$source_dir" "$build/bin" "$corpus"
mkdir -p "$build/crashes"
status=0
for target in "${targets[@]}"; do
  options=(-max_total_time="$seconds" -timeout=5 -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1
    -artifact_prefix="$build/crashes/$target-")
  if [ "$target" = ir ]; then options+=(-dict="$corpus/ir.dict"); fi
  log=$build/fuzz-$target.log
  "$build/test/Fuzz/fuzz-$target" "${options[@]}" "$corpus/$target" >"$log" 2>&1 || {
    status=1
    tail -40 "$log"
  }
  echo "fuzz-$target: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") executions in $seconds s"
done
exit $status
