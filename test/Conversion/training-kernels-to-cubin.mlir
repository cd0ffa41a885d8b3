// REQUIRES: ptxas
// RUN: oqat-opt %inputs/small-supernet.mlir -o %t.gpu.mlir \
// RUN:   --oqat-build-training-kernels --convert-training-kernels-to-gpu
// RUN: oqat-opt %t.gpu.mlir --oqat-gpu-kernels-to-binary="chip=sm_80 format=bin" | FileCheck %s -DCHIP=sm_80
// RUN: oqat-opt %t.gpu.mlir --oqat-gpu-kernels-to-binary="chip=sm_90 format=bin" | FileCheck %s -DCHIP=sm_90

// CHECK: gpu.binary @kernels{{.*}}chip = "[[CHIP]]"{{.*}}bin = "\7FELF
