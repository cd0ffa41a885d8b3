// RUN: oqat-opt %s | oqat-opt | FileCheck %s
// RUN: oqat-opt %s -mlir-print-op-generic | oqat-opt | FileCheck %s
// RUN: oqat-opt %s -emit-bytecode | oqat-opt | FileCheck %s

// CHECK-LABEL: bitpack.network @net
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x5x7x3xui8>) -> tensor<1x10xf32>
bitpack.network @net(%image: tensor<1x5x7x3xui8>) -> tensor<1x10xf32> {
  // CHECK: %[[STEM:.*]] = bitpack.float_conv2d "stem" %[[IMAGE]]
  // CHECK-SAME: normalize dense<1.000000e+00> : tensor<3xf32>, dense<-2.000000e+00> : tensor<3xf32>
  // CHECK-SAME: weights dense<5.000000e-01> : tensor<8x3x3x3xf32> stride 2
  // CHECK-SAME: scale dense<1.000000e+00> : tensor<8xf32> bias dense<0.000000e+00> : tensor<8xf32>
  // CHECK-SAME: activation h_swish
  // CHECK-SAME: : tensor<1x5x7x3xui8> -> tensor<1x3x4x8xf32>
  %stem = bitpack.float_conv2d "stem" %image
    normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<8x3x3x3xf32> stride 2
    scale dense<1.0> : tensor<8xf32> bias dense<0.0> : tensor<8xf32>
    activation h_swish
    : tensor<1x5x7x3xui8> -> tensor<1x3x4x8xf32>
  // CHECK: %[[Q:.*]] = bitpack.elementwise "b0.dw.input" %[[STEM]]
  // CHECK-SAME: quantize "b0.dw.input" reciprocal 4.000000e+00
  // CHECK-SAME: -> tensor<1x3x4x8x!bitpack.codes<3>>
  %q = bitpack.elementwise "b0.dw.input" %stem
    quantize "b0.dw.input" reciprocal 4.0
    : tensor<1x3x4x8xf32> -> tensor<1x3x4x8x!bitpack.codes<3>>
  // CHECK: %[[DW:.*]] = bitpack.depthwise_conv2d "b0.dw" %[[Q]]
  // CHECK-SAME: weights dense<1> : tensor<27xi8> bits 3 kernel [3, 3] stride 1
  // CHECK-SAME: activation relu
  %dw = bitpack.depthwise_conv2d "b0.dw" %q weights dense<1> : tensor<27xi8>
    bits 3 kernel [3, 3] stride 1 scale dense<0.1> : tensor<8xf32>
    bias dense<0.0> : tensor<8xf32> activation relu
    : tensor<1x3x4x8x!bitpack.codes<3>> -> tensor<1x3x4x8xf32>
  // CHECK: %[[POOL:.*]] = bitpack.pool "b0.se.pool" %[[DW]] fraction 20
  %pool = bitpack.pool "b0.se.pool" %dw fraction 20
    : tensor<1x3x4x8xf32> -> tensor<1x1x1x8xf32>
  // CHECK: %[[GATE:.*]] = bitpack.linear "b0.se.expand" %[[POOL]]
  // CHECK-SAME: weights dense<2.500000e-01> : tensor<8x8xf32>
  // CHECK-SAME: activation h_sigmoid
  %gate = bitpack.linear "b0.se.expand" %pool weights dense<0.25> : tensor<8x8xf32>
    bias dense<0.0> : tensor<8xf32> activation h_sigmoid
    : tensor<1x1x1x8xf32> -> tensor<1x1x1x8xf32>
  // CHECK: %[[C:.*]] = bitpack.elementwise "b0.se" %[[DW]]
  // CHECK-SAME: gate(%[[GATE]] : tensor<1x1x1x8xf32>)
  // CHECK-SAME: quantize "b0.pl.input" reciprocal 2.000000e+00
  %c = bitpack.elementwise "b0.se" %dw gate(%gate : tensor<1x1x1x8xf32>)
    quantize "b0.pl.input" reciprocal 2.0
    : tensor<1x3x4x8xf32> -> tensor<1x3x4x8x!bitpack.codes<2>>
  // CHECK: %[[PL:.*]] = bitpack.conv2d "b0.pl" %[[C]]
  // CHECK-SAME: bits 2 kernel [1, 1] stride 1
  // CHECK-SAME: residual(%[[STEM]] : tensor<1x3x4x8xf32>)
  %pl = bitpack.conv2d "b0.pl" %c weights dense<27> : tensor<16xi8>
    bits 2 kernel [1, 1] stride 1 scale dense<0.1> : tensor<8xf32>
    bias dense<0.0> : tensor<8xf32> residual(%stem : tensor<1x3x4x8xf32>)
   
    : tensor<1x3x4x8x!bitpack.codes<2>> -> tensor<1x3x4x8xf32>
  %p = bitpack.pool "pool" %pl fraction -3
    : tensor<1x3x4x8xf32> -> tensor<1x1x1x8xf32>
  %logits = bitpack.linear "classifier" %p weights dense<1.0> : tensor<10x8xf32>
    bias dense<0.0> : tensor<10xf32>
    : tensor<1x1x1x8xf32> -> tensor<1x10xf32>
  // CHECK: bitpack.return %{{.*}} : tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}

// CHECK-LABEL: bitpack.network @forms
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x5x7x3xui8>)
bitpack.network @forms(%image: tensor<1x5x7x3xui8>) -> tensor<1x10xf32> {
  // CHECK: %[[T:.*]] = bitpack.table "stem.input" %[[IMAGE]] tables dense<3> : tensor<256x3xi8>
  // CHECK-SAME: : tensor<1x5x7x3xui8> -> tensor<1x5x7x3x!bitpack.codes<8>>
  %t = bitpack.table "stem.input" %image tables dense<3> : tensor<256x3xi8>
    : tensor<1x5x7x3xui8> -> tensor<1x5x7x3x!bitpack.codes<8>>
  // CHECK: %[[STEM:.*]] = bitpack.conv2d "stem" %[[T]] input_zero_point 128
  // CHECK-SAME: weights dense<1> : tensor<6xi8> bits 8 odd kernel [1, 1] stride 1
  // CHECK-SAME: activation relu6
  %stem = bitpack.conv2d "stem" %t input_zero_point 128 weights dense<1> : tensor<6xi8> bits 8 odd
    kernel [1, 1] stride 1 scale dense<1.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32> activation relu6
    : tensor<1x5x7x3x!bitpack.codes<8>> -> tensor<1x5x7x2xf32>
  // CHECK: %[[M:.*]] = bitpack.max_pool "pool" %[[STEM]] kernel 3 stride 2 : tensor<1x5x7x2xf32> -> tensor<1x3x4x2xf32>
  %m = bitpack.max_pool "pool" %stem kernel 3 stride 2 : tensor<1x5x7x2xf32> -> tensor<1x3x4x2xf32>
  // CHECK: %[[S:.*]] = bitpack.elementwise "stream" %[[M]] quantize "stream" reciprocal 1.250000e-01 zero_point 128
  %s = bitpack.elementwise "stream" %m quantize "stream" reciprocal 0.125 zero_point 128
    : tensor<1x3x4x2xf32> -> tensor<1x3x4x2x!bitpack.codes<8>>
  // CHECK: %[[Q:.*]] = bitpack.elementwise "q" %[[M]]
  // CHECK-SAME: quantize "q" reciprocals dense<[1.000000e-01, 2.000000e+00]> : tensor<2xf32> zero_point 3
  %q = bitpack.elementwise "q" %m quantize "q" reciprocals dense<[0.1, 2.0]> : tensor<2xf32> zero_point 3
    : tensor<1x3x4x2xf32> -> tensor<1x3x4x2x!bitpack.codes<2>>
  // CHECK: %[[DW:.*]] = bitpack.depthwise_conv2d "dw" %[[Q]] input_zero_point 3
  // CHECK-SAME: bits 1 odd kernel [1, 1] stride 1
  // CHECK-SAME: residual(%[[S]] : tensor<1x3x4x2x!bitpack.codes<8>>)
  // CHECK-SAME: quantize "sum" reciprocal 1.250000e-01 zero_point 128
  %dw = bitpack.depthwise_conv2d "dw" %q input_zero_point 3 weights dense<1> : tensor<1xi8> bits 1 odd
    kernel [1, 1] stride 1 scale dense<1.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32>
    residual(%s : tensor<1x3x4x2x!bitpack.codes<8>>) quantize "sum" reciprocal 0.125 zero_point 128
    : tensor<1x3x4x2x!bitpack.codes<2>> -> tensor<1x3x4x2x!bitpack.codes<8>>
  // CHECK: %[[MAP:.*]] = bitpack.map "map" %[[DW]] table dense<7> : tensor<256xi8>
  // CHECK-SAME: -> tensor<1x3x4x2x!bitpack.codes<3>>
  %map = bitpack.map "map" %dw table dense<7> : tensor<256xi8>
    : tensor<1x3x4x2x!bitpack.codes<8>> -> tensor<1x3x4x2x!bitpack.codes<3>>
  // CHECK: bitpack.elementwise "floats" %[[MAP]] input_zero_point 4 scale
  %f = bitpack.elementwise "floats" %map input_zero_point 4 scale dense<0.1> : tensor<2xf32>
    : tensor<1x3x4x2x!bitpack.codes<3>> -> tensor<1x3x4x2xf32>
  // CHECK: bitpack.pool "mean of codes" %[[MAP]] step 1.000000e-01 input_zero_point 4 :
  %mean = bitpack.pool "mean of codes" %map step 0.1 input_zero_point 4
    : tensor<1x3x4x2x!bitpack.codes<3>> -> tensor<1x1x1x2xf32>
  %p = bitpack.pool "mean" %f fraction 20 : tensor<1x3x4x2xf32> -> tensor<1x1x1x2xf32>
  %c = bitpack.elementwise "c" %p quantize "c" reciprocal 1.0 : tensor<1x1x1x2xf32> -> tensor<1x1x1x2x!bitpack.codes<8>>
  // A result of one pixel may be a vector.
  // CHECK: bitpack.conv2d "classifier"
  // CHECK-SAME: -> tensor<1x10xf32>
  %logits = bitpack.conv2d "classifier" %c weights dense<1> : tensor<20xi8> bits 8 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<10xf32> bias dense<0.0> : tensor<10xf32>
    : tensor<1x1x1x2x!bitpack.codes<8>> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}

