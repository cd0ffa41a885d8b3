// RUN: oqat-opt %s --oqat-build-training-kernels -split-input-file -verify-diagnostics

oqat.parameter @g kind gamma : tensor<8xf32>
oqat.parameter @b kind beta : tensor<8xf32>
oqat.parameter @m kind mean : tensor<8xf32>
oqat.parameter @v kind variance : tensor<8xf32>
oqat.parameter @w kind weight : tensor<8x1x1x3xf32>
oqat.parameter @c.weight kind weight : tensor<10x8xf32>
oqat.parameter @c.bias kind bias : tensor<10xf32>
oqat.parameter @sa kind step : tensor<f32>
oqat.parameter @sw kind step : tensor<f32>
oqat.supernet @net (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %q = oqat.fake_quantize %0 step @sa bits 4 : tensor<?x?x?x?xf32>
  %w = oqat.weight @w : tensor<8x1x1x3xf32>
  %wq = oqat.fake_quantize %w step @sw bits 4 signed : tensor<8x1x1x3xf32>
  // expected-error @below {{is quantized and feeds a batch norm, so it must have one use}}
  %1 = oqat.conv2d %q, %wq stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x3xf32>) -> tensor<?x?x?x?xf32>
  // expected-note @below {{the batch norm is here}}
  %2 = oqat.batch_norm %1 gamma @g beta @b mean @m variance @v : tensor<?x?x?x?xf32>
  %3 = oqat.add %1, %2 : tensor<?x?x?x?xf32>
  %4 = oqat.pool %3 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @c.weight : tensor<10x8xf32>
  %5 = oqat.linear %4, %wl bias @c.bias : (tensor<?x?x?x?xf32>, tensor<10x8xf32>) -> tensor<?x10xf32>
  oqat.return %5 : tensor<?x10xf32>
}

// -----

oqat.parameter @c.weight kind weight : tensor<10x3xf32>
oqat.parameter @c.bias kind bias : tensor<10xf32>
oqat.supernet @net (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %1 = oqat.activation h_swish %0 : tensor<?x?x?x?xf32>
  %2 = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @c.weight : tensor<10x3xf32>
  %3 = oqat.linear %2, %wl bias @c.bias : (tensor<?x?x?x?xf32>, tensor<10x3xf32>) -> tensor<?x10xf32>
  oqat.return %3 : tensor<?x10xf32>
}
// expected-error @below {{has the name of a training kernel}}
func.func private @h_swish_backward()
