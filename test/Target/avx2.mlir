// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=avx2" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx2,+bmi2 \
// RUN:   | FileCheck %s

// Two products of 2 bits a byte.
// CHECK-LABEL: net.1.ib:
// CHECK: vpshufb {{.*}}%ymm
// CHECK: vpaddb {{.*}}%ymm
// CHECK-NOT: vfmadd
// CHECK-NOT: zmm
// CHECK-LABEL: net.2.dw:
// CHECK: vpmullw {{.*}}%ymm
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights
