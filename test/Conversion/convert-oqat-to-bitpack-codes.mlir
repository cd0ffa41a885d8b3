// RUN: oqat-opt %s --convert-oqat-to-bitpack | FileCheck %s
// RUN: oqat-opt %s -oqat-interpret="pictures=1 seed=1" -convert-oqat-to-bitpack -oqat-interpret="pictures=1 seed=1" \
// RUN:   | FileCheck %s --check-prefix=EQUAL

// Signed codes are stored with half their range added, at both levels; a
// quantizer of the picture becomes a table.
// EQUAL: 0 stem.input 192 [[PICTURE:.*]]
// EQUAL: 0 b1.input 192 [[SIGNED:.*]]
// EQUAL: 0 b1.output 768 [[OUTPUT:.*]]
// EQUAL: 0 b2.input 192 [[ACTIVATED:.*]]
// EQUAL: 0 b2.output 768 [[SUM:.*]]
// EQUAL: 0 logits 8 [[LOGITS:.*]]
// EQUAL: 0 stem.input 192 [[PICTURE]]
// EQUAL: 0 b1.input 192 [[SIGNED]]
// EQUAL: 0 b1.output 768 [[OUTPUT]]
// EQUAL: 0 b2.input 192 [[ACTIVATED]]
// EQUAL: 0 b2.output 768 [[SUM]]
// EQUAL: 0 logits 8 [[LOGITS]]

!picture = tensor<1x8x8x3x!quant.uniform<i8:f32, 3.125000e-02>>
!signed = tensor<1x8x8x3x!quant.uniform<i8<-8:7>:f32, 5.000000e-01>>
!unsigned = tensor<1x8x8x3x!quant.uniform<u8<0:15>:f32, 2.500000e-01>>
!weight = tensor<3x1x1x3x!quant.uniform<i8<-2:1>:f32, 1.0>>
!float = tensor<1x8x8x3xf32>

oqat.parameter @c.bias kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
// CHECK-LABEL: bitpack.network @net
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x8x8x3xui8>)
oqat.supernet @net (%image: tensor<1x8x8x3xui8>) -> tensor<1x2xf32> {
  // Byte 0 is -2, of code -64; it is stored as 64.
  // CHECK: %[[PICTURE:.*]] = bitpack.table "stem.input" %[[IMAGE]] tables dense<"0x404040
  // CHECK-SAME: -> tensor<1x8x8x3x!bitpack.codes<8>>
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x8x8x3xui8> -> !float
  %p = oqat.quantize %x step 3.125000e-02 name "stem.input" : !float -> !picture
  // CHECK: %[[STEM:.*]] = bitpack.conv2d "stem" %[[PICTURE]] input_zero_point 128
  // CHECK-SAME: quantize "b1.input" reciprocal 2.000000e+00 zero_point 8
  // CHECK-SAME: -> tensor<1x8x8x3x!bitpack.codes<4>>
  %w = oqat.constant_codes dense<[[[[-2, 1, 0]]], [[[1, 1, 1]]], [[[0, -1, 1]]]]> : tensor<3x1x1x3xi8> step 1.0 layer "stem" : !weight
  %0 = oqat.conv2d %p, %w stride 1 : (!picture, !weight) -> tensor<1x8x8x3xi32>
  %1 = oqat.rescale %0 scale dense<3.0e-02> : tensor<3xf32> bias dense<[0.0, 0.5, -0.5]> : tensor<3xf32> : tensor<1x8x8x3xi32> -> !float
  %q = oqat.quantize %1 step 5.000000e-01 name "b1.input" : !float -> !signed
  // CHECK: %[[B1:.*]] = bitpack.conv2d "b1" %[[STEM]] input_zero_point 8
  // CHECK-SAME: -> tensor<1x8x8x3xf32>
  %v = oqat.constant_codes dense<[[[[1, -1, -2]]], [[[1, 0, 1]]], [[[1, -1, 1]]]]> : tensor<3x1x1x3xi8> step 1.0 layer "b1" : !weight
  %2 = oqat.conv2d %q, %v stride 1 : (!signed, !weight) -> tensor<1x8x8x3xi32>
  %3 = oqat.rescale %2 scale dense<5.0e-02> : tensor<3xf32> bias dense<0.0> : tensor<3xf32> : tensor<1x8x8x3xi32> -> !float
  // A value with several readers; batch norm in front of its activation.
  // CHECK: %[[PRE:.*]] = bitpack.elementwise "b2.input" %[[B1]] scale dense<[1.000000e+00, -1.000000e+00, 5.000000e-01]>
  // CHECK-SAME: bias dense<2.500000e-01> : tensor<3xf32> activation relu quantize "b2.input" reciprocal 4.000000e+00 :
  %4 = oqat.rescale %3 scale dense<[1.0, -1.0, 0.5]> : tensor<3xf32> bias dense<0.25> : tensor<3xf32> : !float -> !float
  %5 = oqat.activation relu %4 : !float
  %r = oqat.quantize %5 step 2.500000e-01 name "b2.input" : !float -> !unsigned
  // CHECK: bitpack.conv2d "b2" %[[PRE]] weights
  // CHECK-SAME: residual(%[[B1]] : tensor<1x8x8x3xf32>)
  %u = oqat.constant_codes dense<[[[[1, -2, -1]]], [[[1, 0, 1]]], [[[0, -1, 1]]]]> : tensor<3x1x1x3xi8> step 1.0 layer "b2" : !weight
  %6 = oqat.conv2d %r, %u stride 1 : (!unsigned, !weight) -> tensor<1x8x8x3xi32>
  %7 = oqat.rescale %6 scale dense<5.0e-02> : tensor<3xf32> bias dense<0.0> : tensor<3xf32> : tensor<1x8x8x3xi32> -> !float
  %8 = oqat.add %7, %3 : !float
  %pool = oqat.pool %8 {fraction = 8 : i32} : !float -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<[[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]]> : tensor<2x3xf32> layer "c"
  %l = oqat.linear %pool, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}
