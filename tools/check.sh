#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what is missing, builds everything and runs every test.
# The last line is "N passed, N failed"; the exit code is 0 only if none failed.
#   tools/check.sh [--sanitize] [lit arguments, such as --filter=Dialect]
# With --sanitize everything but the trainer is built once more, with
# AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own.
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${OQAT_BUILD_DIR:-$source_dir/build}
if [ "${1:-}" = --sanitize ]; then
  shift
  build=${OQAT_BUILD_DIR:-$source_dir/build-sanitize}
  # LibTorch is not made for it.
  export OQAT_SANITIZE=ON OQAT_ENABLE_TRAIN=OFF
fi
. "$source_dir/tools/install.sh"

oqat_install "$build"
oqat_build "$source_dir" "$build" all OqatUnitTests
results=$build/test/results.json
rm -f "$results"
"$build/venv/bin/python3" /usr/lib/llvm-19/build/utils/lit/lit.py -sv -j"$(nproc)" --timeout 1500 \
  --time-tests --output "$results" "$@" "$build/test" || true
python3 "$source_dir/tools/summarize-tests.py" "$results"
