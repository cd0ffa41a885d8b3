// RUN: oqat-opt %s -split-input-file -oqat-fold-batch-norm | FileCheck %s

// Steps and batch norm become one rescale: A = 0.25 * 0.5 * gamma / sqrt(var),
// B = beta - gamma * mean / sqrt(var). A negative gamma is a negative scale.
// The parameters of batch norm go, others stay.

// CHECK-NOT: bn.
// CHECK: oqat.parameter @classifier.bias
// CHECK-LABEL: oqat.supernet @quantized
// CHECK: %[[A:.*]] = oqat.conv2d
// CHECK: oqat.rescale %[[A]] scale dense<[6.250000e-02, -1.250000e-01]> : tensor<2xf32> bias dense<[0.000000e+00, 4.000000e+00]> : tensor<2xf32> : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
// CHECK-NOT: oqat.dequantize
// CHECK-NOT: oqat.batch_norm
oqat.parameter @bn.gamma kind gamma : tensor<2xf32> = dense<[1.0, -2.0]> : tensor<2xf32>
oqat.parameter @bn.beta kind beta : tensor<2xf32> = dense<[0.5, 1.0]> : tensor<2xf32>
oqat.parameter @bn.mean kind mean : tensor<2xf32> = dense<[1.0, 3.0]> : tensor<2xf32>
oqat.parameter @bn.variance kind variance : tensor<2xf32> = dense<3.0> : tensor<2xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @quantized(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.quantize %0 step 0.25 name "b0.pl.input" : tensor<1x2x2x3xf32> -> tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>
  %2 = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> step 0.5 layer "b0.pl" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  %3 = oqat.conv2d %1, %2 stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  %4 = oqat.dequantize %3 input_step 0.25 weight_step 0.5 : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  %5 = oqat.batch_norm %4 gamma @bn.gamma beta @bn.beta mean @bn.mean variance @bn.variance eps 1.0 : tensor<1x2x2x2xf32>
  %6 = oqat.pool %5 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %7 = oqat.linear %6, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %7 : tensor<1x5xf32>
}

// -----

// Without batch norm the rescale is the product of the steps, after a float
// convolution it is batch norm alone.

// CHECK-LABEL: oqat.supernet @others
// CHECK: oqat.rescale %{{.*}} scale dense<5.000000e-01> : tensor<2xf32> bias dense<1.000000e+00> : tensor<2xf32> : tensor<1x2x2x2xf32> -> tensor<1x2x2x2xf32>
// CHECK: oqat.rescale %{{.*}} scale dense<1.250000e-01> : tensor<1xf32> bias dense<0.000000e+00> : tensor<1xf32> : tensor<1x2x2x1xi32> -> tensor<1x2x2x1xf32>
oqat.parameter @bn.gamma kind gamma : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.parameter @bn.beta kind beta : tensor<2xf32> = dense<1.5> : tensor<2xf32>
oqat.parameter @bn.mean kind mean : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.parameter @bn.variance kind variance : tensor<2xf32> = dense<3.0> : tensor<2xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @others(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.constant_weight dense<1.0> : tensor<2x1x1x3xf32> layer "stem"
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.batch_norm %2 gamma @bn.gamma beta @bn.beta mean @bn.mean variance @bn.variance eps 1.0 : tensor<1x2x2x2xf32>
  %4 = oqat.quantize %3 step 0.25 name "b0.pl.input" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 0.25>>
  %5 = oqat.constant_codes dense<1> : tensor<1x1x1x2xi8> step 0.5 layer "b0.pl" : tensor<1x1x1x2x!quant.uniform<i8<-2:1>:f32, 0.5>>
  %6 = oqat.conv2d %4, %5 stride 1 : (tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<1x1x1x2x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x1xi32>
  %7 = oqat.dequantize %6 input_step 0.25 weight_step 0.5 : tensor<1x2x2x1xi32> -> tensor<1x2x2x1xf32>
  %8 = oqat.pool %7 : tensor<1x2x2x1xf32> -> tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x1xf32> layer "classifier"
  %9 = oqat.linear %8, %wl bias @classifier.bias : (tensor<1x1x1x1xf32>, tensor<5x1xf32>) -> tensor<1x5xf32>
  oqat.return %9 : tensor<1x5xf32>
}

// -----

// A bias is B of N1 behind a quantized layer, and a rescale by 1 behind a float
// one. Biases that are folded go.

// CHECK-NOT: oqat.parameter
// CHECK-LABEL: oqat.supernet @bias
// CHECK: oqat.rescale %{{.*}} scale dense<1.000000e+00> : tensor<2xf32> bias dense<[2.000000e+00, 3.000000e+00]> : tensor<2xf32> : tensor<1x1x1x2xf32> -> tensor<1x1x1x2xf32>
// CHECK: %[[L:.*]] = oqat.linear
// CHECK: oqat.rescale %[[L]] scale dense<1.250000e-01> : tensor<2xf32> bias dense<[5.000000e-01, -1.000000e+00]> : tensor<2xf32> : tensor<1x2xi32> -> tensor<1x2xf32>
oqat.parameter @stem.bias kind bias : tensor<2xf32> = dense<[2.0, 3.0]> : tensor<2xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<[0.5, -1.0]> : tensor<2xf32>
oqat.supernet @bias(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %1 = oqat.constant_weight dense<1.0> : tensor<2x1x1x3xf32> layer "stem"
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x1x1x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x1x1x2xf32>
  %3 = oqat.bias %2 parameter @stem.bias : tensor<1x1x1x2xf32>
  %4 = oqat.quantize %3 step 0.25 name "classifier.input" : tensor<1x1x1x2xf32> -> tensor<1x1x1x2x!quant.uniform<u8:f32, 0.25>>
  %5 = oqat.constant_codes dense<1> : tensor<2x2xi8> step 0.5 layer "classifier" : tensor<2x2x!quant.uniform<i8:f32, 0.5>>
  %6 = oqat.linear %4, %5 : (tensor<1x1x1x2x!quant.uniform<u8:f32, 0.25>>, tensor<2x2x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x2xi32>
  %7 = oqat.dequantize %6 input_step 0.25 weight_step 0.5 : tensor<1x2xi32> -> tensor<1x2xf32>
  %8 = oqat.bias %7 parameter @classifier.bias : tensor<1x2xf32>
  oqat.return %8 : tensor<1x2xf32>
}

// -----

// Behind no convolution it is a rescale of floats: (x - 1) / sqrt(4 + 1e-5) + 1.5.
oqat.parameter @bn.gamma kind gamma : tensor<3xf32> = dense<1.0> : tensor<3xf32>
oqat.parameter @bn.beta kind beta : tensor<3xf32> = dense<1.5> : tensor<3xf32>
oqat.parameter @bn.mean kind mean : tensor<3xf32> = dense<1.0> : tensor<3xf32>
oqat.parameter @bn.variance kind variance : tensor<3xf32> = dense<4.0> : tensor<3xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32>
// CHECK-LABEL: oqat.supernet @floats
oqat.supernet @floats(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  // CHECK: %[[X:.*]] = oqat.normalize
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // CHECK: oqat.rescale %[[X]] scale dense<0.499999374> : tensor<3xf32> bias dense<1.0000006> : tensor<3xf32>
  // CHECK-NOT: oqat.batch_norm
  %1 = oqat.batch_norm %0 gamma @bn.gamma beta @bn.beta mean @bn.mean variance @bn.variance : tensor<1x2x2x3xf32>
  %3 = oqat.pool %1 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x3xf32> layer "classifier"
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}
