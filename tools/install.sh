#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what a bare Debian 12 lacks to build and test this project, and says
# so in one line first. Sourced by quickstart.sh and check.sh; a second run
# finds everything there and does nothing.
#   $1: the build folder (LibTorch goes into $1/venv, nothing into the system's Python)
#   other arguments: further Debian packages
#   OQAT_ENABLE_TRAIN=OFF leaves LibTorch out.
set -euo pipefail

oqat_install() {
  local build=$1 train=${OQAT_ENABLE_TRAIN:-ON}
  local packages=(cmake ninja-build g++ ccache git python3-venv python3-pip xz-utils
    llvm-19-dev llvm-19-tools libmlir-19-dev mlir-19-tools clang-format-19 lld-19
    zlib1g-dev libzstd-dev libxml2-dev
    libgtest-dev libjpeg62-turbo-dev nlohmann-json3-dev libcli11-dev "${@:2}")
  # The wheel's c10d has Gloo inside, but not its headers.
  if [ "$train" = ON ]; then packages+=(libgloo-dev); fi
  local missing=() package
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
      missing+=("$package")
  done
  if ((${#missing[@]})); then
    echo "oqat: installing Debian packages: ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
      "${missing[@]}" >/dev/null
  fi

  local venv=$build/venv
  if [ ! -x "$venv/bin/python3" ]; then
    mkdir -p "$build"
    python3 -m venv "$venv"
  fi
  local site
  site=$(echo "$venv"/lib/python3*/site-packages)
  local wheels=()
  # numpy: the independent references of the tests; psutil: lit's time limit.
  "$venv/bin/python3" -c 'import numpy' 2>/dev/null || wheels+=(numpy==2.4.6)
  "$venv/bin/python3" -c 'import psutil' 2>/dev/null || wheels+=(psutil)
  if [ "$train" = ON ] && [ ! -e "$site/torch/lib/libtorch_cpu.so" ]; then
    wheels+=(torch==2.11.0)
  fi
  # libtorch_cpu needs two small CUDA libraries even without a GPU, and one test
  # wants ptxas: from the CUDA toolkit where there is one, else from wheels.
  if [ "$train" = ON ]; then
    local library
    for library in cudart:nvidia-cuda-runtime cupti:nvidia-cuda-cupti; do
      compgen -G "/usr/local/cuda/lib64/lib${library%%:*}.so.13" >/dev/null ||
        compgen -G "/usr/local/cuda/extras/CUPTI/lib64/lib${library%%:*}.so.13" >/dev/null ||
        compgen -G "$site/nvidia/*/lib/lib${library%%:*}.so.13" >/dev/null ||
        wheels+=("${library#*:}==13.0.*")
    done
  fi
  if [ ! -x /usr/local/cuda/bin/ptxas ] && ! command -v ptxas >/dev/null &&
    ! compgen -G "$site/nvidia/*/bin/ptxas" >/dev/null; then
    wheels+=("nvidia-cuda-nvcc==13.0.*")
  fi
  if ((${#wheels[@]})); then
    echo "oqat: installing Python wheels into $venv: ${wheels[*]}"
    # Only headers and libraries of the wheel are used, never Python's torch, so
    # any Python version will do.
    "$venv/bin/pip" install -q --disable-pip-version-check --no-deps "${wheels[@]}" 2>/dev/null ||
      "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --upgrade \
        --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi none \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 \
        --platform manylinux2014_x86_64 --target "$site" "${wheels[@]}"
  fi
}

# Configures where needed and builds; prints how long the build took.
oqat_build() {
  local source=$1 build=$2
  local start=$SECONDS
  cmake -G Ninja -S "$source" -B "$build" -DOQAT_ENABLE_TRAIN="${OQAT_ENABLE_TRAIN:-ON}" \
    -DOQAT_SANITIZE="${OQAT_SANITIZE:-OFF}" -DOQAT_FUZZ="${OQAT_FUZZ:-OFF}" \
    -DPython3_EXECUTABLE="$build/venv/bin/python3" \
    >"$build/configure.log" 2>&1 || {
    tail -20 "$build/configure.log"
    return 1
  }
  shift 2
  # Quiet on success; ninja prints the failing command and its output otherwise.
  ninja -C "$build" --quiet "$@"
  echo "oqat: build took $((SECONDS - start)) s on $(nproc) cores"
}
