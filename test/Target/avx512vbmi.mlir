// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=avx512vbmi prefer-kernels=lookup" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+avx512vbmi,+bmi2 \
// RUN:   | FileCheck %s

// Three products of 2 bits a byte, single ones in a depthwise layer.
// CHECK-LABEL: net.1.ib:
// CHECK: vpermb {{.*}}%zmm
// CHECK: vpaddb {{.*}}%zmm
// CHECK-LABEL: net.2.dw:
// CHECK: vpermb {{.*}}%zmm
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights
