// RUN: not oqat-opt %s --convert-bitpack-to-llvm="target=pdp11" 2>&1 | FileCheck %s
// CHECK: error: unknown target 'pdp11', known are: native, generic, x86-64, avx2, avx512vnni

bitpack.network @net(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = bitpack.float_conv2d "a" %image normalize dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>
    weights dense<1.0> : tensor<4x1x1x3xf32> stride 1 : tensor<1x1x1x3xui8> -> tensor<1x1x1x4xf32>
  %1 = bitpack.linear "c" %0 weights dense<1.0> : tensor<2x4xf32> : tensor<1x1x1x4xf32> -> tensor<1x2xf32>
  bitpack.return %1 : tensor<1x2xf32>
}
