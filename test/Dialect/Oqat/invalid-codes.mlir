// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// Steps and types of codes per channel. LLVM's types take any number of scales.

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{expected a number of scales of 2, but got 3}}
  %q = oqat.quantize %x steps dense<[0.5, 0.25]> : tensor<2xf32> name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5, 0.25, 0.25}>>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{expected scales of dimension 3, but got 'tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:1, {5.000000e-01,2.500000e-01}>>'}}
  %q = oqat.quantize %x steps dense<[0.5, 0.25]> : tensor<2xf32> name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:1, {0.5, 0.25}>>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{expected a 'step' for each of 2 channels, but got 'tensor<3xf32>'}}
  %q = oqat.quantize %x steps dense<0.5> : tensor<3xf32> name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5, 0.5}>>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{expected a type per channel as its steps are, but got 'tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 5.000000e-01>>'}}
  %q = oqat.quantize %x steps dense<0.5> : tensor<2xf32> name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32, 0.5>>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{expected a type per tensor as its step is, but got}}
  %q = oqat.quantize %x step 0.5 name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5, 0.5}>>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{expected a finite positive 'step', but got -5.000000e-01}}
  %q = oqat.quantize %x steps dense<[0.5, -0.5]> : tensor<2xf32> name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5, 0.5}>>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x2xf32>) {
  // expected-error @below {{must be tensor of uniform quantized codes}}
  %q = oqat.quantize %x steps dense<0.5> : tensor<2xf32> name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5:1, 0.5:1}>>
  return
}

// -----

func.func @f(%acc: tensor<1x2x2x2xi32>) {
  // expected-error @below {{expected a 'weight_step' for each of 2 channels, but got 'tensor<3xf32>'}}
  %z = oqat.dequantize %acc input_step 0.5 weight_steps dense<0.5> : tensor<3xf32> : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  return
}

// -----

func.func @f(%acc: tensor<1x2x2x2xi32>) {
  // expected-error @below {{expected a finite positive 'input_step', but got 0.000000e+00}}
  %z = oqat.dequantize %acc input_steps dense<[0.5, 0.0]> : tensor<2xf32> weight_step 0.5 : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected a number of scales of 2, but got 1}}
  %w = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> steps dense<[0.5, 0.25]> : tensor<2xf32> layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32:0, {0.5}>>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected weight codes around zero, but got}}
  %w = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> step 0.5 layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5:1>>
  return
}

// -----

func.func @f(%q: tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32:3, {0.5, 0.25, 0.5}>>) {
  %w = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> step 0.5 layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  // expected-error @below {{expected an input with one step, since only depthwise convolutions take one per channel}}
  %y = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32:3, {0.5, 0.25, 0.5}>>, tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  return
}

// -----

func.func @f(%q: tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5}>>) {
  %w = oqat.constant_codes dense<1> : tensor<2x1x1x1xi8> step 0.5 layer "a" : tensor<2x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  // expected-error @below {{expected a number of scales of 2, but got 1}}
  %y = oqat.conv2d %q, %w stride 1 depthwise : (tensor<1x2x2x2x!quant.uniform<u8<0:3>:f32:3, {0.5}>>, tensor<2x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  return
}
