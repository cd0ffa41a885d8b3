// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

func.func @f() {
  // expected-error @below {{refers to 'w', which is no parameter of the module}}
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @w kind bias : tensor<4xf32>
func.func @f() {
  // expected-error @below {{expected 'w' to be of kind 'weight', but got 'bias'}}
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<4x2x2x4xf32>
func.func @f() {
  // expected-error @below {{expected a parameter with an odd square kernel, but got 'tensor<4x2x2x4xf32>'}}
  %w = oqat.weight @w : tensor<4x1x1x4xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<4x3x3x4xf32>
func.func @f() {
  // expected-error @below {{expected at most 4 in dimension 0 of 'w', but got 5}}
  %w = oqat.weight @w : tensor<5x3x3x4xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<4x3x3x4xf32>
func.func @f() {
  // expected-error @below {{expected an odd kernel, but got 2}}
  %w = oqat.weight @w : tensor<4x2x2x4xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<4x3x3x4xf32>
func.func @f() {
  // expected-error @below {{expected a static output extent, but got 'tensor<?x3x3x4xf32>'}}
  %w = oqat.weight @w : tensor<?x3x3x4xf32>
  return
}

// -----

oqat.space @space {
  oqat.choice @e key "e" values [1, 4]
}
oqat.parameter @w kind weight : tensor<16x1x1x4xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  // expected-error @below {{expected at most 16 in dimension 0 of 'w', but got 32}}
  %w = oqat.weight @w out <8 * @e> : tensor<?x1x1x4xf32>
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

oqat.space @space {
}
oqat.parameter @w kind weight : tensor<16x1x1x4xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  // expected-error @below {{refers to 'e', which is no choice of space 'space'}}
  %w = oqat.weight @w out <8 * @e> : tensor<?x1x1x4xf32>
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

func.func @f() {
  // expected-error @below {{expected a base width from 1 to 16777216, but got 0}}
  %w = oqat.weight @w out <0 * @e> : tensor<?x1x1x4xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<4x5x5x1xf32>
oqat.parameter @t kind transform : tensor<25x25xf32>
func.func @f() {
  // expected-error @below {{expected transforms from large to small kernels, but got 't' to 5 after 5}}
  %w = oqat.weight @w transforms [@t] : tensor<4x3x3x1xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<4x5x5x1xf32>
oqat.parameter @t kind transform : tensor<8x8xf32>
func.func @f() {
  // expected-error @below {{expected a matrix over an odd square kernel, but got 't' over 8 taps}}
  %w = oqat.weight @w transforms [@t] : tensor<4x3x3x1xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected 1 to 8 or 32 bits, but got 0}}
  %q = oqat.fake_quantize %x step @s bits 0 : tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{refers to 's', which is no parameter of the module}}
  %q = oqat.fake_quantize %x step @s bits 2 : tensor<4xf32>
  return
}

// -----

oqat.space @space {
  oqat.choice @bits key "bits_w" values [2, 9]
}
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  // expected-error @below {{expected 1 to 8 or 32 bits, but got 9}}
  %q = oqat.fake_quantize %l step @s bits @bits : tensor<?x10xf32>
  oqat.return %q : tensor<?x10xf32>
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected input and result of one shape}}
  %q = oqat.quantize %x step 0.5 name "x" : tensor<4xf32> -> tensor<5x!quant.uniform<u8<0:3>:f32, 0.5>>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected a finite positive 'step', but got 0}}
  %q = oqat.quantize %x step 0.0 name "x" : tensor<4xf32> -> tensor<4x!quant.uniform<u8<0:3>:f32, 0.5>>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{must be tensor of uniform quantized codes}}
  %q = oqat.quantize %x step 0.5 name "x" : tensor<4xf32> -> tensor<4x!quant.uniform<u8<0:3>:f32, 0.5:4>>
  return
}

// -----

func.func @f(%x: tensor<4xi32>) {
  // expected-error @below {{expected a finite positive 'weight_step', but got -1}}
  %q = oqat.dequantize %x input_step 0.5 weight_step -1.0 : tensor<4xi32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4xi32>) {
  // expected-error @below {{expected a vector of 4, but got 3}}
  %q = oqat.rescale %x scale dense<1.0> : tensor<3xf32> bias dense<1.0> : tensor<4xf32> : tensor<1x4xi32> -> tensor<1x4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected codes from -2 to 1, but got 2}}
  %w = oqat.constant_codes dense<2> : tensor<4x1x1x1xi8> step 0.5 layer "a" : tensor<4x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected codes from -2 to 1, but got -3}}
  %w = oqat.constant_codes dense<-3> : tensor<300x1x1x1xi8> step 0.5 layer "a" : tensor<300x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected i8 codes, but got 'tensor<4x1x1x1xi16>'}}
  %w = oqat.constant_codes dense<1> : tensor<4x1x1x1xi16> step 0.5 layer "a" : tensor<4x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}
