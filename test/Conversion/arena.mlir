// RUN: oqat-opt %s --convert-bitpack-to-llvm="target=avx512vnni" | FileCheck %s

// Of the large picture one thread wrote the first half and another the second
// one. What comes there later has its middle in the same part of 1 KiB, not at
// the lowest place; one after it fits where such a result was before.
// CHECK: scratch_bytes = 53376 : i64
// CHECK-LABEL: llvm.func @net_run(
// CHECK: addressof @net.1.small
// CHECK: arith.constant 22528 : i64
// CHECK: addressof @net.2.second
// CHECK: arith.constant 49216 : i64
// CHECK: addressof @net.3.third
bitpack.network @net(%image: tensor<1x128x128x3xui8>) -> tensor<1x2xf32> {
  %large = bitpack.table "large" %image tables dense<1> : tensor<256x3xi8>
    : tensor<1x128x128x3xui8> -> tensor<1x128x128x3x!bitpack.codes<4>>
  %small = bitpack.conv2d "small" %large weights dense<27> : tensor<6xi8> bits 4 kernel [1, 1] stride 4
    scale dense<0.1> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> activation relu quantize "small.codes" reciprocal 4.0
    : tensor<1x128x128x3x!bitpack.codes<4>> -> tensor<1x32x32x4x!bitpack.codes<8>>
  %second = bitpack.map "second" %small table dense<3> : tensor<256xi8>
    : tensor<1x32x32x4x!bitpack.codes<8>> -> tensor<1x32x32x4x!bitpack.codes<8>>
  %third = bitpack.map "third" %second table dense<5> : tensor<256xi8>
    : tensor<1x32x32x4x!bitpack.codes<8>> -> tensor<1x32x32x4x!bitpack.codes<8>>
  %mean = bitpack.pool "mean" %third step 0.5
    : tensor<1x32x32x4x!bitpack.codes<8>> -> tensor<1x1x1x4xf32>
  %logits = bitpack.linear "classifier" %mean weights dense<0.5> : tensor<2x4xf32> bias dense<0.0> : tensor<2xf32>
    : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  bitpack.return %logits : tensor<1x2xf32>
}
