// A quantized block at mixed bits: 8-bit codes with weights that may leave 16
// bits, and 2-bit ones that can't.
bitpack.network @net(%image: tensor<1x9x9x3xui8>) -> tensor<1x10xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<16x3x3x3xf32> stride 1 scale dense<1.0> : tensor<16xf32>
    bias dense<0.0> : tensor<16xf32> activation h_swish quantize "ib.input" reciprocal 4.0
    : tensor<1x9x9x3xui8> -> tensor<1x9x9x16x!bitpack.codes<2>>
  %ib = bitpack.conv2d "ib" %q weights dense<27> : tensor<256xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> activation relu
    quantize "dw.input" reciprocal 4.0
    : tensor<1x9x9x16x!bitpack.codes<2>> -> tensor<1x9x9x64x!bitpack.codes<2>>
  %dw = bitpack.depthwise_conv2d "dw" %ib weights dense<27> : tensor<144xi8> bits 2 kernel [3, 3] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> activation relu
    quantize "dw8.input" reciprocal 4.0
    : tensor<1x9x9x64x!bitpack.codes<2>> -> tensor<1x9x9x64x!bitpack.codes<8>>
  %dw8 = bitpack.depthwise_conv2d "dw8" %dw weights dense<127> : tensor<576xi8> bits 8 kernel [3, 3] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32>
    : tensor<1x9x9x64x!bitpack.codes<8>> -> tensor<1x9x9x64xf32>
  %pool = bitpack.pool "pool" %dw8 fraction 3 : tensor<1x9x9x64xf32> -> tensor<1x1x1x64xf32>
  %logits = bitpack.linear "classifier" %pool weights dense<1.0> : tensor<10x64xf32>
    bias dense<0.0> : tensor<10xf32> : tensor<1x1x1x64xf32> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}
