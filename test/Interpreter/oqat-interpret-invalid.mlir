// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-interpret

// expected-error @below {{is too large to be interpreted: 'tensor<1x16000x16000x3xui8>'}}
oqat.supernet @picture(%image: tensor<1x16000x16000x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x16000x16000x3xui8> -> tensor<1x16000x16000x3xf32>
  %1 = oqat.pool %0 {fraction = 1 : i32} : tensor<1x16000x16000x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// -----

oqat.supernet @no_bound(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [1.0e-41, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{pools a value that has no finite bound}}
  %1 = oqat.pool %0 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// -----

oqat.supernet @sparse(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.pool %0 {fraction = 1 : i32} : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected dense values of parameter 'w'}}
  %wl = oqat.weight @w : tensor<3x3xf32>
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = sparse<[[0, 0]], [1.0]> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// -----

oqat.supernet @unset(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.pool %0 {fraction = 1 : i32} : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  // expected-error @below {{expected a value for parameter 'b'; run --oqat-load-weights}}
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32>

// -----

// expected-error @below {{'func.func' is not a network that can be interpreted}}
func.func private @function()

// -----

// Whatever the picture is, every code of the input is 1: the accumulator is 4.
bitpack.network @table(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<0.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 quantize "b.input" reciprocal 1.0
    : tensor<1x1x1x3xui8> -> tensor<1x1x1x4x!bitpack.codes<1>>
  // expected-error @below {{has no code for accumulator 4 of channel 0}}
  %1 = bitpack.conv2d "b" %0 weights dense<85> : tensor<1xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.accumulator_map<offsets [0] table dense<0> : tensor<4xi8>>
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> quantize "c.input" reciprocal 1.0
    : tensor<1x1x1x4x!bitpack.codes<1>> -> tensor<1x1x1x1x!bitpack.codes<1>>
  %2 = bitpack.elementwise "c" %1 : tensor<1x1x1x1x!bitpack.codes<1>> -> tensor<1x1x1x1xf32>
  %3 = bitpack.linear "d" %2 weights dense<1.0> : tensor<1x1xf32> : tensor<1x1x1x1xf32> -> tensor<1x1xf32>
  bitpack.return %3 : tensor<1x1xf32>
}
