// Pools of floats, whose sum needs 33 bits and that of half the pixels 32, of
// the highest codes, and of the codes of a layer around a zero point.
bitpack.network @net(%image: tensor<1x100x100x3xui8>) -> tensor<1x5xf32> {
  %codes = bitpack.table "codes" %image tables dense<-1> : tensor<256x3xi8>
    : tensor<1x100x100x3xui8> -> tensor<1x100x100x3x!bitpack.codes<8>>
  %floats = bitpack.elementwise "floats" %codes scale dense<1.0> : tensor<3xf32>
    : tensor<1x100x100x3x!bitpack.codes<8>> -> tensor<1x100x100x3xf32>
  %fixed = bitpack.pool "fixed" %floats fraction 10
    : tensor<1x100x100x3xf32> -> tensor<1x1x1x3xf32>
  %sum = bitpack.pool "sum" %codes step 0.7
    : tensor<1x100x100x3x!bitpack.codes<8>> -> tensor<1x1x1x3xf32>
  %highest = bitpack.elementwise "highest" %fixed residual(%sum : tensor<1x1x1x3xf32>)
    : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %gate = bitpack.linear "gate" %highest weights dense<0.001> : tensor<150x3xf32> bias dense<0.0> : tensor<150xf32>
    : tensor<1x1x1x3xf32> -> tensor<1x1x1x150xf32>
  %layer = bitpack.float_conv2d "layer" %image normalize dense<0.01> : tensor<3xf32>, dense<-1.0> : tensor<3xf32>
    weights dense<[[[[0.5, 0.25, -0.125]]], [[[-0.5, 1.0, 0.75]]], [[[1.0, -0.5, 0.25]]], [[[0.125, 0.5, 0.5]]]]> : tensor<4x1x1x3xf32> stride 1
    scale dense<1.0> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> activation relu quantize "wide.input" reciprocal 40.0
    : tensor<1x100x100x3xui8> -> tensor<1x100x100x4x!bitpack.codes<8>>
  %wide = bitpack.conv2d "wide" %layer weights dense<27> : tensor<300xi8> bits 4 kernel [1, 1] stride 1
    scale dense<0.02> : tensor<150xf32> bias dense<0.5> : tensor<150xf32> activation relu
    quantize "mean.input" reciprocal 3.0
    : tensor<1x100x100x4x!bitpack.codes<8>> -> tensor<1x100x100x150x!bitpack.codes<8>>
  %mean = bitpack.pool "mean" %wide step 0.3 input_zero_point 3
    : tensor<1x100x100x150x!bitpack.codes<8>> -> tensor<1x1x1x150xf32>
  %gated = bitpack.elementwise "gated" %mean gate(%gate : tensor<1x1x1x150xf32>)
    : tensor<1x1x1x150xf32> -> tensor<1x1x1x150xf32>
  %logits = bitpack.linear "classifier" %gated weights dense<0.25> : tensor<5x150xf32> bias dense<0.0> : tensor<5xf32>
    : tensor<1x1x1x150xf32> -> tensor<1x5xf32>
  bitpack.return %logits : tensor<1x5xf32>
}
