// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{expected 1 to 8 bits, but got 9}}
bitpack.network @net(%x: tensor<1x2x2x4x!bitpack.codes<9>>) -> tensor<1x4xf32> {
  bitpack.return
}

// -----

// expected-error @below {{expected an identifier of C as name, but got 'my-net'}}
bitpack.network @"my-net"(%x: tensor<1x2x2x3xui8>) -> tensor<1x4xf32> {
  bitpack.return
}

// -----

// expected-error @below {{expected one argument of type tensor<1xHxWxCxui8>}}
bitpack.network @net(%x: tensor<2x2x2x3xui8>) -> tensor<1x4xf32> {
  bitpack.return
}

// -----

// expected-error @below {{expected one result of type tensor<1xNxf32>}}
bitpack.network @net(%x: tensor<1x2x2x3xui8>) -> tensor<4xf32> {
  bitpack.return
}

// -----

bitpack.network @net(%x: tensor<1x2x2x3xui8>) -> tensor<1x4xf32> {
  // expected-error @below {{expected the logits of the network's type}}
  bitpack.return
}

// -----

func.func @bytes(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected 16 bytes of packed weights, but got 15}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<15xi8> bits 2
    kernel [1, 1] stride 1 scale dense<1.0> : tensor<8xf32>
    bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @size(%x: tensor<1x5x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected 3 outputs in dimension 1, but got 2}}
  %0 = bitpack.depthwise_conv2d "c" %x weights dense<0> : tensor<18xi8> bits 2
    kernel [3, 3] stride 2 scale dense<1.0> : tensor<8xf32>
    bias dense<0.0> : tensor<8xf32>
    : tensor<1x5x4x8x!bitpack.codes<2>> -> tensor<1x2x2x8xf32>
  return
}

// -----

func.func @kernel(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected an odd square kernel, but got 2x2}}
  %0 = bitpack.depthwise_conv2d "c" %x weights dense<0> : tensor<8xi8> bits 2
    kernel [2, 2] stride 1 scale dense<1.0> : tensor<8xf32>
    bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @bits(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected 1 to 8 weight bits, but got 9}}
  %0 = bitpack.depthwise_conv2d "c" %x weights dense<0> : tensor<9xi8> bits 9
    kernel [1, 1] stride 1 scale dense<1.0> : tensor<8xf32>
    bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @channels(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected as many channels in the result as in the input}}
  %0 = bitpack.depthwise_conv2d "c" %x weights dense<0> : tensor<4xi8> bits 2
    kernel [1, 1] stride 1 scale dense<1.0> : tensor<16xf32>
    bias dense<0.0> : tensor<16xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x16xf32>
  return
}

// -----

func.func @scale(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected 8 values of 'scale', but got 4}}
  %0 = bitpack.elementwise "e" %x scale dense<1.0> : tensor<4xf32>
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @gate(%x: tensor<1x4x4x8xf32>, %g: tensor<1x4xf32>) {
  // expected-error @below {{expected a gate of 8 elements}}
  %0 = bitpack.elementwise "e" %x gate(%g : tensor<1x4xf32>)
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @residual(%x: tensor<1x4x4x8xf32>, %r: tensor<1x4x2x8xf32>) {
  // expected-error @below {{expected a residual of the result's shape}}
  %0 = bitpack.elementwise "e" %x residual(%r : tensor<1x4x2x8xf32>)
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @quantize(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected 'quantize' exactly when the result is of codes}}
  %0 = bitpack.elementwise "e" %x
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!bitpack.codes<2>>
  return
}

// -----

func.func @normalize(%x: tensor<1x4x4x3xui8>) {
  // expected-error @below {{expected 'normalize' of 3 channels exactly when the input is of bytes}}
  %0 = bitpack.float_conv2d "stem" %x weights dense<1.0> : tensor<8x3x3x3xf32>
    stride 1 : tensor<1x4x4x3xui8> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @weights(%x: tensor<1x1x1x8xf32>) {
  // expected-error @below {{expected NxK weights for 'tensor<1x1x1x8xf32>' and 'tensor<1x10xf32>', but got 'tensor<10x9xf32>'}}
  %0 = bitpack.linear "fc" %x weights dense<1.0> : tensor<10x9xf32>
    : tensor<1x1x1x8xf32> -> tensor<1x10xf32>
  return
}

// -----

func.func @step_of_codes(%x: tensor<1x4x4x8x!bitpack.codes<4>>) {
  // expected-error @below {{expected a step for codes or a fraction for floats}}
  %0 = bitpack.pool "p" %x fraction 8
    : tensor<1x4x4x8x!bitpack.codes<4>> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @step_of_floats(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected a step for codes or a fraction for floats}}
  %0 = bitpack.pool "p" %x step 0.5 fraction 8
    : tensor<1x4x4x8xf32> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @fraction_of_codes(%x: tensor<1x4x4x8x!bitpack.codes<4>>) {
  // expected-error @below {{expected a step for codes or a fraction for floats}}
  %0 = bitpack.pool "p" %x step 0.5 fraction 8
    : tensor<1x4x4x8x!bitpack.codes<4>> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @no_fraction(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected a step for codes or a fraction for floats}}
  %0 = bitpack.pool "p" %x : tensor<1x4x4x8xf32> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @many_codes(%x: tensor<1x4096x2048x8x!bitpack.codes<8>>) {
  // expected-error @below {{expected codes of less than 8388608 pixels, but got 'tensor<1x4096x2048x8x!bitpack.codes<8>>'}}
  %0 = bitpack.pool "p" %x step 0.5
    : tensor<1x4096x2048x8x!bitpack.codes<8>> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @pooled_zero_point(%x: tensor<1x4x4x8x!bitpack.codes<4>>) {
  // expected-error @below {{expected an input zero point from 0 to 15, but got 16}}
  %0 = bitpack.pool "p" %x step 0.5 input_zero_point 16
    : tensor<1x4x4x8x!bitpack.codes<4>> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @fraction(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected a fraction in [-126, 126], but got 127}}
  %0 = bitpack.pool "p" %x fraction 127
    : tensor<1x4x4x8xf32> -> tensor<1x1x1x8xf32>
  return
}

// -----

func.func @empty(%x: tensor<1x4x4x0xf32>) {
  // expected-error @below {{expected 1 to 2^31 elements, but got 'tensor<1x4x4x0xf32>'}}
  %0 = bitpack.elementwise "e" %x : tensor<1x4x4x0xf32> -> tensor<1x4x4x0xf32>
  return
}

// More than 2^31 elements: only bytecode can say that, text is refused by the
// scan before the parser (test/Support/bad-ir.test).
