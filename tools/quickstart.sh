#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The whole road on real pictures, from a bare Debian 12: installs what is
# missing, builds, trains a supernet quantization-aware at 4, 3 and 2 bits,
# searches a 2-bit subnet, compiles it and classifies the test pictures with the
# compiled object, which must agree with the trainer bit for bit.
# Everything lands in run/quickstart/; a second run skips what is done.
#   tools/quickstart.sh [output folder]
set -euo pipefail
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${OQAT_BUILD_DIR:-$source_dir/build}
out=${1:-$source_dir/run/quickstart}
. "$source_dir/tools/install.sh"

oqat_install "$build"
oqat_build "$source_dir" "$build" all
mkdir -p "$out"
cd "$out"
PATH=$build/bin:$PATH

# Runs a command that makes file $1 unless an earlier run made it.
make_once() {
  local file=$1
  shift
  if [ -e "$file" ]; then
    echo "oqat: $file is there, skipping"
  else
    "$@"
  fi
}

unpack() {
  mkdir -p data.partial
  tar -xJf "$source_dir/train/data/cifar10-small.tar.xz" -C data.partial
  mv data.partial data
}

train() {
  # Continues where an earlier run was interrupted.
  local resume=()
  if [ -e train ]; then resume=(--resume); fi
  oqat-train train supernet.mlir --recipe "$source_dir/train/recipes/quickstart.json" \
    --data data -o train "${resume[@]}"
}

evaluate() {
  oqat-train eval --plan train/plan --checkpoint "train/w$1.safetensors" --subnet max --bits "$1" \
    --data data >"eval-w$1.json.partial"
  mv "eval-w$1.json.partial" "eval-w$1.json"
}

search() {
  oqat-search supernet.mlir --plan train/plan --checkpoint train/w2.safetensors --data data --bits 2 \
    --max-macs 4000000 --budget 60 --random 20 --seed 1 --best-subnet best.json -o front.json
}

# deploy NAME: recalibrates, compiles and runs NAME.json; every code and every
# logit of the test pictures is compared with the trainer's.
deploy() {
  local name=$1
  oqat-train export --plan train/plan --checkpoint train/w2.safetensors --subnet "$name.json" \
    --data data -o "$name.safetensors"
  oqat-train eval --plan train/plan --checkpoint "$name.safetensors" --subnet "$name.json" --bits 2 \
    --data data --trace "$name.trace.safetensors" >"$name.simulated.json"
  mkdir -p "net-$name"
  oqat-compile supernet.mlir --subnet="$name.json" --weights="$name.safetensors" --target=native \
    -o "net-$name/net"
  oqat-run "net-$name/net.so" --data data/test --trace="$name.trace.safetensors" --json \
    >"$name.deployed.json.partial"
  oqat-run "net-$name/net.so" --bench --threads=1 >"$name.latency.json"
  mv "$name.deployed.json.partial" "$name.deployed.json"
}

make_once data unpack
make_once supernet.mlir oqat-translate --generate-supernet=mbv3-cifar -o supernet.mlir
make_once train/w2.safetensors train
for bits in 4 3 2; do make_once "eval-w$bits.json" evaluate "$bits"; done
make_once best.json search
make_once train/report.html oqat-train report train --front front.json
make_once random1.json python3 "$source_dir/tools/random-subnets.py" --plan train/plan \
  --count 3 --seed 7 --bits 2
for name in best random1 random2 random3; do make_once "$name.deployed.json" deploy "$name"; done
python3 "$source_dir/tools/quickstart-summary.py" .
