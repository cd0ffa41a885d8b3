// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-freeze-quantizers

oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32>
oqat.parameter @classifier.weight kind weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.supernet @no_value(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{expected a value for parameter 'stem.weight'; run --oqat-load-weights}}
  %1 = oqat.weight @stem.weight : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.weight @classifier.weight : tensor<2x2xf32>
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}

// -----

oqat.parameter @b0.pl.weight kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<0.0> : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.supernet @zero_step(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{expected step 'b0.pl.input_step' of layer 'b0.pl' to be finite and not zero, but got 0.0}}
  %q = oqat.fake_quantize %0 step @b0.pl.input_step bits 4 : tensor<1x2x2x3xf32>
  %w = oqat.weight @b0.pl.weight : tensor<2x1x1x3xf32>
  %wq = oqat.fake_quantize %w step @b0.pl.weight_step bits 4 signed : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %q, %wq stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.weight @classifier.weight : tensor<2x2xf32>
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}

// -----

oqat.parameter @b0.pl.weight kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32> = dense<0x7F800000> : tensor<f32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.supernet @infinite_step(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %q = oqat.fake_quantize %0 step @b0.pl.input_step bits 4 : tensor<1x2x2x3xf32>
  %w = oqat.weight @b0.pl.weight : tensor<2x1x1x3xf32>
  // expected-error @below {{expected step 'b0.pl.weight_step' of layer 'b0.pl' to be finite and not zero, but got INF}}
  %wq = oqat.fake_quantize %w step @b0.pl.weight_step bits 4 signed : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %q, %wq stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.weight @classifier.weight : tensor<2x2xf32>
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}

// -----

// A squeeze-excite in 8 bits is written out by materialization.
oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
oqat.parameter @s kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @gate(%image: tensor<1x1x1x3xui8>) -> tensor<1x16xf32> {
  %0 = oqat.constant_weight dense<1.0> : tensor<1x1x1x16xf32>
  // expected-error @below {{expected to be in float or written as the operations it consists of; run --oqat-materialize-subnet}}
  %1 = oqat.squeeze_excite %0 reduce @r.weight, @r.bias expand @e.weight, @e.bias steps [@s, @s, @s, @s, @s, @s] bits 8 : tensor<1x1x1x16xf32>
  %2 = oqat.constant_weight dense<1.0> : tensor<1x16xf32>
  oqat.return %2 : tensor<1x16xf32>
}

// -----

oqat.parameter @r kind weight : tensor<1x1x1x3xf32> = dense<1.0> : tensor<1x1x1x3xf32>
oqat.parameter @s kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @no_stream(%image: tensor<1x1x1x3xui8>) -> tensor<1x16xf32> {
  %0 = oqat.weight @r : tensor<1x1x1x3xf32>
  %1 = oqat.fake_quantize %0 step @s bits 8 signed : tensor<1x1x1x3xf32>
  // expected-error @below {{expected a stream of codes to add to}}
  %2 = oqat.add %0, %1 step @s bits 8 : tensor<1x1x1x3xf32>
  %3 = oqat.constant_weight dense<1.0> : tensor<1x16xf32>
  oqat.return %3 : tensor<1x16xf32>
}

// -----

oqat.parameter @classifier.weight kind weight : tensor<2x3xf32> = dense<1.0> : tensor<2x3xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.supernet @open(%image: tensor<?x?x?x3xui8>) -> tensor<?x2xf32> {
  // expected-error @below {{expected a fixed network, but the type 'tensor<?x?x?x3xf32>' is open; run --oqat-materialize-subnet}}
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x?x?x3xui8> -> tensor<?x?x?x3xf32>
  %3 = oqat.pool %0 : tensor<?x?x?x3xf32> -> tensor<?x?x?x3xf32>
  %wl = oqat.weight @classifier.weight : tensor<2x3xf32>
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<?x?x?x3xf32>, tensor<2x3xf32>) -> tensor<?x2xf32>
  oqat.return %4 : tensor<?x2xf32>
}

// -----

// expected-error @below {{expected one network, but got 0}}
module {}

// -----

oqat.supernet @foreign(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  // expected-error @below {{'llvm.mlir.constant' op has no place in a fixed network}}
  %c = llvm.mlir.constant(1 : i64) : i64
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %p = oqat.pool %0 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "fc"
  %1 = oqat.linear %p, %w : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %1 : tensor<1x3xf32>
}

// -----

// Weight codes are signed.
oqat.parameter @b0.pl.weight kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>
oqat.supernet @unsigned(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %q = oqat.fake_quantize %0 step @b0.pl.input_step bits 8 : tensor<1x2x2x3xf32>
  %w = oqat.weight @b0.pl.weight : tensor<2x1x1x3xf32>
  // expected-error @below {{'oqat.fake_quantize' op expected signed weight codes of at most 8 bits}}
  %wq = oqat.fake_quantize %w step @b0.pl.weight_step bits 8 : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %q, %wq stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.weight @classifier.weight : tensor<2x2xf32>
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}

// -----

// A parameter is cut to one extent.
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>
oqat.parameter @w kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @classifier.weight kind weight : tensor<2x2xf32> = dense<1.0> : tensor<2x2xf32>
oqat.supernet @extents(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.bias %0 parameter @b : tensor<1x2x2x3xf32>
  %w = oqat.weight @w : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %1, %w stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  // expected-error @below {{'oqat.bias' op uses parameter 'b' at another extent than an operation before}}
  %3 = oqat.bias %2 parameter @b : tensor<1x2x2x2xf32>
  %4 = oqat.pool %3 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.weight @classifier.weight : tensor<2x2xf32>
  %5 = oqat.linear %4, %wl : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %5 : tensor<1x2xf32>
}

// -----

oqat.parameter @ws kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @is kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @constant(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %q = oqat.fake_quantize %0 step @is bits 8 : tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<2x3xf32>
  // expected-error @below {{'oqat.fake_quantize' op expected to quantize an 'oqat.weight' here}}
  %wq = oqat.fake_quantize %w step @ws bits 8 signed : tensor<2x3xf32>
  %1 = oqat.linear %q, %wq : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %1 : tensor<1x2xf32>
}

// -----

oqat.parameter @w kind weight : tensor<1x1x1x3xf32> = dense<1.0> : tensor<1x1x1x3xf32>
oqat.parameter @ws kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @is kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @swap(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %q = oqat.fake_quantize %0 step @is bits 8 : tensor<1x1x1x3xf32>
  %w = oqat.weight @w : tensor<1x1x1x3xf32>
  %wq = oqat.fake_quantize %w step @ws bits 8 signed : tensor<1x1x1x3xf32>
  %1 = oqat.conv2d %q, %wq stride 1 : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  // expected-error @below {{'oqat.conv2d' op expected its input to be a quantized activation}}
  %2 = oqat.conv2d %wq, %wq stride 1 : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %3 = oqat.add %1, %2 : tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<1x1xf32>
  %4 = oqat.linear %3, %wl : (tensor<1x1x1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  oqat.return %4 : tensor<1x1xf32>
}