// CHECK-LABEL: func @examples
func.func @examples(%f: tensor<1x9x9x16xf32>, %c: tensor<1x6x6x8x!bitpack.codes<8>>, %image: tensor<1x8x8x3xui8>) {
  // CHECK: bitpack.max_pool "pool" %{{.*}} kernel 3 stride 2 : tensor<1x9x9x16xf32> -> tensor<1x5x5x16xf32>
  %0 = bitpack.max_pool "pool" %f kernel 3 stride 2
    : tensor<1x9x9x16xf32> -> tensor<1x5x5x16xf32>
  // CHECK: bitpack.max_pool "stem.residual" %{{.*}} kernel 3 stride 2 : tensor<1x6x6x8x!bitpack.codes<8>> -> tensor<1x3x3x8x!bitpack.codes<8>>
  %3 = bitpack.max_pool "stem.residual" %c kernel 3 stride 2
    : tensor<1x6x6x8x!bitpack.codes<8>> -> tensor<1x3x3x8x!bitpack.codes<8>>
  // CHECK: bitpack.map "b2.ib.input" %{{.*}} table dense<5> : tensor<256xi8>
  %1 = bitpack.map "b2.ib.input" %c table dense<5> : tensor<256xi8>
    : tensor<1x6x6x8x!bitpack.codes<8>> -> tensor<1x6x6x8x!bitpack.codes<4>>
  // CHECK: bitpack.table "stem.input" %{{.*}} tables dense<-1> : tensor<256x3xi8>
  %2 = bitpack.table "stem.input" %image tables dense<-1> : tensor<256x3xi8>
    : tensor<1x8x8x3xui8> -> tensor<1x8x8x3x!bitpack.codes<8>>
  return
}
