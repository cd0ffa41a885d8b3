// RUN: oqat-opt %inputs/small-supernet.mlir --oqat-build-training-kernels --oqat-convert-kernels-to-llvm | FileCheck %s

// No flag lets LLVM fuse, reorder or assume a float away.
// CHECK: oqat.supernet
// CHECK: llvm.func @rescale_h_swish_forward(
// CHECK: llvm.func @_mlir_ciface_rescale_h_swish_forward(
// CHECK: llvm.func @quantize_forward(
// CHECK: llvm.intr.roundeven
// CHECK: llvm.func @rescale_relu_quantize_backward(
// CHECK: llvm.fmul %{{[0-9]+}}, %{{[0-9]+}} : f32
// CHECK: llvm.fadd %{{[0-9]+}}, %{{[0-9]+}} : f32
// CHECK-NOT: fastmath
// CHECK-NOT: linalg.
