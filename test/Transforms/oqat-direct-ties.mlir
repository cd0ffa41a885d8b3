// RUN: oqat-opt %s -oqat-direct-ties=seed=3 | FileCheck %s
// RUN: oqat-opt %s -oqat-direct-ties="seed=3 pictures=1" | FileCheck %s
// RUN: oqat-opt %s -oqat-direct-ties="seed=3 dyadic" | FileCheck %s --check-prefix=DYADIC
// RUN: oqat-opt %s -oqat-direct-ties=seed=3 | oqat-opt -oqat-direct-ties=seed=3 | FileCheck %s

// All pictures are normalized to 0, so the input of `a` is the beta of the stem, 1: with
// the step 0.3 its code is 3, that of the weight 2, and every accumulator 6. Then
// z = 6 * 0.3 * 0.25 + 0.11 = 0.56 or 5.6 steps of 0.1; the nearest tie below, 5.5 steps,
// needs a beta of 0.1 or a neighbour of it.

oqat.parameter @stem.weight kind weight : tensor<1x1x1x3xf32> = dense<0.0> : tensor<1x1x1x3xf32>
oqat.parameter @stem.gamma kind gamma : tensor<1xf32> = dense<1.0> : tensor<1xf32>
oqat.parameter @stem.beta kind beta : tensor<1xf32> = dense<1.0> : tensor<1xf32>
oqat.parameter @zero kind mean : tensor<1xf32> = dense<0.0> : tensor<1xf32>
oqat.parameter @one kind variance : tensor<1xf32> = dense<1.0> : tensor<1xf32>
// CHECK: @a.input_step kind step : tensor<f32> = dense<3.000000e-01>
// DYADIC: @a.input_step kind step : tensor<f32> = dense<2.500000e-01>
oqat.parameter @a.input_step kind step : tensor<f32> = dense<0.3> : tensor<f32>
oqat.parameter @a.weight_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @a.weight kind weight : tensor<1x1x1x1xf32> = dense<0.5> : tensor<1x1x1x1xf32>
oqat.parameter @a.gamma kind gamma : tensor<1xf32> = dense<1.0> : tensor<1xf32>
// In dyadic form the code is 4, every accumulator 8, A = 1/16 and the step behind 1/8: z is
// 0.5 + 0.125, the bias being rounded to halves of the step, or 5 steps. 5.5 need 0.1875.
// CHECK: @a.beta kind beta : tensor<1xf32> = dense<{{1\.0000..e-01|9\.9999..e-02|0\.(1000|09999).*}}>
// DYADIC: @a.beta kind beta : tensor<1xf32> = dense<1.875000e-01>
oqat.parameter @a.beta kind beta : tensor<1xf32> = dense<0.11> : tensor<1xf32>
oqat.parameter @a.mean kind mean : tensor<1xf32> = dense<0.0> : tensor<1xf32>
oqat.parameter @a.variance kind variance : tensor<1xf32> = dense<1.0> : tensor<1xf32>
oqat.parameter @b.input_step kind step : tensor<f32> = dense<0.1> : tensor<f32>
oqat.parameter @b.weight_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @b.weight kind weight : tensor<1x1x1x1xf32> = dense<0.5> : tensor<1x1x1x1xf32>
oqat.parameter @classifier.weight kind weight : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
oqat.parameter @classifier.bias kind bias : tensor<1xf32> = dense<0.0> : tensor<1xf32>
oqat.supernet @net (%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = oqat.normalize %image mean [0.0, 0.0, 0.0] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w0 = oqat.weight @stem.weight : tensor<1x1x1x3xf32>
  %1 = oqat.conv2d %0, %w0 stride 1 : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %2 = oqat.batch_norm %1 gamma @stem.gamma beta @stem.beta mean @zero variance @one eps 1.0e-30 : tensor<1x1x1x1xf32>
  %3 = oqat.fake_quantize %2 step @a.input_step bits 4 : tensor<1x1x1x1xf32>
  %w1 = oqat.weight @a.weight : tensor<1x1x1x1xf32>
  %wq1 = oqat.fake_quantize %w1 step @a.weight_step bits 4 signed : tensor<1x1x1x1xf32>
  %4 = oqat.conv2d %3, %wq1 stride 1 : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %5 = oqat.batch_norm %4 gamma @a.gamma beta @a.beta mean @a.mean variance @a.variance eps 1.0e-30 : tensor<1x1x1x1xf32>
  %6 = oqat.activation relu %5 : tensor<1x1x1x1xf32>
  %7 = oqat.fake_quantize %6 step @b.input_step bits 4 : tensor<1x1x1x1xf32>
  %w2 = oqat.weight @b.weight : tensor<1x1x1x1xf32>
  %wq2 = oqat.fake_quantize %w2 step @b.weight_step bits 4 signed : tensor<1x1x1x1xf32>
  %8 = oqat.conv2d %7, %wq2 stride 1 : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %wl = oqat.weight @classifier.weight : tensor<1x1xf32>
  %l = oqat.linear %8, %wl bias @classifier.bias : (tensor<1x1x1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  oqat.return %l : tensor<1x1xf32>
}
