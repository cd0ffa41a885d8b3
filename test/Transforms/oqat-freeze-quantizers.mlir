// RUN: oqat-opt %s -split-input-file -oqat-freeze-quantizers | FileCheck %s

// Weights become codes, activations uniform types, convolutions integer. The
// step of the weights is negative: its magnitude counts.

// CHECK-LABEL: oqat.supernet @quantized
// CHECK: %[[Q:.*]] = oqat.quantize %{{.*}} step 2.500000e-01 name "b0.pl.input" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
// CHECK: %[[W:.*]] = oqat.constant_codes dense<{{\[\[\[\[}}-2, 1]]]]> : tensor<1x1x1x2xi8> step 5.000000e-01 layer "b0.pl" : tensor<1x1x1x2x!quant.uniform<i8<-2:1>:f32, 5.000000e-01>>
// CHECK: %[[A:.*]] = oqat.conv2d %[[Q]], %[[W]] stride 1
// CHECK-SAME: -> tensor<1x2x2x1xi32>
// CHECK: oqat.dequantize %[[A]] input_step 2.500000e-01 weight_step 5.000000e-01 : tensor<1x2x2x1xi32> -> tensor<1x2x2x1xf32>
// CHECK-NOT: oqat.fake_quantize
oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @b0.pl.weight kind weight : tensor<1x1x1x2xf32> = dense<[[[[-1.5, 0.4]]]]> : tensor<1x1x1x2xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32> = dense<-0.5> : tensor<f32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<5x1xf32> = dense<1.0> : tensor<5x1xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @quantized(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.weight @stem.weight : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.fake_quantize %2 step @b0.pl.input_step bits 2 : tensor<1x2x2x2xf32>
  %4 = oqat.weight @b0.pl.weight : tensor<1x1x1x2xf32>
  %5 = oqat.fake_quantize %4 step @b0.pl.weight_step bits 2 signed : tensor<1x1x1x2xf32>
  %6 = oqat.conv2d %3, %5 stride 1 : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x1xf32>
  %7 = oqat.pool %6 : tensor<1x2x2x1xf32> -> tensor<1x1x1x1xf32>
  %wl = oqat.weight @classifier.weight : tensor<5x1xf32>
  %8 = oqat.linear %7, %wl bias @classifier.bias : (tensor<1x1x1x1xf32>, tensor<5x1xf32>) -> tensor<1x5xf32>
  oqat.return %8 : tensor<1x5xf32>
}

// -----

// Float weights are constants too. The parameters that stay are cut to the
// extents in use, the others and the space go. The kernel is the centre times
// its matrix, here one that reverses it.

// CHECK-NOT: oqat.space
// CHECK-NOT: @stem.weight
// CHECK: oqat.parameter @stem.bn.gamma kind gamma : tensor<2xf32> = dense<[1.000000e+00, 2.000000e+00]>
// CHECK: oqat.parameter @b0.se.reduce.weight kind weight : tensor<8x1x1x2xf32>
// CHECK: oqat.parameter @b0.se.reduce.bias kind bias : tensor<8xf32>
// CHECK: oqat.parameter @b0.se.expand.weight kind weight : tensor<2x1x1x8xf32>
// CHECK: oqat.parameter @b0.se.expand.bias kind bias : tensor<2xf32> = dense<[5.000000e+00, 6.000000e+00]>
// CHECK-NOT: @unused
// CHECK-NOT: kind transform
// CHECK-LABEL: oqat.supernet @sliced
// CHECK: oqat.constant_weight dense<{{.*}}> : tensor<2x1x1x3xf32> layer "stem"
// CHECK: oqat.constant_weight
// CHECK-SAME{LITERAL}: dense<[[[[8.000000e+00], [7.000000e+00], [6.000000e+00]],
// CHECK-SAME: layer "b0.dw"
oqat.space @space {
  oqat.choice @image_size key "image_size" values [2]
}
oqat.parameter @stem.weight kind weight : tensor<4x1x1x3xf32> = dense<1.0> : tensor<4x1x1x3xf32>
oqat.parameter @stem.bn.gamma kind gamma : tensor<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
oqat.parameter @stem.bn.beta kind beta : tensor<4xf32> = dense<0.0> : tensor<4xf32>
oqat.parameter @stem.bn.mean kind mean : tensor<4xf32> = dense<0.0> : tensor<4xf32>
oqat.parameter @stem.bn.variance kind variance : tensor<4xf32> = dense<1.0> : tensor<4xf32>
oqat.parameter @b0.dw.weight kind weight : tensor<2x5x5x1xf32> = dense<[
  [[[9.0], [9.0], [9.0], [9.0], [9.0]], [[9.0], [0.0], [1.0], [2.0], [9.0]], [[9.0], [3.0], [4.0], [5.0], [9.0]],
   [[9.0], [6.0], [7.0], [8.0], [9.0]], [[9.0], [9.0], [9.0], [9.0], [9.0]]],
  [[[9.0], [9.0], [9.0], [9.0], [9.0]], [[9.0], [0.0], [1.0], [2.0], [9.0]], [[9.0], [3.0], [4.0], [5.0], [9.0]],
   [[9.0], [6.0], [7.0], [8.0], [9.0]], [[9.0], [9.0], [9.0], [9.0], [9.0]]]]> : tensor<2x5x5x1xf32>
