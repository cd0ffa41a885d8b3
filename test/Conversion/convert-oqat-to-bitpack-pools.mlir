// RUN: oqat-opt %s --convert-oqat-to-bitpack | FileCheck %s
// RUN: sed "s/activation relu /activation h_swish /" %s | oqat-opt --convert-oqat-to-bitpack | FileCheck %s --check-prefix=FLOAT
// RUN: sed "s/dense<3.0e-02>/dense<0x7f800000>/" %s | oqat-opt --convert-oqat-to-bitpack | FileCheck %s --check-prefix=FLOAT
// RUN: oqat-opt %s -oqat-interpret="pictures=1 seed=1" -convert-oqat-to-bitpack -oqat-interpret="pictures=1 seed=1" \
// RUN:   | FileCheck %s --check-prefix=EQUAL

// What a quantizer makes of the largest floats are the largest of its codes, so
// a pool is of codes, but where a float may be no number.
// EQUAL: 0 stem.residual 48 [[CODES:.*]]
// EQUAL: 0 logits 8 [[LOGITS:.*]]
// EQUAL-NOT: unpooled
// EQUAL: 0 stem.residual 48 [[CODES]]
// EQUAL: 0 logits 8 [[LOGITS]]

!picture = tensor<1x8x8x3x!quant.uniform<i8:f32, 3.125000e-02>>
!signed = tensor<1x4x4x3x!quant.uniform<i8:f32, 5.000000e-02>>
!weight = tensor<3x1x1x3x!quant.uniform<i8<-2:1>:f32, 1.0>>
!float = tensor<1x8x8x3xf32>

oqat.parameter @c.bias kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
oqat.supernet @net (%image: tensor<1x8x8x3xui8>) -> tensor<1x2xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x8x8x3xui8> -> !float
  %p = oqat.quantize %x step 3.125000e-02 name "stem.input" : !float -> !picture
  // CHECK: %[[STEM:.*]] = bitpack.conv2d "stem"
  // CHECK-SAME: activation relu quantize "stem.residual.unpooled" reciprocal 2.000000e+01 zero_point 128
  // CHECK-SAME: -> tensor<1x8x8x3x!bitpack.codes<8>>
  // CHECK-NEXT: bitpack.max_pool "stem.residual" %[[STEM]] kernel 3 stride 2 : tensor<1x8x8x3x!bitpack.codes<8>> -> tensor<1x4x4x3x!bitpack.codes<8>>
  // CHECK-NOT: bitpack.elementwise
  // FLOAT: bitpack.conv2d "stem"
  // FLOAT: bitpack.max_pool "max_pool" {{.*}}tensor<1x4x4x3xf32>
  // FLOAT: bitpack.elementwise {{.*}} quantize "stem.residual"
  %w = oqat.constant_codes dense<[[[[-2, 1, 0]]], [[[1, 1, 1]]], [[[0, -1, 1]]]]> : tensor<3x1x1x3xi8> step 1.0 layer "stem" : !weight
  %0 = oqat.conv2d %p, %w stride 1 : (!picture, !weight) -> tensor<1x8x8x3xi32>
  %1 = oqat.rescale %0 scale dense<3.0e-02> : tensor<3xf32> bias dense<[0.0, 0.5, -0.5]> : tensor<3xf32> : tensor<1x8x8x3xi32> -> !float
  %2 = oqat.activation relu %1 : !float
  %3 = oqat.max_pool %2 kernel 3 stride 2 : !float -> tensor<1x4x4x3xf32>
  %4 = oqat.quantize %3 step 5.000000e-02 name "stem.residual" : tensor<1x4x4x3xf32> -> !signed
  %6 = oqat.pool %4 step 5.000000e-02 : !signed -> tensor<1x1x1x3xf32>
  %cw = oqat.constant_weight dense<[[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]]> : tensor<2x3xf32> layer "c"
  %7 = oqat.linear %6, %cw bias @c.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %7 : tensor<1x2xf32>
}
