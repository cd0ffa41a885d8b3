// Sixteen products of 4 bits instead of 36: the codes are transformed in bytes, the sums in words, and `prepare`
// transforms the weights.

// RUN: sed "s/KERNEL/winograd/" %S/Inputs/dense.mlir | oqat-opt --bitpack-to-llvm-pipeline="target=avx2" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx2,+bmi2,+fma | FileCheck %s --check-prefix=AVX2
// AVX2-LABEL: net.1.conv:
// AVX2: vpsubb {{.*}}%ymm
// AVX2: vpmaddubsw {{.*}}%ymm
// AVX2: vpaddw {{.*}}%ymm
// AVX2: vpmaddwd {{.*}}%ymm
// AVX2: vpsubd {{.*}}%ymm
// AVX2: vpsrad $2, {{.*}}%ymm
// AVX2: vcvtdq2ps
// AVX2-LABEL: net.2.pool:
// AVX2-LABEL: net.unpack.4_4_1_winograd:
// AVX2-NOT: @PLT

// RUN: sed "s/KERNEL/winograd/" %S/Inputs/dense.mlir | oqat-opt --bitpack-to-llvm-pipeline="target=avx512vnni" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2 \
// RUN:   | FileCheck %s --check-prefix=VNNI
// VNNI-LABEL: net.1.conv:
// VNNI: vpsubb {{.*}}%zmm
// VNNI: vpdpbusd {{.*}}%zmm
// VNNI: vpsubd {{.*}}%zmm
// VNNI: vpsrad $2, {{.*}}%zmm
// VNNI-LABEL: net.2.pool:

// The best kernel without a wish; an option speaks for layers that have none.
// RUN: sed "s/{bitpack.kernel = \"KERNEL\"}//" %S/Inputs/dense.mlir > %t.mlir
// RUN: oqat-opt %t.mlir --convert-bitpack-to-llvm="target=avx2" | FileCheck %s --check-prefix=BEST
// RUN: oqat-opt %t.mlir --convert-bitpack-to-llvm="target=avx2 prefer-kernels=pmaddubsw" | FileCheck %s --check-prefix=DIRECT
// RUN: sed "s/KERNEL/pmaddubsw/" %S/Inputs/dense.mlir \
// RUN:   | oqat-opt --convert-bitpack-to-llvm="target=avx2 prefer-kernels=winograd" | FileCheck %s --check-prefix=DIRECT
// BEST-DAG: kernel = "winograd-pmaddubsw-{{[0-9]+}}x16"
// BEST-DAG: kernel = "f32"
// DIRECT-DAG: kernel = "pmaddubsw-6x16"

// What a layer wishes must be there.
// RUN: not oqat-opt %S/Inputs/dense.mlir --convert-bitpack-to-llvm="target=avx2" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: 'bitpack.conv2d' op expected a kernel out of winograd-pmaddubsw-{{[0-9]+}}x16, pmaddubsw-6x16, {{.*}} of target 'avx2', but got 'KERNEL'

// Five taps a side and strides have no such kernel, nor have codes of 7 bits.
// RUN: sed "s/codes<4>/codes<7>/" %t.mlir | oqat-opt --convert-bitpack-to-llvm="target=generic prefer-kernels=winograd" \
// RUN:   | FileCheck %s --check-prefix=NONE
// RUN: sed "s/kernel \[3, 3\]/kernel [5, 5]/; s/18432/51200/" %t.mlir \
// RUN:   | oqat-opt --convert-bitpack-to-llvm="target=generic prefer-kernels=winograd" | FileCheck %s --check-prefix=NONE
// NONE-NOT: winograd
// NONE: kernel = "mul-{{[0-9]+}}x8"
// NONE-NOT: winograd
