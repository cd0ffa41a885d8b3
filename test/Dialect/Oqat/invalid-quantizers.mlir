// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// Where quantizer schemes, axes and one bit may stand.

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected unsigned codes of an activation of one bit, since signed ones have no zero}}
  %q = oqat.fake_quantize %x step @s bits 1 signed : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<4xf32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected axis 3 of an activation, but got 0 of 'tensor<1x2x2x4xf32>'}}
  %q = oqat.fake_quantize %x step @s bits 2 axis 0 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<4xf32>
oqat.parameter @w kind weight : tensor<4x1x1x4xf32>
func.func @f() {
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  // expected-error @below {{expected axis 0 of a weight, but got 3 of 'tensor<4x1x1x4xf32>'}}
  %q = oqat.fake_quantize %w step @s bits 2 signed axis 3 : tensor<4x1x1x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected a step per channel, but got 'tensor<f32>'}}
  %q = oqat.fake_quantize %x step @s bits 2 axis 3 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<3xf32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected 's' to have at least 4 channels, but got 3}}
  %q = oqat.fake_quantize %x step @s bits 2 axis 3 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<4xf32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected no entry, since 's' has channels only}}
  %q = oqat.fake_quantize %x step @s entry 0 bits 2 axis 3 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<4xf32>
oqat.parameter @t kind step : tensor<f32>
oqat.parameter @w kind weight : tensor<4x1x1x4xf32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  %q = oqat.fake_quantize %x step @s bits 2 axis 3 : tensor<1x2x2x4xf32>
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  %wq = oqat.fake_quantize %w step @t bits 2 signed : tensor<4x1x1x4xf32>
  // expected-error @below {{expected an input with one step, since only depthwise convolutions take one per channel}}
  %y = oqat.conv2d %q, %wq stride 1 : (tensor<1x2x2x4xf32>, tensor<4x1x1x4xf32>) -> tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<4xf32>
oqat.parameter @t kind step : tensor<f32>
oqat.parameter @w kind weight : tensor<5x4xf32>
func.func @f(%x: tensor<1x1x1x4xf32>) {
  %q = oqat.fake_quantize %x step @s bits 2 axis 3 : tensor<1x1x1x4xf32>
  %w = oqat.weight @w : tensor<5x4xf32>
  %wq = oqat.fake_quantize %w step @t bits 2 signed : tensor<5x4xf32>
  // expected-error @below {{expected an input with one step, since only depthwise convolutions take one per channel}}
  %y = oqat.linear %q, %wq : (tensor<1x1x1x4xf32>, tensor<5x4xf32>) -> tensor<1x5xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected unsigned codes for #oqat.pact}}
  %q = oqat.fake_quantize %x by #oqat.pact step @s bits 2 signed : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
oqat.parameter @w kind weight : tensor<4x1x1x4xf32>
func.func @f() {
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  // expected-error @below {{expected an activation for #oqat.lsq_plus<offset = @o>}}
  %q = oqat.fake_quantize %w by #oqat.lsq_plus<offset = @o> step @s bits 2 signed : tensor<4x1x1x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<4xf32>
oqat.parameter @o kind offset : tensor<4xf32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected one step for all channels for #oqat.lsq_plus<offset = @o>}}
  %q = oqat.fake_quantize %x by #oqat.lsq_plus<offset = @o> step @s bits 2 axis 3 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected unsigned codes of an activation for #oqat.liq}}
  %q = oqat.fake_quantize %x by #oqat.liq step @s bits 2 signed : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
oqat.parameter @w kind weight : tensor<4x1x1x4xf32>
func.func @f() {
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  // expected-error @below {{expected signed codes of a weight for #oqat.liq}}
  %q = oqat.fake_quantize %w by #oqat.liq step @s bits 2 : tensor<4x1x1x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected a weight for #oqat.liq<normalize>}}
  %q = oqat.fake_quantize %x by #oqat.liq<normalize> step @s bits 2 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
// expected-note @below {{the parameter is here}}
oqat.parameter @o kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected 'o' to be of kind 'offset', but got 'step'}}
  %q = oqat.fake_quantize %x by #oqat.lsq_plus<offset = @o> step @s bits 2 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
oqat.parameter @o kind offset : tensor<2xf32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{expected 'o' to have the step's type 'tensor<f32>', but got 'tensor<2xf32>'}}
  %q = oqat.fake_quantize %x by #oqat.lsq_plus<offset = @o> step @s bits 2 : tensor<1x2x2x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x2x2x4xf32>) {
  // expected-error @below {{invalid kind of attribute specified}}
  %q = oqat.fake_quantize %x by #oqat.width<16 * @e> step @s bits 2 : tensor<1x2x2x4xf32>
  return
}
