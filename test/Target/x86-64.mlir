// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=x86-64" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+sse2 \
// RUN:   | FileCheck %s

// CHECK-LABEL: net.1.ib:
// CHECK: pmaddwd {{.*}}%xmm
// CHECK-NOT: ymm
// CHECK-LABEL: net.2.dw:
// CHECK: pmullw {{.*}}%xmm
// Rounding needs no instruction of SSE4.1 and no call of libm.
// CHECK-NOT: round
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights
