// REQUIRES: ptxas
// RUN: oqat-opt %inputs/small-supernet.mlir -o %t.gpu.mlir --pass-pipeline='builtin.module( \
// RUN:     oqat-build-training-kernels{channels-outermost}, \
// RUN:     func.func(convert-linalg-to-parallel-loops, \
// RUN:       scf-parallel-loop-tiling{parallel-loop-tile-sizes=128,1,1}, \
// RUN:       canonicalize, gpu-map-parallel-loops), \
// RUN:     convert-parallel-loops-to-gpu, canonicalize, cse, lower-affine, \
// RUN:     gpu-kernel-outlining)'
// RUN: oqat-opt %t.gpu.mlir -o %t.cubin.mlir \
// RUN:   --gpu-lower-to-nvvm-pipeline="cubin-chip=sm_90 cubin-features=+ptx83 cubin-format=bin"
// RUN: FileCheck %s --input-file=%t.cubin.mlir

// CHECK: gpu.binary @rescale_relu_quantize_forward_kernel{{.*}}chip = "sm_90"{{.*}}bin = "\7FELF
// CHECK: gpu.binary @rescale_relu_quantize_backward_kernel{{.*}}bin = "\7FELF
