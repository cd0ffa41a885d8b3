// RUN: oqat-opt %s -split-input-file -oqat-annotate-value-bounds -oqat-verify-integer | FileCheck %s

// Codes are 0 to 3, the weights of channel 0 sum to 3 upwards and -2 downwards,
// those of channel 1 to 1 and -4: accumulators lie in [-6, 9] and [-12, 3].
// With scale and bias |z| is at most 9 * 0.5 + 1 = 5.5 and 12 * 0.25 = 3.
// 4 pixels * 5.5 * 2^26 < 2^31 <= 4 pixels * 5.5 * 2^27; the sum of the two
// bounded values is at most 11, its pool may use one bit less; one h_sigmoid is
// at most 1.

// CHECK-LABEL: oqat.supernet @net
// CHECK: oqat.squeeze_excite {{.*}} {fraction = 26 : i32}
// CHECK: oqat.pool {{.*}} {fraction = 25 : i32}
// CHECK: oqat.pool {{.*}} {fraction = 28 : i32}
oqat.parameter @se.reduce.weight kind weight : tensor<8x1x1x2xf32> = dense<1.0> : tensor<8x1x1x2xf32>
oqat.parameter @se.reduce.bias kind bias : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.parameter @se.expand.weight kind weight : tensor<2x1x1x8xf32> = dense<1.0> : tensor<2x1x1x8xf32>
oqat.parameter @se.expand.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @net(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.quantize %0 step 0.25 name "b0.pl.input" : tensor<1x2x2x3xf32> -> tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>
  %2 = oqat.constant_codes dense<[[[[1, 2, -2]]], [[[1, -2, -2]]]]> : tensor<2x1x1x3xi8> step 0.5 layer "b0.pl" : tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>
  %3 = oqat.conv2d %1, %2 stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  %4 = oqat.rescale %3 scale dense<[0.5, 0.25]> : tensor<2xf32> bias dense<[1.0, 0.0]> : tensor<2xf32> : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  %5 = oqat.activation h_swish %4 : tensor<1x2x2x2xf32>
  %6 = oqat.squeeze_excite %5 reduce @se.reduce.weight, @se.reduce.bias expand @se.expand.weight, @se.expand.bias : tensor<1x2x2x2xf32>
  %7 = oqat.add %6, %4 : tensor<1x2x2x2xf32>
  %8 = oqat.pool %7 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %9 = oqat.activation h_sigmoid %7 : tensor<1x2x2x2xf32>
  %10 = oqat.pool %9 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %11 = oqat.add %8, %10 : tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %12 = oqat.linear %11, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %12 : tensor<1x5xf32>
}

// -----

// A float layer is bounded by its weights: |x| <= 1, three weights of 1, and
// room for rounding, so the sum of four pixels stays below 2^4.
// CHECK-LABEL: oqat.supernet @float
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @float(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.constant_weight dense<1.0> : tensor<2x1x1x3xf32> layer "stem"
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  // CHECK: oqat.pool {{.*}} {fraction = 27 : i32}
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %4 : tensor<1x5xf32>
}
