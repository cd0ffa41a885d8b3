// RUN: oqat-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @relu_of_relu
// CHECK: %[[R:.*]] = oqat.activation relu %arg0
// CHECK-NEXT: return %[[R]]
func.func @relu_of_relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.activation relu %x : tensor<4xf32>
  %1 = oqat.activation relu %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @relu_of_h_sigmoid
// CHECK: %[[R:.*]] = oqat.activation h_sigmoid %arg0
// CHECK-NEXT: return %[[R]]
func.func @relu_of_h_sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.activation h_sigmoid %x : tensor<4xf32>
  %1 = oqat.activation relu %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// h_swish goes below zero.
// CHECK-LABEL: @relu_of_h_swish
// CHECK: oqat.activation h_swish
// CHECK: oqat.activation relu
func.func @relu_of_h_swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.activation h_swish %x : tensor<4xf32>
  %1 = oqat.activation relu %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// 32 bits hold the value itself; 8 do not.
// CHECK-LABEL: @fake_quantize
// CHECK-SAME: %[[X:[^:]*]]:
// CHECK-NEXT: %[[Q:.*]] = oqat.fake_quantize %[[X]] step @s bits 8
// CHECK-NEXT: return %[[X]], %[[Q]]
oqat.parameter @s kind step : tensor<f32>
func.func @fake_quantize(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = oqat.fake_quantize %x step @s bits 32 : tensor<4xf32>
  %1 = oqat.fake_quantize %x step @s bits 8 : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @add_of_32_bits
// CHECK: oqat.add %{{.*}}, %{{.*}} : tensor<4xf32>
func.func @add_of_32_bits(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.add %x, %y step @s bits 32 : tensor<4xf32>
  return %0 : tensor<4xf32>
}
