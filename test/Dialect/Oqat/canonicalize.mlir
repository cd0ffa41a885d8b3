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

// CHECK-LABEL: @relu6
// CHECK-NEXT: %[[R:.*]] = oqat.activation relu6 %arg0
// CHECK-NEXT: return %[[R]]
func.func @relu6(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.activation relu %x : tensor<4xf32>
  %1 = oqat.activation relu6 %0 : tensor<4xf32>
  %2 = oqat.activation relu6 %1 : tensor<4xf32>
  %3 = oqat.activation relu %2 : tensor<4xf32>
  return %3 : tensor<4xf32>
}

// Sums and means of what is never negative are not either.
// CHECK-LABEL: @relu_of_sum
// CHECK: %[[A:.*]] = oqat.add
// CHECK-NEXT: %[[P:.*]] = oqat.pool %[[A]]
// CHECK-NEXT: return %[[P]]
func.func @relu_of_sum(%x: tensor<1x2x2x4xf32>, %y: tensor<1x2x2x4xf32>) -> tensor<1x1x1x4xf32> {
  %0 = oqat.activation relu %x : tensor<1x2x2x4xf32>
  %1 = oqat.activation h_sigmoid %y : tensor<1x2x2x4xf32>
  %2 = oqat.add %0, %1 : tensor<1x2x2x4xf32>
  %3 = oqat.pool %2 : tensor<1x2x2x4xf32> -> tensor<1x1x1x4xf32>
  %4 = oqat.activation relu %3 : tensor<1x1x1x4xf32>
  return %4 : tensor<1x1x1x4xf32>
}

// One summand of unknown sign is enough.
// CHECK-LABEL: @relu_of_mixed_sum
// CHECK: oqat.add
// CHECK-NEXT: oqat.activation relu
func.func @relu_of_mixed_sum(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.activation relu %x : tensor<4xf32>
  %1 = oqat.add %0, %x : tensor<4xf32>
  %2 = oqat.activation relu %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

oqat.parameter @step kind step : tensor<f32>
oqat.parameter @other_step kind step : tensor<f32>

// CHECK-LABEL: @quantize_twice
// CHECK: %[[Q:.*]] = oqat.fake_quantize %arg0 step @step bits 4
// CHECK-NEXT: return %[[Q]]
func.func @quantize_twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.fake_quantize %x step @step bits 4 : tensor<4xf32>
  %1 = oqat.fake_quantize %0 step @step bits 4 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Fewer bits, another sign or another step give other codes.
// CHECK-LABEL: @quantize_otherwise
// CHECK-COUNT-4: oqat.fake_quantize
func.func @quantize_otherwise(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.fake_quantize %x step @step bits 4 : tensor<4xf32>
  %1 = oqat.fake_quantize %0 step @step bits 3 : tensor<4xf32>
  %2 = oqat.fake_quantize %1 step @step bits 3 signed : tensor<4xf32>
  %3 = oqat.fake_quantize %2 step @other_step bits 3 signed : tensor<4xf32>
  return %3 : tensor<4xf32>
}

// CHECK-LABEL: @neutral_rescale
// CHECK-NEXT: return %arg0
func.func @neutral_rescale(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %0 = oqat.rescale %x scale dense<1.0> : tensor<2xf32> bias dense<-0.0> : tensor<2xf32> : tensor<4x2xf32> -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -0 + 0 is +0, and an accumulator has to become a float.
// CHECK-LABEL: @rescale
// CHECK-COUNT-2: oqat.rescale
func.func @rescale(%x: tensor<4x2xf32>, %acc: tensor<4x2xi32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %0 = oqat.rescale %x scale dense<1.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32> : tensor<4x2xf32> -> tensor<4x2xf32>
  %1 = oqat.rescale %acc scale dense<1.0> : tensor<2xf32> bias dense<-0.0> : tensor<2xf32> : tensor<4x2xi32> -> tensor<4x2xf32>
  return %0, %1 : tensor<4x2xf32>, tensor<4x2xf32>
}

// CHECK-LABEL: @codes_of_relu
// CHECK-NEXT: oqat.quantize %arg0
func.func @codes_of_relu(%x: tensor<4xf32>) -> tensor<4x!quant.uniform<u8<0:15>:f32, 0.5>> {
  %0 = oqat.activation relu %x : tensor<4xf32>
  %1 = oqat.quantize %0 step 0.5 name "x" : tensor<4xf32> -> tensor<4x!quant.uniform<u8<0:15>:f32, 0.5>>
  return %1 : tensor<4x!quant.uniform<u8<0:15>:f32, 0.5>>
}

// Signed codes go below zero.
// CHECK-LABEL: @signed_codes_of_relu
// CHECK-NEXT: oqat.activation relu
func.func @signed_codes_of_relu(%x: tensor<4xf32>) -> tensor<4x!quant.uniform<i8<-8:7>:f32, 0.5>> {
  %0 = oqat.activation relu %x : tensor<4xf32>
  %1 = oqat.quantize %0 step 0.5 name "x" : tensor<4xf32> -> tensor<4x!quant.uniform<i8<-8:7>:f32, 0.5>>
  return %1 : tensor<4x!quant.uniform<i8<-8:7>:f32, 0.5>>
}

// 32 bits hold the value itself; 8 do not.
// CHECK-LABEL: @float_bits
// CHECK-SAME: %[[X:[^:]*]]:
// CHECK-NEXT: %[[Q:.*]] = oqat.fake_quantize %[[X]] step @step bits 8
// CHECK-NEXT: return %[[X]], %[[Q]]
func.func @float_bits(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = oqat.fake_quantize %x step @step bits 32 : tensor<4xf32>
  %1 = oqat.fake_quantize %x step @step bits 8 : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @add_of_32_bits
// CHECK: oqat.add %{{.*}}, %{{.*}} : tensor<4xf32>
func.func @add_of_32_bits(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = oqat.add %x, %y step @step bits 32 : tensor<4xf32>
  return %0 : tensor<4xf32>
}
