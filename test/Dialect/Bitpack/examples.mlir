// The examples of the reference pages (test/Docs/examples.test).
// RUN: oqat-opt %s | oqat-opt -o /dev/null

bitpack.network @net(%image: tensor<1x24x24x3xui8>) -> tensor<1x10xf32> {
  %0 = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<0.0> : tensor<3xf32>
    weights dense<0.5> : tensor<16x3x3x3xf32> stride 2 quantize "b1.ib.input" reciprocal 4.0
    : tensor<1x24x24x3xui8> -> tensor<1x12x12x16x!bitpack.codes<2>>
  %1 = bitpack.conv2d "b1.ib" %0 weights dense<"0x1B"> : tensor<256xi8>
    bits 2 kernel [1, 1] stride 1 scale dense<0.1> : tensor<64xf32>
    bias dense<0.0> : tensor<64xf32> activation relu
    quantize "b1.dw.input" reciprocal 4.0
    : tensor<1x12x12x16x!bitpack.codes<2>>
    -> tensor<1x12x12x64x!bitpack.codes<2>>
  %2 = bitpack.elementwise "floats" %1 scale dense<0.25> : tensor<64xf32>
    : tensor<1x12x12x64x!bitpack.codes<2>> -> tensor<1x12x12x64xf32>
  %3 = bitpack.pool "pool" %2 fraction 20 : tensor<1x12x12x64xf32> -> tensor<1x1x1x64xf32>
  %logits = bitpack.linear "classifier" %3 weights dense<1.0> : tensor<10x64xf32>
    : tensor<1x1x1x64xf32> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}

func.func @pool(%q: tensor<1x28x28x144x!bitpack.codes<8>>, %x: tensor<1x7x7x960xf32>) {
  %m = bitpack.pool "pool" %x fraction 17
    : tensor<1x7x7x960xf32> -> tensor<1x1x1x960xf32>
  %p = bitpack.pool "b5.se.pool" %q step 0.0684958696
    : tensor<1x28x28x144x!bitpack.codes<8>> -> tensor<1x1x1x144xf32>
  return
}

func.func @gate(%y: tensor<1x6x6x72xf32>, %g: tensor<1x1x1x72xf32>, %x: tensor<1x28x28x40x!bitpack.codes<4>>)
    attributes {thresholds = [
      #bitpack.thresholds<dense<[[-2, 4, 9]]> : tensor<1x3xi32>>,
      #bitpack.thresholds<dense<[[0], [7]]> : tensor<2x1xi32> falling [false, true]>],
    map = #bitpack.accumulator_map<offsets [2, 5] table dense<[0, 1, 3, 3, 1, 0]> : tensor<6xi8>>} {
  %q = bitpack.elementwise "b3.pl.input" %y gate(%g : tensor<1x1x1x72xf32>)
    quantize "b3.pl.input" reciprocal 2.0
    : tensor<1x6x6x72xf32> -> tensor<1x6x6x72x!bitpack.codes<4>>
  return
}
