// REQUIRES: ptxas
// RUN: oqat-opt %inputs/small-supernet.mlir -o %t.gpu.mlir \
// RUN:   --oqat-build-training-kernels=channels-outermost --oqat-map-kernels-to-gpu
// RUN: oqat-opt %t.gpu.mlir -o %t.cubin.mlir \
// RUN:   --gpu-lower-to-nvvm-pipeline="cubin-chip=sm_90 cubin-features=+ptx83 cubin-format=bin"
// RUN: FileCheck %s --input-file=%t.cubin.mlir

// CHECK: gpu.binary @rescale_relu_quantize_forward_kernel{{.*}}chip = "sm_90"{{.*}}bin = "\7FELF
// CHECK: gpu.binary @rescale_relu_quantize_backward_kernel{{.*}}bin = "\7FELF
