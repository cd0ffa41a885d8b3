// Sums of 16 to 49 codes, fewest in the corners; the thresholds of their codes
// are 1 / RECIPROCAL apart.
bitpack.network @net(%image: tensor<1x9x9x3xui8>) -> tensor<1x2xf32> {
  %codes = bitpack.float_conv2d "stem" %image normalize dense<0.0117> : tensor<3xf32>, dense<0.0> : tensor<3xf32>
    weights dense<[[[[1.0, 0.0, 0.0]]], [[[0.0, 1.0, 0.0]]], [[[0.0, 0.0, 1.0]]], [[[0.5, 0.5, 0.0]]]]> : tensor<4x1x1x3xf32> stride 1
    scale dense<1.0> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> activation relu quantize "sums.input" reciprocal 1.0
    : tensor<1x9x9x3xui8> -> tensor<1x9x9x4x!bitpack.codes<2>>
  %sums = bitpack.depthwise_conv2d "sums" %codes weights dense<85> : tensor<49xi8> bits 2 kernel [7, 7] stride 1
    scale dense<[1.0, 1.0, 1.0, -1.0]> : tensor<4xf32> bias dense<[0.0, 0.0, 0.0, 100.0]> : tensor<4xf32>
    quantize "mean.input" reciprocal RECIPROCAL
    : tensor<1x9x9x4x!bitpack.codes<2>> -> tensor<1x9x9x4x!bitpack.codes<2>>
  %mean = bitpack.pool "mean" %sums step 1.0
    : tensor<1x9x9x4x!bitpack.codes<2>> -> tensor<1x1x1x4xf32>
  %logits = bitpack.linear "classifier" %mean weights dense<0.25> : tensor<2x4xf32> bias dense<0.0> : tensor<2xf32>
    : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  bitpack.return %logits : tensor<1x2xf32>
}
