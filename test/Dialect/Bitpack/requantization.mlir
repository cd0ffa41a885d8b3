// RUN: oqat-opt %s | oqat-opt | FileCheck %s
// RUN: oqat-opt %s -mlir-print-op-generic | oqat-opt | FileCheck %s
// RUN: oqat-opt %s -emit-bytecode | oqat-opt | FileCheck %s

// CHECK-LABEL: func @forms
func.func @forms(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  // CHECK: bitpack.conv2d "c" {{.*}} stride 1 requantize #bitpack.thresholds<dense<{{\[\[}}-2, -1, 0], [-3, -2, -1]]> : tensor<2x3xi32> falling [false, true]> scale
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<[[-2, -1, 0], [-3, -2, -1]]> : tensor<2x3xi32> falling [false, true]>
    scale dense<[0.5, -0.5]> : tensor<2xf32> bias dense<1.0> : tensor<2xf32>
    activation relu quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  // CHECK: bitpack.depthwise_conv2d "d" {{.*}} stride 1 requantize #bitpack.thresholds<dense<{{\[\[}}-2], [0], [1], [1]]> : tensor<4x1xi32>> scale
  %1 = bitpack.depthwise_conv2d "d" %x weights dense<27> : tensor<1xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<[[-2], [0], [1], [1]]> : tensor<4x1xi32>>
    scale dense<1.0> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> quantize "d.codes" reciprocal 1.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x4x!bitpack.codes<1>>
  // CHECK: bitpack.conv2d "m" {{.*}} stride 1 requantize #bitpack.accumulator_map<offsets [9, 9] table dense<{{.*}}> : tensor<13xi8>> scale
  %2 = bitpack.conv2d "m" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.accumulator_map<offsets [9, 9] table dense<[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]> : tensor<13xi8>>
    scale dense<0.125> : tensor<2xf32> bias dense<0.625> : tensor<2xf32> quantize "m.codes" reciprocal 1.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<4>>
  return
}
