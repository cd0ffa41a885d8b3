# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit configuration of the whole test suite: FileCheck tests and GoogleTest binaries."""
import os
import shutil
import subprocess

import lit.formats

config.name = "oqat"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt", "lit.cfg.py", "Unit"]
config.test_source_root = os.path.join(config.oqat_source_dir, "test")
config.test_exec_root = os.path.join(config.oqat_binary_dir, "test")

tools = [os.path.join(config.oqat_binary_dir, "bin"), config.llvm_tools_dir]
cuda = "/usr/local/cuda/bin"
config.environment["PATH"] = os.pathsep.join(tools + [os.environ["PATH"], cuda])
for name in ("HOME", "OMP_NUM_THREADS", "TMPDIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

# Layers that no change has touched are compiled once for all runs; the user's own folder stays out of it.
config.environment["OQAT_CACHE_DIR"] = os.path.join(config.test_exec_root, "object-cache")

config.substitutions += [
    ("%python", config.python),
    ("%cxx", config.cxx),
    ("%cc", config.cc),
    ("%source", config.oqat_source_dir),
    ("%build", config.oqat_binary_dir),
    ("%llvm_tools", config.llvm_tools_dir),
    ("%inputs", os.path.join(config.oqat_source_dir, "test", "Inputs")),
]

if config.sanitize:
    config.available_features.add("sanitize")
    # libMLIR, which is not instrumented, keeps what it allocates until the end,
    # defines what our own inline functions define as well, and takes memory from
    # allocators that our code has poisoned.
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0:detect_odr_violation=0:allow_user_poisoning=0"
    config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
if config.enable_train:
    config.available_features.add("train")
if config.has_nccl:
    config.available_features.add("nccl")
if subprocess.run([config.python, "-c", "import numpy"], capture_output=True).returncode == 0:
    config.available_features.add("numpy")
if shutil.which("ptxas", path=config.environment["PATH"]):
    config.available_features.add("ptxas")
with open("/proc/cpuinfo") as info:
    flags = next((l.split(":")[1].split() for l in info if l.startswith("flags")), [])
for flag in ("avx2", "avx512f", "avx512_vnni", "avx512vbmi", "amx_int8"):
    if flag in flags:
        config.available_features.add(flag)