oqat.parameter @b0.dw.transform_5to3 kind transform : tensor<9x9xf32> = dense<[
  [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
  [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
  [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
  [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
  [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<9x9xf32>
oqat.parameter @b0.se.reduce.weight kind weight : tensor<16x1x1x4xf32> = dense<1.0> : tensor<16x1x1x4xf32>
oqat.parameter @b0.se.reduce.bias kind bias : tensor<16xf32> = dense<1.0> : tensor<16xf32>
oqat.parameter @b0.se.expand.weight kind weight : tensor<4x1x1x16xf32> = dense<1.0> : tensor<4x1x1x16xf32>
oqat.parameter @b0.se.expand.bias kind bias : tensor<4xf32> = dense<[5.0, 6.0, 7.0, 8.0]> : tensor<4xf32>
oqat.parameter @unused kind bias : tensor<4xf32>
oqat.parameter @classifier.weight kind weight : tensor<5x2xf32> = dense<1.0> : tensor<5x2xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @sliced(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.weight @stem.weight : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.batch_norm %2 gamma @stem.bn.gamma beta @stem.bn.beta mean @stem.bn.mean variance @stem.bn.variance : tensor<1x2x2x2xf32>
  %4 = oqat.weight @b0.dw.weight transforms [@b0.dw.transform_5to3] : tensor<2x3x3x1xf32>
  %5 = oqat.conv2d %3, %4 stride 1 depthwise : (tensor<1x2x2x2xf32>, tensor<2x3x3x1xf32>) -> tensor<1x2x2x2xf32>
  %se = oqat.squeeze_excite %5 reduce @b0.se.reduce.weight, @b0.se.reduce.bias expand @b0.se.expand.weight, @b0.se.expand.bias : tensor<1x2x2x2xf32>
  %6 = oqat.pool %se : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.weight @classifier.weight : tensor<5x2xf32>
  %7 = oqat.linear %6, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %7 : tensor<1x5xf32>
}

// -----

// A quantized classifier: the matrix becomes codes, the bias stands behind what
// the accumulator stands for. Quantizers of 32 bits go.

// CHECK: oqat.parameter @classifier.bias kind bias : tensor<2xf32>
// CHECK-LABEL: oqat.supernet @classifier
// CHECK: %[[P:.*]] = oqat.pool
// CHECK: %[[Q:.*]] = oqat.quantize %[[P]] step 2.500000e-01 name "classifier.input" : tensor<1x1x1x2xf32> -> tensor<1x1x1x2x!quant.uniform<u8:f32, 2.500000e-01>>
// CHECK: %[[W:.*]] = oqat.constant_codes dense<{{\[\[}}2, -1], [1, 0]]> : tensor<2x2xi8> step 5.000000e-01 layer "classifier"
// CHECK: %[[A:.*]] = oqat.linear %[[Q]], %[[W]] : ({{.*}}) -> tensor<1x2xi32>
// CHECK: %[[D:.*]] = oqat.dequantize %[[A]] input_step 2.500000e-01 weight_step 5.000000e-01 : tensor<1x2xi32> -> tensor<1x2xf32>
// CHECK: oqat.bias %[[D]] parameter @classifier.bias : tensor<1x2xf32>
oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @classifier.weight kind weight : tensor<2x2xf32> = dense<[[1.0, -0.5], [0.5, 0.1]]> : tensor<2x2xf32>
oqat.parameter @classifier.weight_step kind step : tensor<f32> = dense<0.5> : tensor<f32>
oqat.parameter @classifier.input_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<0.5> : tensor<2xf32>
oqat.supernet @classifier(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.weight @stem.weight : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.fake_quantize %2 step @classifier.input_step bits 32 : tensor<1x2x2x2xf32>
  %4 = oqat.pool %3 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %5 = oqat.fake_quantize %4 step @classifier.input_step bits 8 : tensor<1x1x1x2xf32>
  %6 = oqat.weight @classifier.weight : tensor<2x2xf32>
  %7 = oqat.fake_quantize %6 step @classifier.weight_step bits 8 signed : tensor<2x2xf32>
  %8 = oqat.linear %5, %7 bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %8 : tensor<1x2xf32>
}
