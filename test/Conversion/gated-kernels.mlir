// Gates in [0, 1] are codes times scales. Codes of 4 bits behind them are lines
// and of 2 bits thresholds; of 8 bits, however many pixels there are, they are
// rounded, as no line passes 255 steps. A gate that may be more than 1, or that
// is no code, is not known.
// RUN: oqat-opt %s --convert-bitpack-to-llvm="target=avx512vnni" | FileCheck %s
// CHECK: kernel = "u8-unit-lines", {{[^}]*}} name = "four"
// CHECK-SAME: kernel = "u8-unit-thresholds", {{[^}]*}} name = "two"
// CHECK-SAME: kernel = "u8", {{[^}]*}} name = "eight"
// CHECK-SAME: kernel = "u8-thresholds", {{[^}]*}} name = "large"
// CHECK-SAME: kernel = "u8-thresholds", {{[^}]*}} name = "any"
bitpack.network @net(%image: tensor<1x56x56x3xui8>) -> tensor<1x16xf32> {
  %y = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<16x1x1x3xf32> stride 1 scale dense<1.0> : tensor<16xf32>
    bias dense<0.0> : tensor<16xf32> activation relu quantize "y" reciprocal 4.0
    : tensor<1x56x56x3xui8> -> tensor<1x56x56x16x!bitpack.codes<8>>
  %pool = bitpack.pool "pool" %y step 0.25 : tensor<1x56x56x16x!bitpack.codes<8>> -> tensor<1x1x1x16xf32>
  %codes = bitpack.elementwise "codes" %pool quantize "codes" reciprocal 16.0
    : tensor<1x1x1x16xf32> -> tensor<1x1x1x16x!bitpack.codes<8>>
  %gates = bitpack.elementwise "gates" %codes scale dense<0.00392156886> : tensor<16xf32>
    : tensor<1x1x1x16x!bitpack.codes<8>> -> tensor<1x1x1x16xf32>
  %above = bitpack.elementwise "above" %codes scale dense<0.00393> : tensor<16xf32>
    : tensor<1x1x1x16x!bitpack.codes<8>> -> tensor<1x1x1x16xf32>
  %four = bitpack.elementwise "four" %y scale dense<0.05> : tensor<16xf32> gate(%gates : tensor<1x1x1x16xf32>)
    quantize "four" reciprocal 4.0 : tensor<1x56x56x16x!bitpack.codes<8>> -> tensor<1x56x56x16x!bitpack.codes<4>>
  %two = bitpack.elementwise "two" %y scale dense<0.05> : tensor<16xf32> gate(%gates : tensor<1x1x1x16xf32>)
    quantize "two" reciprocal 4.0 : tensor<1x56x56x16x!bitpack.codes<8>> -> tensor<1x56x56x16x!bitpack.codes<2>>
  %eight = bitpack.elementwise "eight" %y scale dense<0.05> : tensor<16xf32> gate(%gates : tensor<1x1x1x16xf32>)
    quantize "eight" reciprocal 4.0 : tensor<1x56x56x16x!bitpack.codes<8>> -> tensor<1x56x56x16x!bitpack.codes<8>>
  %large = bitpack.elementwise "large" %y scale dense<0.05> : tensor<16xf32> gate(%above : tensor<1x1x1x16xf32>)
    quantize "large" reciprocal 4.0 : tensor<1x56x56x16x!bitpack.codes<8>> -> tensor<1x56x56x16x!bitpack.codes<2>>
  %any = bitpack.elementwise "any" %y scale dense<0.05> : tensor<16xf32> gate(%pool : tensor<1x1x1x16xf32>)
    quantize "any" reciprocal 4.0 : tensor<1x56x56x16x!bitpack.codes<8>> -> tensor<1x56x56x16x!bitpack.codes<2>>
  %logits = bitpack.linear "logits" %pool weights dense<0.5> : tensor<16x16xf32> bias dense<0.0> : tensor<16xf32>
    : tensor<1x1x1x16xf32> -> tensor<1x16xf32>
  bitpack.return %logits : tensor<1x16xf32>
}
