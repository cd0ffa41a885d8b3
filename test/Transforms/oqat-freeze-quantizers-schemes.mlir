// RUN: oqat-opt %s -split-input-file -oqat-freeze-quantizers | FileCheck %s
// RUN: oqat-opt %s -split-input-file -oqat-freeze-quantizers -oqat-fold-batch-norm | FileCheck %s --check-prefix=FOLD

// LSQ+: offset -0.6 at step 0.25 is 2.4 steps, so the zero point is 2. The
// steps of the weights are |0.5| and |-0.25|, one per output channel: 0.4/0.25
// is 1.6. Dequantization, and so the rescale, is per channel: 0.25 * 0.5 and
// 0.25 * 0.25.

// CHECK-LABEL: oqat.supernet @lsq_plus
// CHECK: oqat.quantize %{{.*}} step 2.500000e-01 name "b0.pl.input" : {{.*}}!quant.uniform<u8<0:3>:f32, 2.500000e-01:2>>
// CHECK: oqat.constant_codes dense<{{\[\[\[\[}}-2, 1, 0]]], {{\[\[\[}}2, 1, -4]]]]> : tensor<2x1x1x3xi8> steps dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32> layer "b0.pl" : {{.*}}i8<-4:3>:f32:0, {5.000000e-01,2.500000e-01}>>
// CHECK: oqat.dequantize %{{.*}} input_step 2.500000e-01 weight_steps dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK-NOT: kind offset
// FOLD-LABEL: oqat.supernet @lsq_plus
// FOLD: oqat.rescale %{{.*}} scale dense<[1.250000e-01, 6.250000e-02]> : tensor<2xf32>
oqat.parameter @b0.pl.weight kind weight : tensor<2x1x1x3xf32> = dense<[[[[-1.0, 0.4, 0.2]]], [[[0.4, 0.3, -9.0]]]]> : tensor<2x1x1x3xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<3xf32> = dense<[0.5, -0.25, 7.0]> : tensor<3xf32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<-0.25> : tensor<f32>
oqat.parameter @b0.pl.input_offset kind offset : tensor<f32> = dense<-0.6> : tensor<f32>
oqat.parameter @fc.weight kind weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
oqat.supernet @lsq_plus(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.fake_quantize %0 by #oqat.lsq_plus<offset = @b0.pl.input_offset> step @b0.pl.input_step bits 2 : tensor<1x2x2x3xf32>
  %2 = oqat.weight @b0.pl.weight : tensor<2x1x1x3xf32>
  %3 = oqat.fake_quantize %2 step @b0.pl.weight_step bits 3 signed axis 0 : tensor<2x1x1x3xf32>
  %4 = oqat.conv2d %1, %3 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %5 = oqat.pool %4 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %6 = oqat.weight @fc.weight : tensor<2x2xf32>
  %7 = oqat.linear %5, %6 : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %7 : tensor<1x2xf32>
}

// -----

// A signed activation with a step per channel into a depthwise convolution,
// whose weights of one bit are signs; sign(0) is +1.

// CHECK-LABEL: oqat.supernet @depthwise
// CHECK: oqat.quantize %{{.*}} steps dense<[2.500000e-01, 5.000000e-01, 1.000000e+00]> : tensor<3xf32> name "b0.dw.input" : {{.*}}i8<-4:3>:f32:3, {2.500000e-01,5.000000e-01,1.000000e+00}>>
// CHECK: oqat.constant_codes dense<{{\[\[\[\[}}0]]], {{\[\[\[}}-1]]], {{\[\[\[}}0]]]]> : tensor<3x1x1x1xi8> step 1.500000e+00 odd layer "b0.dw" : {{.*}}!quant.uniform<i8<-1:0>:f32, 1.500000e+00>>
// FOLD-LABEL: oqat.supernet @depthwise
// FOLD: oqat.rescale %{{.*}} scale dense<[3.750000e-01, 7.500000e-01, 1.500000e+00]> : tensor<3xf32>
oqat.parameter @b0.dw.weight kind weight : tensor<3x1x1x1xf32> = dense<[[[[0.0]]], [[[-0.1]]], [[[5.0]]]]> : tensor<3x1x1x1xf32>
oqat.parameter @b0.dw.weight_step kind step : tensor<f32> = dense<1.5> : tensor<f32>
oqat.parameter @b0.dw.input_step kind step : tensor<3xf32> = dense<[0.25, 0.5, 1.0]> : tensor<3xf32>
oqat.parameter @fc.weight kind weight : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
oqat.supernet @depthwise(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.fake_quantize %0 step @b0.dw.input_step bits 3 signed axis 3 : tensor<1x2x2x3xf32>
  %2 = oqat.weight @b0.dw.weight : tensor<3x1x1x1xf32>
  %3 = oqat.fake_quantize %2 step @b0.dw.weight_step bits 1 signed : tensor<3x1x1x1xf32>
  %4 = oqat.conv2d %1, %3 stride 1 depthwise : (tensor<1x2x2x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x2x2x3xf32>
  %5 = oqat.pool %4 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %6 = oqat.weight @fc.weight : tensor<2x3xf32>
  %7 = oqat.linear %5, %6 : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %7 : tensor<1x2xf32>
}

// -----

// LIQ. Weights 1, 2, 3 are -1, 0, 1 when normalized. The clip value 1.5 of two
// bits has the step 0.5: the levels are -1.5, -0.5, 0.5 and 1.5. 0 lies between
// the codes -1 and 0 and takes the even one; -1 and 1 are ties as well, to -2
// and 0. The activation's clip value 1.5 of two bits has the step 0.5.

// CHECK-LABEL: oqat.supernet @liq
// CHECK: oqat.quantize %{{.*}} step 5.000000e-01 name "b0.pl.input" : {{.*}}u8<0:3>:f32, 5.000000e-01>>
// CHECK: oqat.constant_codes dense<{{\[\[\[\[}}-2, 0, 0]]]]> : tensor<1x1x1x3xi8> step 5.000000e-01 odd layer "b0.pl" : {{.*}}i8<-2:1>:f32, 5.000000e-01>>
oqat.parameter @b0.pl.weight kind weight : tensor<1x1x1x3xf32> = dense<[[[[1.0, 2.0, 3.0]]]]> : tensor<1x1x1x3xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32> = dense<-1.5> : tensor<f32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<1.5> : tensor<f32>
oqat.parameter @fc.weight kind weight : tensor<2x1xf32> = dense<1.0> : tensor<2x1xf32>
oqat.supernet @liq(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.fake_quantize %0 by #oqat.liq step @b0.pl.input_step bits 2 : tensor<1x2x2x3xf32>
  %2 = oqat.weight @b0.pl.weight : tensor<1x1x1x3xf32>
  %3 = oqat.fake_quantize %2 by #oqat.liq<normalize> step @b0.pl.weight_step bits 2 signed : tensor<1x1x1x3xf32>
  %4 = oqat.conv2d %1, %3 stride 1 : (tensor<1x2x2x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x2x2x1xf32>
  %5 = oqat.pool %4 : tensor<1x2x2x1xf32> -> tensor<1x1x1x1xf32>
  %6 = oqat.weight @fc.weight : tensor<2x1xf32>
  %7 = oqat.linear %5, %6 : (tensor<1x1x1x1xf32>, tensor<2x1xf32>) -> tensor<1x2xf32>
  oqat.return %7 : tensor<1x2xf32>
}
