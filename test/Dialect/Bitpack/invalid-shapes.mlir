// RUN: oqat-opt %s -split-input-file -verify-diagnostics

func.func @operands(%x: tensor<2x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected 1xHxWxC operands, but got 'tensor<2x4x4x8x!bitpack.codes<2>>' and 'tensor<2x4x4x8xf32>'}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<16xi8> bits 2 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<8xf32> bias dense<0.0> : tensor<8xf32>
    : tensor<2x4x4x8x!bitpack.codes<2>> -> tensor<2x4x4x8xf32>
  return
}

// -----

func.func @stride(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected a positive stride, but got 0}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<16xi8> bits 2 kernel [1, 1] stride 0
    scale dense<1.0> : tensor<8xf32> bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @sides(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected 2 kernel sides, but got 1}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<16xi8> bits 2 kernel [1] stride 1
    scale dense<1.0> : tensor<8xf32> bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @square(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected an odd square kernel, but got 1x3}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<48xi8> bits 2 kernel [1, 3] stride 1
    scale dense<1.0> : tensor<8xf32> bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @no_bias(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected 'scale' and 'bias'}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<16xi8> bits 2 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @float_rank(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected NxKxKxC weights, but got 'tensor<8x3xf32>'}}
  %0 = bitpack.float_conv2d "stem" %x weights dense<1.0> : tensor<8x3xf32>
    stride 1 : tensor<1x4x4x3xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @float_square(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected an odd square kernel, but got 3x5}}
  %0 = bitpack.float_conv2d "stem" %x weights dense<1.0> : tensor<8x3x5x3xf32>
    stride 1 : tensor<1x4x4x3xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @float_outputs(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected weights of 8 outputs and 3 inputs, but got 'tensor<9x3x3x3xf32>'}}
  %0 = bitpack.float_conv2d "stem" %x weights dense<1.0> : tensor<9x3x3x3xf32>
    stride 1 : tensor<1x4x4x3xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @float_inputs(%x: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected weights of 8 outputs and 3 inputs, but got 'tensor<8x3x3x4xf32>'}}
  %0 = bitpack.float_conv2d "stem" %x weights dense<1.0> : tensor<8x3x3x4xf32>
    stride 1 : tensor<1x4x4x3xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @elementwise(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected input and result of one shape, but got 'tensor<1x4x4x8xf32>' and 'tensor<1x4x2x8xf32>'}}
  %0 = bitpack.elementwise "e" %x : tensor<1x4x4x8xf32> -> tensor<1x4x2x8xf32>
  return
}

// -----

func.func @vector(%x: tensor<8xf32>) {
  // expected-error @below {{expected a result of at least 2 dimensions, but got 1}}
  %0 = bitpack.elementwise "e" %x : tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @bias(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected 8 values of 'bias', but got 4}}
  %0 = bitpack.elementwise "e" %x bias dense<1.0> : tensor<4xf32>
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @reciprocal(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected positive and finite reciprocals, but got 0}}
  %0 = bitpack.elementwise "e" %x quantize "q" reciprocal 0.0
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!bitpack.codes<4>>
  return
}

// -----

func.func @pool(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected a 1xHxWxC input and C results, but got 'tensor<1x4x4x8xf32>' and 'tensor<1x1x1x4xf32>'}}
  %0 = bitpack.pool "p" %x fraction 4 : tensor<1x4x4x8xf32> -> tensor<1x1x1x4xf32>
  return
}

// -----

func.func @table(%x: tensor<1x4x4x3xui8>) {
  // expected-error @below {{expected input and result of one shape, but got 'tensor<1x4x4x3xui8>' and 'tensor<1x4x2x3x!bitpack.codes<8>>'}}
  %0 = bitpack.table "t" %x tables dense<0> : tensor<256x3xi8>
    : tensor<1x4x4x3xui8> -> tensor<1x4x2x3x!bitpack.codes<8>>
  return
}
