// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-annotate-value-bounds

oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @infinite(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.quantize %0 step 0.25 name "b0.pl.input" : tensor<1x2x2x3xf32> -> tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>
  %2 = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> step 0.5 layer "b0.pl" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  %3 = oqat.conv2d %1, %2 stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  %4 = oqat.rescale %3 scale dense<3.0e38> : tensor<2xf32> bias dense<0.0> : tensor<2xf32> : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  // expected-error @below {{pools a value whose bound is not finite}}
  %5 = oqat.pool %4 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %6 = oqat.linear %5, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %6 : tensor<1x5xf32>
}

// -----

// Before its quantizers are frozen a network has no bounds.
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @learned(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.fake_quantize %0 step @b0.pl.input_step bits 4 : tensor<1x2x2x3xf32>
  // expected-error @below {{'oqat.pool' op pools a value without a bound: expected one that comes from quantized convolutions}}
  %2 = oqat.pool %1 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x3xf32> layer "classifier"
  %3 = oqat.linear %2, %wl bias @classifier.bias : (tensor<1x1x1x3xf32>, tensor<5x3xf32>) -> tensor<1x5xf32>
  oqat.return %3 : tensor<1x5xf32>
}
