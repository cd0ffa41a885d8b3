// A dense 3x3 convolution of 4 bits, whose weights are all -2 and 5 in turn.
bitpack.network @net(%image: tensor<1x28x28x3xui8>) -> tensor<1x10xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<64x3x3x3xf32> stride 1 scale dense<1.0> : tensor<64xf32>
    bias dense<0.0> : tensor<64xf32> activation relu quantize "conv.input" reciprocal 4.0
    : tensor<1x28x28x3xui8> -> tensor<1x28x28x64x!bitpack.codes<4>>
  %conv = bitpack.conv2d "conv" %q weights dense<0x5e> : tensor<18432xi8> bits 4 kernel [3, 3] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> {bitpack.kernel = "KERNEL"}
    : tensor<1x28x28x64x!bitpack.codes<4>> -> tensor<1x28x28x64xf32>
  %pool = bitpack.pool "pool" %conv fraction 3 : tensor<1x28x28x64xf32> -> tensor<1x1x1x64xf32>
  %logits = bitpack.linear "classifier" %pool weights dense<1.0> : tensor<10x64xf32>
    bias dense<0.0> : tensor<10xf32> : tensor<1x1x1x64xf32> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}
