// RUN: oqat-opt %s -split-input-file -verify-diagnostics

func.func @dequantize(%x: tensor<1x4xi32>) {
  // expected-error @below {{expected input and result of one shape, but got 'tensor<1x4xi32>' and 'tensor<1x5xf32>'}}
  %z = oqat.dequantize %x input_step 0.5 weight_step 0.5 : tensor<1x4xi32> -> tensor<1x5xf32>
  return
}

// -----

func.func @decode(%y: tensor<4x!quant.uniform<u8:f32, 0.5:1>>) {
  // expected-error @below {{expected codes of one step around zero, but got 'tensor<4x!quant.uniform<u8:f32, 5.000000e-01:1>>'}}
  %0 = oqat.decode %y step 0.5 : tensor<4x!quant.uniform<u8:f32, 0.5:1>> -> tensor<4xf32>
  return
}

// -----

func.func @residual_add(%x: tensor<4xf32>, %y: tensor<4x!quant.uniform<i8:f32, 0.5:1>>) {
  // expected-error @below {{expected codes of one step around zero, but got 'tensor<4x!quant.uniform<i8:f32, 5.000000e-01:1>>'}}
  %0 = oqat.residual_add %x, %y step 0.5 name "r.1" : tensor<4xf32>, tensor<4x!quant.uniform<i8:f32, 0.5:1>>
  return
}

// -----

func.func @rescale(%x: tensor<1x4xi32>) {
  // expected-error @below {{expected input and result of one shape, but got 'tensor<1x4xi32>' and 'tensor<2x4xf32>'}}
  %z = oqat.rescale %x scale dense<1.0> : tensor<4xf32> bias dense<1.0> : tensor<4xf32> : tensor<1x4xi32> -> tensor<2x4xf32>
  return
}

// -----

func.func @rescale(%x: tensor<1x4xi32>) {
  // expected-error @below {{expected an f32 vector per channel, but got 'tensor<4xf64>'}}
  %z = oqat.rescale %x scale dense<1.0> : tensor<4xf64> bias dense<1.0> : tensor<4xf32> : tensor<1x4xi32> -> tensor<1x4xf32>
  return
}

// -----

func.func @rescale(%x: tensor<i32>) {
  // expected-error @below {{expected at least one dimension, but got 'tensor<i32>'}}
  %z = oqat.rescale %x scale dense<1.0> : tensor<1xf32> bias dense<1.0> : tensor<1xf32> : tensor<i32> -> tensor<f32>
  return
}

// -----

func.func @constant_codes() {
  // expected-error @below {{expected input and result of one shape, but got 'tensor<4x1x1x2xi8>' and}}
  %w = oqat.constant_codes dense<1> : tensor<4x1x1x2xi8> step 0.5 layer "a" : tensor<4x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}

// -----

func.func @constant_codes() {
  // expected-error @below {{expected a finite positive 'step', but got 0}}
  %w = oqat.constant_codes dense<1> : tensor<4x1x1x1xi8> step 0.0 layer "a" : tensor<4x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}

// -----

func.func @constant_codes() {
  // expected-error @below {{expected a type per channel as its steps are, but got}}
  %w = oqat.constant_codes dense<1> : tensor<2x1x1x1xi8> steps dense<0.5> : tensor<2xf32> layer "a" : tensor<2x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}

// -----

func.func @constant_codes() {
  // expected-error @below {{expected dense values}}
  %w = oqat.constant_codes dense_resource<codes> : tensor<4x1x1x1xi8> step 0.5 layer "a" : tensor<4x1x1x1x!quant.uniform<i8<-2:1>:f32, 0.5>>
  return
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @sparse (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.rescale' op expected dense values}}
  %r = oqat.rescale %a scale sparse<[[0]], [1.0]> : tensor<3xf32> bias dense<0.0> : tensor<3xf32> : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %r, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @sparse (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %q = oqat.quantize %x step 0.5 name "a.input" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<u8<0:15>:f32, 0.5>>
  // expected-error @below {{'oqat.constant_codes' op expected dense values}}
  %w = oqat.constant_codes sparse<[[0,0,0,0]], [1]> : tensor<3x1x1x3xi8> step 0.5 layer "a" : tensor<3x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  %a = oqat.conv2d %q, %w stride 1 : (tensor<1x1x1x3x!quant.uniform<u8<0:15>:f32, 0.5>>, tensor<3x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x1x1x3xi32>
  %r = oqat.rescale %a scale dense<1.0> : tensor<3xf32> bias dense<0.0> : tensor<3xf32> : tensor<1x1x1x3xi32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %r, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
