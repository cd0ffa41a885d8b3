// RUN: oqat-opt %s --convert-oqat-to-bitpack | FileCheck %s
// RUN: oqat-opt %s -oqat-interpret="pictures=1 seed=1" -convert-oqat-to-bitpack -oqat-interpret="pictures=1 seed=1" \
// RUN:   | FileCheck %s --check-prefix=EQUAL

// Quantizers are all that reads an activation of codes, so that each becomes a
// map of those; with another reader there are floats.
// EQUAL: 0 a.input 192 [[A:.*]]
// EQUAL: 0 b.input 192 [[B:.*]]
// EQUAL: 0 logits 8 [[LOGITS:.*]]
// EQUAL-NOT: activation.output
// EQUAL: 0 a.input 192 [[A]]
// EQUAL: 0 b.input 192 [[B]]
// EQUAL: 0 activation.1.output 768 [[FLOATS:.*]]
// EQUAL: 0 logits 8 [[LOGITS]]

!picture = tensor<1x8x8x3x!quant.uniform<i8:f32, 3.125000e-02>>
!a = tensor<1x8x8x3x!quant.uniform<u8<0:15>:f32, 5.000000e-01>>
!b = tensor<1x8x8x3x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
!float = tensor<1x8x8x3xf32>

oqat.parameter @c.bias kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
// CHECK-LABEL: bitpack.network @net
oqat.supernet @net (%image: tensor<1x8x8x3xui8>) -> tensor<1x2xf32> {
  // CHECK: %[[PICTURE:.*]] = bitpack.table "stem.input"
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x8x8x3xui8> -> !float
  %p = oqat.quantize %x step 3.125000e-02 name "stem.input" : !float -> !picture
  %d = oqat.decode %p step 3.125000e-02 : !picture -> !float
  // CHECK-NEXT: bitpack.map "a.input" %[[PICTURE]]
  // CHECK-NEXT: bitpack.map "b.input" %[[PICTURE]]
  // CHECK-NOT: bitpack.elementwise "activation"
  %r = oqat.activation relu %d : !float
  %qa = oqat.quantize %r step 5.000000e-01 name "a.input" : !float -> !a
  %qb = oqat.quantize %r step 2.500000e-01 name "b.input" : !float -> !b
  %da = oqat.decode %qa step 5.000000e-01 : !a -> !float
  %db = oqat.decode %qb step 2.500000e-01 : !b -> !float
  // CHECK: bitpack.elementwise "activation.1" %[[PICTURE]]
  // CHECK-SAME: -> tensor<1x8x8x3xf32>
  %s = oqat.activation relu6 %d : !float
  %qc = oqat.quantize %s step 2.500000e-01 name "c.input" : !float -> !b
  %dc = oqat.decode %qc step 2.500000e-01 : !b -> !float
  %0 = oqat.add %da, %db : !float
  %1 = oqat.add %0, %dc : !float
  %2 = oqat.add %1, %s : !float
  %pool = oqat.pool %2 {fraction = 8 : i32} : !float -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<[[1.0, -2.0, 0.5], [0.25, 1.0, -1.0]]> : tensor<2x3xf32> layer "c"
  %l = oqat.linear %pool, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}
