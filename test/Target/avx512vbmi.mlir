// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=avx512vbmi prefer-kernels=lookup" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+avx512vbmi,+bmi2 \
// RUN:   | FileCheck %s
// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=avx512vbmi prefer-kernels=planes" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+avx512vbmi,+bmi2 \
// RUN:   | FileCheck %s --check-prefix=PLANES

// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-choose-requantization="form=thresholds" --bitpack-to-llvm-pipeline="target=avx512vbmi prefer-kernels=planar" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+avx512vbmi,+bmi2 \
// RUN:   | FileCheck %s --check-prefix=PLANAR

// Three products of 2 bits a byte, single ones in a depthwise layer.
// CHECK-LABEL: net.1.ib:
// CHECK: vpermb {{.*}}%zmm
// CHECK: vpaddb {{.*}}%zmm
// CHECK-LABEL: net.2.dw:
// CHECK: vpermb {{.*}}%zmm
// CHECK-NOT: @PLT

// Three taps of a channel a byte, whose codes are bits of a row.
// PLANES-LABEL: net.2.dw:
// PLANES: vpmultishiftqb {{.*}}%zmm
// PLANES: vpermb {{.*}}%zmm
// PLANES: vpunpckhqdq {{.*}}%zmm
// PLANES: .section .rodata.oqat.weights

// Three inputs of 64 pixels a byte; four codes leave as one.
// PLANAR-LABEL: net.1.ib:
// PLANAR-DAG: vpermb {{.*}}%zmm
// PLANAR-DAG: vpaddb {{.*}}%zmm
// PLANAR-DAG: vpdpbusd {{.*}}%zmm
// PLANAR-DAG: vpackusdw {{.*}}%zmm
// PLANAR-LABEL: net.2.dw:
// PLANAR: vpmultishiftqb {{.*}}%zmm

// CHECK: .section .rodata.oqat.weights
