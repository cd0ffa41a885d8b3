// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// What operands and parameters must be to each other.

!x = tensor<1x8x8x3x!quant.uniform<u8<0:3>:f32, 0.5>>
oqat.parameter @s kind step : tensor<f32>
func.func @conv2d(%x: !x, %w: tensor<4x1x1x3xf32>) {
  %q = oqat.fake_quantize %w step @s bits 2 signed : tensor<4x1x1x3xf32>
  // expected-error @below {{expected both operands as codes or neither}}
  %0 = oqat.conv2d %x, %q stride 1 : (!x, tensor<4x1x1x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

!x = tensor<1x16x!quant.uniform<u8:f32, 0.5>>
!w = tensor<2x16x!quant.uniform<i8:f32:0, {0.5}>>
func.func @linear(%x: !x, %w: !w) {
  // expected-error @below {{expected a number of scales of 2, but got 1}}
  %0 = oqat.linear %x, %w : (!x, !w) -> tensor<1x2xi32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @s kind bias : tensor<4xf32>
func.func @fake_quantize(%x: tensor<4xf32>) {
  // expected-error @below {{expected 's' to be of kind 'step', but got 'bias'}}
  %q = oqat.fake_quantize %x step @s bits 2 : tensor<4xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @g kind beta : tensor<4xf32>
func.func @batch_norm(%x: tensor<1x8x8x4xf32>) {
  // expected-error @below {{expected 'g' to be of kind 'gamma', but got 'beta'}}
  %0 = oqat.batch_norm %x gamma @g beta @g mean @g variance @g : tensor<1x8x8x4xf32>
  return
}

// -----

func.func @batch_norm(%x: tensor<f32>) {
  // expected-error @below {{expected at least one dimension, but got 'tensor<f32>'}}
  %0 = oqat.batch_norm %x gamma @g beta @b mean @m variance @v : tensor<f32>
  return
}

// -----

func.func @squeeze_excite(%x: tensor<1x16xf32>) {
  // expected-error @below {{expected four dimensions, but got 'tensor<1x16xf32>'}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x16xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @r.weight kind bias : tensor<8xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
func.func @squeeze_excite(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected 'r.weight' to be of kind 'weight', but got 'bias'}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x16xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x3x3x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
func.func @squeeze_excite(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected a 1x1 weight, but got 'r.weight' of 'tensor<8x3x3x16xf32>'}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x16xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<17x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
func.func @squeeze_excite(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected expand rows of 16, but got 17}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x16xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<9xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
func.func @squeeze_excite(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected reduce biases of 8, but got 9}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x16xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<17xf32>
func.func @squeeze_excite(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected expand biases of 16, but got 17}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x16xf32>
  return
}

// -----

func.func @pool(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected a step for codes, and none for floats}}
  %0 = oqat.pool %x step 0.5 : tensor<1x8x8x16xf32> -> tensor<1x1x1x16xf32>
  return
}

// -----

func.func @pool(%x: tensor<1x8x8x16x!quant.uniform<u8:f32, 0.5>>) {
  // expected-error @below {{expected a step for codes, and none for floats}}
  %0 = oqat.pool %x : tensor<1x8x8x16x!quant.uniform<u8:f32, 0.5>> -> tensor<1x1x1x16xf32>
  return
}

// -----

func.func @pool(%x: tensor<1x8x8x16x!quant.uniform<u8:f32, 0.5>>) {
  // expected-error @below {{expected a finite positive 'step', but got 0.000000e+00}}
  %0 = oqat.pool %x step 0.0 : tensor<1x8x8x16x!quant.uniform<u8:f32, 0.5>> -> tensor<1x1x1x16xf32>
  return
}

// -----

func.func @pool(%x: tensor<1x8x8x16x!quant.uniform<u8:f32, 0.5:3>>) {
  // expected-error @below {{expected codes of one step around zero, but got 'tensor<1x8x8x16x!quant.uniform<u8:f32, 5.000000e-01:3>>'}}
  %0 = oqat.pool %x step 0.5 : tensor<1x8x8x16x!quant.uniform<u8:f32, 0.5:3>> -> tensor<1x1x1x16xf32>
  return
}

// -----

func.func @pool(%x: tensor<1x8x16xf32>) {
  // expected-error @below {{expected four dimensions, but got 'tensor<1x8x16xf32>' and 'tensor<1x1x16xf32>'}}
  %0 = oqat.pool %x : tensor<1x8x16xf32> -> tensor<1x1x16xf32>
  return
}

// -----

func.func @pool(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected result channels of 16, but got 8}}
  %0 = oqat.pool %x : tensor<1x8x8x16xf32> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @pool(%x: tensor<2x8x8x16xf32>) {
  // expected-error @below {{expected result pictures of 2, but got 1}}
  %0 = oqat.pool %x : tensor<2x8x8x16xf32> -> tensor<1x1x1x16xf32>
  return
}
