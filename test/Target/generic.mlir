// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=generic" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+sse2 \
// RUN:   | FileCheck %s

// Nothing of x86 in the IR, integer vectors in the code.
// CHECK-LABEL: net.1.ib:
// CHECK: paddd {{.*}}%xmm
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights
