// RUN: oqat-opt %s -split-input-file -verify-diagnostics

oqat.parameter @s kind step : tensor<2xf32>
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{expected 's' to be a scalar, but got 'tensor<2xf32>'}}
  %0 = oqat.add %x, %y step @s bits 8 : tensor<4xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @s kind bias : tensor<4xf32>
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{expected 's' to be of kind 'step', but got 'bias'}}
  %0 = oqat.add %x, %y step @s bits 8 : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{expected 'step' and 'bits' together}}
  %0 = "oqat.add"(%x, %y) {bits = 8 : i64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{expected 8 or 32 bits, but got 4}}
  %0 = oqat.add %x, %y step @s bits 4 : tensor<4xf32>
  return
}

// -----

oqat.space @space {
  oqat.choice @bits key "residual" values [4, 8]
}
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%x: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.constant_weight dense<1.0> : tensor<1x3xf32>
  // expected-error @below {{expected 8 or 32 bits, but got 4}}
  %1 = oqat.add %0, %0 step @s bits @bits : tensor<1x3xf32>
  oqat.return %1 : tensor<1x3xf32>
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  %q = oqat.fake_quantize %y step @s bits 8 : tensor<4xf32>
  // expected-error @below {{expected its second operand to be a signed quantizer or an addition with step 's'}}
  %0 = oqat.add %x, %q step @s bits 8 : tensor<4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
oqat.parameter @t kind step : tensor<f32>
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) {
  %q = oqat.fake_quantize %y step @t bits 8 signed : tensor<4xf32>
  %r = oqat.add %x, %q step @t bits 8 : tensor<4xf32>
  // expected-error @below {{expected its second operand to be a signed quantizer or an addition with step 's'}}
  %0 = oqat.add %x, %r step @s bits 8 : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<5xf32>, %y: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @below {{expected operands of one shape, but got 'tensor<5xf32>' and 'tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>'}}
  %0 = oqat.residual_add %x, %y step 0.5 name "r.1" : tensor<5xf32>, tensor<4x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<4x!quant.uniform<u8:f32, 0.5>>) {
  // expected-error @below {{expected a stream of signed 8-bit codes, but got 'tensor<4x!quant.uniform<u8:f32, 5.000000e-01>>'}}
  %0 = oqat.residual_add %x, %y step 0.5 name "r.1" : tensor<4xf32>, tensor<4x!quant.uniform<u8:f32, 0.5>>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %y: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @below {{expected a finite positive 'step', but got 0}}
  %0 = oqat.residual_add %x, %y step 0.0 name "r.1" : tensor<4xf32>, tensor<4x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @f(%y: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @below {{expected a finite positive 'step', but got -1}}
  %0 = oqat.decode %y step -1.0 : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>
  return
}

// -----

func.func @f(%y: tensor<4x!quant.uniform<i8:f32, 0.5>>) {
  // expected-error @below {{expected input and result of one shape}}
  %0 = oqat.decode %y step 0.5 : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<5xf32>
  return
}
