// A pointwise layer of 2 bits whose codes only a depthwise one reads, WIDTH
// wide; scales of either sign, so that some channels fall.
bitpack.network @net(%image: tensor<1x6xWIDTHx3xui8>) -> tensor<1x3xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<0.0117> : tensor<3xf32>, dense<0.0> : tensor<3xf32>
    weights dense<[[[[1.0, 0.0, 0.0]]], [[[0.0, 1.0, 0.0]]], [[[0.0, 0.0, 1.0]]], [[[0.5, 0.5, 0.0]]]]> : tensor<4x1x1x3xf32> stride 1
    scale dense<1.0> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> activation relu quantize "ib.input" reciprocal 1.0
    : tensor<1x6xWIDTHx3xui8> -> tensor<1x6xWIDTHx4x!bitpack.codes<2>>
  %ib = bitpack.conv2d "ib" %q weights dense<[0x1b, 0x93, 0x4e, 0x2d]> : tensor<4xi8> bits 2 kernel [1, 1] stride 1
    scale dense<[0.5, 0.25, -0.5, 1.0]> : tensor<4xf32> bias dense<[0.5, 1.0, 0.5, 2.0]> : tensor<4xf32>
    quantize "dw.input" reciprocal 1.0 KERNEL
    : tensor<1x6xWIDTHx4x!bitpack.codes<2>> -> tensor<1x6xWIDTHx4x!bitpack.codes<2>>
  %dw = bitpack.depthwise_conv2d "dw" %ib weights dense<[0x15, 0x55, 0x6d, 0x55, 0x54, 0x95, 0x55, 0x51, 0x55]> : tensor<9xi8>
    bits 2 kernel [3, 3] stride 1
    scale dense<0.25> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> quantize "mean.input" reciprocal 1.0
    : tensor<1x6xWIDTHx4x!bitpack.codes<2>> -> tensor<1x6xWIDTHx4x!bitpack.codes<2>>
  %mean = bitpack.pool "mean" %dw step 1.0
    : tensor<1x6xWIDTHx4x!bitpack.codes<2>> -> tensor<1x1x1x4xf32>
  %logits = bitpack.linear "classifier" %mean weights dense<0.25> : tensor<3x4xf32> bias dense<0.0> : tensor<3xf32>
    : tensor<1x1x1x4xf32> -> tensor<1x3xf32>
  bitpack.return %logits : tensor<1x3xf32>
}
