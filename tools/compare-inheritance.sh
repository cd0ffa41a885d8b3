#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# 2-bit accuracy by three roads of the same length: by inheritance (float, 4, 3,
# 2 bits), from the float network, and from random weights. Prints one line
# each, on the test pictures. Continues where an earlier run stopped.
#   tools/compare-inheritance.sh [output folder] [data folder]
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:-$source_dir/run/compare}
data=${2:-$out/data}
PATH=${OQAT_BUILD_DIR:-$source_dir/build}/bin:$PATH
recipe=$source_dir/train/recipes/compare-2bit.json

mkdir -p "$out"
if [ ! -d "$data" ]; then
  mkdir -p "$data.partial"
  tar -xJf "$source_dir/train/data/cifar10-small.tar.xz" -C "$data.partial"
  mv "$data.partial" "$data"
fi
oqat-translate --generate-supernet=mbv3-cifar -o "$out/supernet.mlir"
oqat-train train "$out/supernet.mlir" --recipe "$recipe" --data "$data" -o "$out/train" --resume
for road in inherited from-float from-scratch; do
  result=$(oqat-train eval --plan "$out/train/plan" --checkpoint "$out/train/w2-$road.safetensors" \
    --subnet max --data "$data")
  echo "2 bits $road: $result"
done
