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

// -----

oqat.supernet @foreign(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  // expected-error @below {{'llvm.mlir.constant' op cannot be interpreted}}
  %c = llvm.mlir.constant(1 : i64) : i64
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %1 = oqat.linear %0, %wl : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %1 : tensor<1x3xf32>
}

// -----

oqat.parameter @s kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @rescaled(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %1 = oqat.fake_quantize %0 step @s bits 4 : tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.rescale' op expected the result of a convolution}}
  %2 = oqat.rescale %1 scale dense<1.0> : tensor<3xf32> bias dense<0.0> : tensor<3xf32> : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %3 = oqat.linear %2, %wl : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %3 : tensor<1x3xf32>
}

// -----

// The middle of 5x5 kernels is transformed only where a kernel has one input.
oqat.supernet @transformed(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.weight' op transforms the kernel of a weight with 3 inputs; expected 1}}
  %w = oqat.weight @w transforms [@t] : tensor<2x3x3x3xf32>
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<2x3x3x3xf32>) -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x2xf32>
  %2 = oqat.linear %1, %wl : (tensor<1x1x1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  oqat.return %2 : tensor<1x2xf32>
}
oqat.parameter @w kind weight : tensor<2x5x5x3xf32> = dense<1.0> : tensor<2x5x5x3xf32>
oqat.parameter @t kind transform : tensor<9x9xf32> = dense<1.0> : tensor<9x9xf32>

// -----

// A picture of one size, but no subnet.
oqat.space @space {
  oqat.choice @bits key "bits_a" values [2, 4]
}
oqat.supernet @undecided space @space (%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.fake_quantize' op needs a subnet that decides choice 'bits'}}
  %1 = oqat.fake_quantize %0 step @s bits @bits : tensor<?x?x?x?xf32>
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @s kind step : tensor<f32> = dense<1.0> : tensor<f32>

// -----

// Types that are open leave it to a run whether shapes fit.
oqat.supernet @channels(%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.fake_quantize' op needs 3 channels of 's', which has 2}}
  %1 = oqat.fake_quantize %0 step @s bits 4 axis 3 : tensor<?x?x?x?xf32>
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @s kind step : tensor<2xf32> = dense<1.0> : tensor<2xf32>

// -----

oqat.supernet @vector(%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.bias' op needs 3 entries of parameter 'b', which has 2}}
  %1 = oqat.bias %0 parameter @b : tensor<?x?x?x?xf32>
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>

// -----

oqat.supernet @matrix(%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.squeeze_excite' op needs 8 x 3 entries of parameter 'r.weight' of type 'tensor<8x1x1x2xf32>'}}
  // expected-error @below {{'oqat.squeeze_excite' op needs 3 x 8 entries of parameter 'e.weight' of type 'tensor<2x1x1x8xf32>'}}
  // expected-error @below {{'oqat.squeeze_excite' op needs 3 entries of parameter 'e.bias', which has 2}}
  %1 = oqat.squeeze_excite %0 reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<?x?x?x?xf32>
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @r.weight kind weight : tensor<8x1x1x2xf32> = dense<1.0> : tensor<8x1x1x2xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<2x1x1x8xf32> = dense<1.0> : tensor<2x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<2xf32> = dense<1.0> : tensor<2xf32>

// -----

oqat.supernet @gate(%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.scale' op expected one gate per picture and channel}}
  %1 = oqat.scale %0, %0 : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>

// -----

oqat.supernet @summands(%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  %1 = oqat.pool %0 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.add' op adds tensors of different shapes}}
  %2 = oqat.add %0, %1 : tensor<?x?x?x?xf32>
  %p = oqat.pool %2 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>

// -----

oqat.supernet @stream(%image: tensor<?x2x2x3xui8>) -> tensor<?x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x?x?x?xf32>
  %1 = oqat.pool %0 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %2 = oqat.fake_quantize %1 step @s bits 8 signed : tensor<?x?x?x?xf32>
  // expected-error @below {{'oqat.add' op adds tensors of different shapes}}
  %3 = oqat.add %0, %2 step @s bits 8 : tensor<?x?x?x?xf32>
  %p = oqat.pool %3 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %l = oqat.linear %p, %wl : (tensor<?x?x?x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @s kind step : tensor<f32> = dense<1.0> : tensor<f32>
