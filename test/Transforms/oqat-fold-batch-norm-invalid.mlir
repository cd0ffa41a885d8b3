// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-fold-batch-norm

oqat.parameter @b0.pl.weight kind weight : tensor<2x1x1x3xf32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32>
oqat.supernet @not_frozen(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{expected frozen quantizers; run --oqat-freeze-quantizers}}
  %q = oqat.fake_quantize %0 step @b0.pl.input_step bits 4 : tensor<1x2x2x3xf32>
  %w = oqat.weight @b0.pl.weight : tensor<2x1x1x3xf32>
  %wq = oqat.fake_quantize %w step @b0.pl.weight_step bits 4 signed : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %q, %wq stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x2xf32> layer "classifier"
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}

// -----

oqat.parameter @stem.bn.gamma kind gamma : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.parameter @stem.bn.beta kind beta : tensor<2xf32> = dense<1.5> : tensor<2xf32>
oqat.parameter @stem.bn.mean kind mean : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.parameter @stem.bn.variance kind variance : tensor<2xf32> = dense<[1.0, -2.0]> : tensor<2xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32>
oqat.supernet @negative_variance(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.constant_weight dense<1.0> : tensor<2x1x1x3xf32> layer "stem"
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  // expected-error @below {{expected batch norm of layer 'stem' to give a finite scale and bias, but channel 1 does not}}
  %3 = oqat.batch_norm %2 gamma @stem.bn.gamma beta @stem.bn.beta mean @stem.bn.mean variance @stem.bn.variance : tensor<1x2x2x2xf32>
  %4 = oqat.pool %3 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x2xf32> layer "classifier"
  %5 = oqat.linear %4, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %5 : tensor<1x2xf32>
}
