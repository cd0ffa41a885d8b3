// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// Zero points, reciprocals, integer streams, tables and max pools.

func.func @zero_point(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected a zero point from 0 to 15, but got 16}}
  %0 = bitpack.elementwise "e" %x quantize "q" reciprocal 1.0 zero_point 16
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!bitpack.codes<4>>
  return
}

// -----

func.func @float_zero_point(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected a zero point from 0 to 0, but got 1}}
  %0 = bitpack.elementwise "e" %x zero_point 1 : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @input_zero_point(%x: tensor<1x4x4x8x!bitpack.codes<2>>) {
  // expected-error @below {{expected an input zero point from 0 to 3, but got 4}}
  %0 = bitpack.depthwise_conv2d "c" %x input_zero_point 4 weights dense<0> : tensor<18xi8> bits 2
    kernel [3, 3] stride 1 scale dense<1.0> : tensor<8xf32> bias dense<0.0> : tensor<8xf32>
    : tensor<1x4x4x8x!bitpack.codes<2>> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @elementwise_zero_point(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected an input zero point from 0 to 0, but got 4}}
  %0 = bitpack.elementwise "e" %x input_zero_point 4 : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @reciprocals(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected 8 values of 'reciprocal', but got 4}}
  %0 = bitpack.elementwise "e" %x quantize "q" reciprocals dense<1.0> : tensor<4xf32>
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!bitpack.codes<4>>
  return
}

// -----

func.func @negative_reciprocal(%x: tensor<1x4x4x2xf32>) {
  // expected-error @below {{expected positive and finite reciprocals, but got -2}}
  %0 = bitpack.elementwise "e" %x quantize "q" reciprocals dense<[1.0, -2.0]> : tensor<2xf32>
    : tensor<1x4x4x2xf32> -> tensor<1x4x4x2x!bitpack.codes<4>>
  return
}

// -----

func.func @no_reciprocal(%x: tensor<1x4x4x2xf32>) {
  // expected-error @below {{invalid kind of attribute specified}}
  %0 = bitpack.elementwise "e" %x quantize "q" reciprocals 1.0 : f32
    : tensor<1x4x4x2xf32> -> tensor<1x4x4x2x!bitpack.codes<4>>
  return
}

// -----

func.func @stream_bits(%x: tensor<1x4x4x8xf32>, %r: tensor<1x4x4x8x!bitpack.codes<4>>) {
  // expected-error @below {{expected a residual of codes to be of 8 bits, as the result with zero point 128 and one reciprocal}}
  %0 = bitpack.elementwise "e" %x residual(%r : tensor<1x4x4x8x!bitpack.codes<4>>)
    quantize "q" reciprocal 1.0 zero_point 128 : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!bitpack.codes<8>>
  return
}

// -----

func.func @stream_to_floats(%x: tensor<1x4x4x8xf32>, %r: tensor<1x4x4x8x!bitpack.codes<8>>) {
  // expected-error @below {{expected a residual of codes to be of 8 bits, as the result with zero point 128 and one reciprocal}}
  %0 = bitpack.elementwise "e" %x residual(%r : tensor<1x4x4x8x!bitpack.codes<8>>)
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @stream_zero_point(%x: tensor<1x4x4x8xf32>, %r: tensor<1x4x4x8x!bitpack.codes<8>>) {
  // expected-error @below {{expected a residual of codes to be of 8 bits, as the result with zero point 128 and one reciprocal}}
  %0 = bitpack.elementwise "e" %x residual(%r : tensor<1x4x4x8x!bitpack.codes<8>>) quantize "q" reciprocal 1.0
    : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!bitpack.codes<8>>
  return
}

// -----

func.func @vector(%x: tensor<1x2x1x8x!bitpack.codes<8>>) {
  // expected-error @below {{expected 2 outputs in dimension 1, but got 1}}
  %0 = bitpack.conv2d "c" %x weights dense<0> : tensor<80xi8> bits 8 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<10xf32> bias dense<0.0> : tensor<10xf32>
    : tensor<1x2x1x8x!bitpack.codes<8>> -> tensor<1x10xf32>
  return
}

// -----

func.func @max_pool(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected an odd square kernel, but got 2x2}}
  %0 = bitpack.max_pool "p" %x kernel 2 stride 2 : tensor<1x4x4x8xf32> -> tensor<1x2x2x8xf32>
  return
}

// -----

func.func @max_pool_types(%x: tensor<1x4x4x8x!bitpack.codes<4>>) {
  // expected-error @below {{expected as many channels in the result as in the input, and elements of one type}}
  %0 = bitpack.max_pool "p" %x kernel 3 stride 2 : tensor<1x4x4x8x!bitpack.codes<4>> -> tensor<1x2x2x8xf32>
  return
}

// -----

func.func @max_pool_channels(%x: tensor<1x4x4x8xf32>) {
  // expected-error @below {{expected as many channels in the result as in the input, and elements of one type}}
  %0 = bitpack.max_pool "p" %x kernel 3 stride 2 : tensor<1x4x4x8xf32> -> tensor<1x2x2x4xf32>
  return
}

// -----

func.func @map_shape(%x: tensor<1x4x4x8x!bitpack.codes<8>>) {
  // expected-error @below {{expected input and result of one shape}}
  %0 = bitpack.map "m" %x table dense<0> : tensor<256xi8>
    : tensor<1x4x4x8x!bitpack.codes<8>> -> tensor<1x4x4x4x!bitpack.codes<4>>
  return
}

// -----

func.func @map_table(%x: tensor<1x4x4x8x!bitpack.codes<4>>) {
  // expected-error @below {{expected a table of 'tensor<256xi8>', but got 'tensor<16xi8>'}}
  %0 = bitpack.map "m" %x table dense<0> : tensor<16xi8>
    : tensor<1x4x4x8x!bitpack.codes<4>> -> tensor<1x4x4x8x!bitpack.codes<4>>
  return
}

// -----

func.func @map_entry(%x: tensor<1x4x4x8x!bitpack.codes<8>>) {
  // expected-error @below {{expected entries of 4 bits, but got 255}}
  %0 = bitpack.map "m" %x table dense<-1> : tensor<256xi8>
    : tensor<1x4x4x8x!bitpack.codes<8>> -> tensor<1x4x4x8x!bitpack.codes<4>>
  return
}

// -----

func.func @tables(%x: tensor<1x4x4x3xui8>) {
  // expected-error @below {{expected a table of 'tensor<256x3xi8>', but got 'tensor<256x1xi8>'}}
  %0 = bitpack.table "t" %x tables dense<0> : tensor<256x1xi8>
    : tensor<1x4x4x3xui8> -> tensor<1x4x4x3x!bitpack.codes<8>>
  return
}
