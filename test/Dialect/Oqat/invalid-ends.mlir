// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{expected a constant to have a value}}
oqat.parameter @s kind step constant : tensor<f32>

// -----

func.func @f(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected 'steps' and 'bits' together}}
  %0 = "oqat.squeeze_excite"(%x) {reduce_weight = @r.weight, reduce_bias = @r.bias, expand_weight = @e.weight, expand_bias = @e.bias, bits = 8 : i64} : (tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected 6 steps, but got 2}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias steps [@s, @s] bits 8 : tensor<1x8x8x16xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected 8 or 32 bits, but got 2}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias steps [@s, @s, @s, @s, @s, @s] bits 2 : tensor<1x8x8x16xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
oqat.parameter @s kind step : tensor<f32>
oqat.parameter @v kind step : tensor<2xf32>
func.func @f(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected 'v' to be a scalar, but got 'tensor<2xf32>'}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias steps [@s, @s, @v, @s, @s, @s] bits 8 : tensor<1x8x8x16xf32>
  return
}

// -----

oqat.space @space {
  oqat.choice @bits key "bits_ends" values [2, 8]
}
oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%x: tensor<1x1x1x3xui8>) -> tensor<1x16xf32> {
  %0 = oqat.constant_weight dense<1.0> : tensor<1x1x1x16xf32>
  // expected-error @below {{expected 8 or 32 bits, but got 2}}
  %1 = oqat.squeeze_excite %0 reduce @r.weight, @r.bias expand @e.weight, @e.bias steps [@s, @s, @s, @s, @s, @s] bits @bits : tensor<1x1x1x16xf32>
  %2 = oqat.constant_weight dense<1.0> : tensor<1x16xf32>
  oqat.return %2 : tensor<1x16xf32>
}
