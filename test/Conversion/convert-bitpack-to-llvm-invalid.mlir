// RUN: oqat-opt %s --convert-bitpack-to-llvm="target=avx2" -split-input-file -verify-diagnostics

// expected-error @below {{expected one 'bitpack.network' in the module, but got 0}}
module {
}

// -----

bitpack.network @names(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 : tensor<1x1x1x3xui8> -> tensor<1x1x1x4xf32>
  // expected-error @below {{another layer makes a tensor 'a.output' too}}
  %1 = bitpack.elementwise "a" %0 : tensor<1x1x1x4xf32> -> tensor<1x1x1x4xf32>
  %2 = bitpack.linear "c" %1 weights dense<1.0> : tensor<2x4xf32> : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  bitpack.return %2 : tensor<1x2xf32>
}

// -----

bitpack.network @twice(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 : tensor<1x1x1x3xui8> -> tensor<1x1x1x4xf32>
  %1 = bitpack.linear "c" %0 weights dense<1.0> : tensor<2x4xf32> : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  %2 = bitpack.elementwise "d" %1 : tensor<1x2xf32> -> tensor<1x2xf32>
  // expected-error @below {{expected the logits to be a layer's result with no other use}}
  bitpack.return %1 : tensor<1x2xf32>
}

// -----

// 70000 weights of -128 at activations up to 255 leave 32 bits.
bitpack.network @wide(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<70000x1x1x3xf32> stride 1 quantize "b.input" reciprocal 1.0
    : tensor<1x1x1x3xui8> -> tensor<1x1x1x70000x!bitpack.codes<8>>
  // expected-error @below {{expected accumulators of layer 'b' to fit 32 bits, but channel 0 ranges from -2284800000 to 0}}
  %1 = bitpack.conv2d "b" %0 weights dense<-128> : tensor<70000xi8> bits 8 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32>
    : tensor<1x1x1x70000x!bitpack.codes<8>> -> tensor<1x1x1x1xf32>
  %2 = bitpack.linear "c" %1 weights dense<1.0> : tensor<1x1xf32> : tensor<1x1x1x1xf32> -> tensor<1x1xf32>
  bitpack.return %2 : tensor<1x1xf32>
}

// -----

// Odd codes of -128 stand for -255.
bitpack.network @odd(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<35000x1x1x3xf32> stride 1 quantize "b.input" reciprocal 1.0
    : tensor<1x1x1x3xui8> -> tensor<1x1x1x35000x!bitpack.codes<8>>
  // expected-error @below {{expected accumulators of layer 'b' to fit 32 bits, but channel 0 ranges from -2275875000 to 0}}
  %1 = bitpack.conv2d "b" %0 weights dense<-128> : tensor<35000xi8> bits 8 odd kernel [1, 1] stride 1
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32>
    : tensor<1x1x1x35000x!bitpack.codes<8>> -> tensor<1x1x1x1xf32>
  %2 = bitpack.linear "c" %1 weights dense<1.0> : tensor<1x1xf32> : tensor<1x1x1x1xf32> -> tensor<1x1xf32>
  bitpack.return %2 : tensor<1x1xf32>
}

// -----

bitpack.network @taps(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  // expected-error @below {{a kernel of 33x33 at stride 1 is too large, 31 is the limit}}
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x33x33x3xf32> stride 1 : tensor<1x1x1x3xui8> -> tensor<1x1x1x4xf32>
  %1 = bitpack.linear "c" %0 weights dense<1.0> : tensor<2x4xf32> : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  bitpack.return %1 : tensor<1x2xf32>
}

// -----

// Weights -1, -2, 1, 0 and codes up to 3: of accumulator 1 the epilogue makes 1.
bitpack.network @form(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 quantize "b.input" reciprocal 1.0
    : tensor<1x1x1x3xui8> -> tensor<1x1x1x4x!bitpack.codes<2>>
  // expected-error @below {{expected 'requantize' to be what the epilogue of layer 'b' computes, but of accumulator 1 of channel 0 it makes 0 instead of 1}}
  %1 = bitpack.conv2d "b" %0 weights dense<27> : tensor<1xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<1> : tensor<1x1xi32>>
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> quantize "c.input" reciprocal 1.0
    : tensor<1x1x1x4x!bitpack.codes<2>> -> tensor<1x1x1x1x!bitpack.codes<1>>
  %2 = bitpack.elementwise "c" %1 : tensor<1x1x1x1x!bitpack.codes<1>> -> tensor<1x1x1x1xf32>
  %3 = bitpack.linear "d" %2 weights dense<1.0> : tensor<1x1xf32> : tensor<1x1x1x1xf32> -> tensor<1x1xf32>
  bitpack.return %3 : tensor<1x1xf32>
}

// -----

// The table has no entry for the lowest accumulator, -9.
bitpack.network @table(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 quantize "b.input" reciprocal 1.0
    : tensor<1x1x1x3xui8> -> tensor<1x1x1x4x!bitpack.codes<2>>
  // expected-error @below {{expected 'requantize' to be what the epilogue of layer 'b' computes, but of accumulator -9 of channel 0 it makes nothing}}
  %1 = bitpack.conv2d "b" %0 weights dense<27> : tensor<1xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.accumulator_map<offsets [8] table dense<0> : tensor<12xi8>>
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> quantize "c.input" reciprocal 1.0
    : tensor<1x1x1x4x!bitpack.codes<2>> -> tensor<1x1x1x1x!bitpack.codes<1>>
  %2 = bitpack.elementwise "c" %1 : tensor<1x1x1x1x!bitpack.codes<1>> -> tensor<1x1x1x1xf32>
  %3 = bitpack.linear "d" %2 weights dense<1.0> : tensor<1x1xf32> : tensor<1x1x1x1xf32> -> tensor<1x1xf32>
  bitpack.return %3 : tensor<1x1xf32>
}

// -----

// 2^20 weights of 127 at codes of 1 bit: 0 to 127 * 2^20.
bitpack.network @many(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<1048576x1x1x3xf32> stride 1 quantize "b.input" reciprocal 1.0
    : tensor<1x1x1x3xui8> -> tensor<1x1x1x1048576x!bitpack.codes<1>>
  // expected-error @below {{expected 'requantize' only where there are at most 16777216 accumulators to check, but got 133169153}}
  %1 = bitpack.conv2d "b" %0 weights dense<127> : tensor<1048576xi8> bits 8 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<1> : tensor<1x1xi32>>
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> quantize "c.input" reciprocal 1.0
    : tensor<1x1x1x1048576x!bitpack.codes<1>> -> tensor<1x1x1x1x!bitpack.codes<1>>
  %2 = bitpack.elementwise "c" %1 : tensor<1x1x1x1x!bitpack.codes<1>> -> tensor<1x1x1x1xf32>
  %3 = bitpack.linear "d" %2 weights dense<1.0> : tensor<1x1xf32> : tensor<1x1x1x1xf32> -> tensor<1x1xf32>
  bitpack.return %3 : tensor<1x1xf32>
}

// -----

bitpack.network @foreign(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  // expected-error @below {{'llvm.mlir.constant' op expected only layers in a network}}
  %c = llvm.mlir.constant(1 : i64) : i64
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 : tensor<1x1x1x3xui8> -> tensor<1x1x1x4xf32>
  %1 = bitpack.linear "c" %0 weights dense<1.0> : tensor<2x4xf32> : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  bitpack.return %1 : tensor<1x2xf32>
}
