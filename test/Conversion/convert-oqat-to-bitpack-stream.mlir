// RUN: oqat-opt %s --convert-oqat-to-bitpack | FileCheck %s
// RUN: oqat-opt %s -oqat-interpret="pictures=1 seed=1" -convert-oqat-to-bitpack -oqat-interpret="pictures=1 seed=1" \
// RUN:   | FileCheck %s --check-prefix=EQUAL

// A residual stream of codes, its readers, gates of codes and a quantized
// classifier compute the same packed.
// EQUAL: 0 run.residual 192 [[HEAD:.*]]
// EQUAL: 0 b1.input 192 [[INPUT:.*]]
// EQUAL: 0 run.residual.1 192 [[NEXT:.*]]
// EQUAL: 0 se.input 192 [[EXCITED:.*]]
// EQUAL: 0 pool.output 12 [[POOLED:.*]]
// EQUAL: 0 gate 3 [[GATE:.*]]
// EQUAL: 0 b2.input 192 [[GATED:.*]]
// EQUAL: 0 c.input 3 [[FEATURES:.*]]
// EQUAL: 0 logits 8 [[LOGITS:.*]]
// EQUAL: 0 run.residual 192 [[HEAD]]
// EQUAL: 0 b1.input 192 [[INPUT]]
// EQUAL: 0 run.residual.1 192 [[NEXT]]
// EQUAL: 0 se.input 192 [[EXCITED]]
// EQUAL-NOT: floats
// EQUAL: 0 pool.output 12 [[POOLED]]
// EQUAL: 0 gate 3 [[GATE]]
// EQUAL: 0 b2.input 192 [[GATED]]
// EQUAL: 0 c.input 3 [[FEATURES]]
// EQUAL: 0 logits 8 [[LOGITS]]

!stream = tensor<1x8x8x3x!quant.uniform<i8:f32, 6.250000e-02>>
!unsigned = tensor<1x8x8x3x!quant.uniform<u8<0:15>:f32, 2.500000e-01>>
!weight = tensor<3x1x1x3x!quant.uniform<i8<-2:1>:f32, 1.0>>
!float = tensor<1x8x8x3xf32>
!vector = tensor<1x1x1x3xf32>

// CHECK-LABEL: bitpack.network @net
oqat.supernet @net (%image: tensor<1x8x8x3xui8>) -> tensor<1x2xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x8x8x3xui8> -> !float
  %wf = oqat.constant_weight dense<[[[[1.0, -0.5, 0.25]]], [[[0.5, 0.5, 1.0]]], [[[-1.0, 0.0, 1.0]]]]> : tensor<3x1x1x3xf32> layer "stem"
  // CHECK: %[[HEAD:.*]] = bitpack.float_conv2d "stem" {{.*}} quantize "run.residual" reciprocal 1.600000e+01 zero_point 128
  %0 = oqat.conv2d %x, %wf stride 1 : (!float, tensor<3x1x1x3xf32>) -> !float
  %r0 = oqat.quantize %0 step 6.250000e-02 name "run.residual" : !float -> !stream
  // The code 0 of the stream, stored as 128, is 0; 127 steps are 31.75, over 15.
  // CHECK: %[[Q:.*]] = bitpack.map "b1.input" %[[HEAD]] table dense<"0x00{{.*}}0F"> : tensor<256xi8>
  // CHECK-SAME: : tensor<1x8x8x3x!bitpack.codes<8>> -> tensor<1x8x8x3x!bitpack.codes<4>>
  %d0 = oqat.decode %r0 step 6.250000e-02 : !stream -> !float
  %q = oqat.quantize %d0 step 2.500000e-01 name "b1.input" : !float -> !unsigned
  // CHECK: %[[NEXT:.*]] = bitpack.conv2d "b1" %[[Q]]
  // CHECK-SAME: residual(%[[HEAD]] : tensor<1x8x8x3x!bitpack.codes<8>>)
  // CHECK-SAME: quantize "run.residual.1" reciprocal 1.600000e+01 zero_point 128
  %w = oqat.constant_codes dense<[[[[-2, 1, 0]]], [[[1, 1, 1]]], [[[0, -1, 1]]]]> : tensor<3x1x1x3xi8> step 1.0 layer "b1" : !weight
  %1 = oqat.conv2d %q, %w stride 1 : (!unsigned, !weight) -> tensor<1x8x8x3xi32>
  %2 = oqat.rescale %1 scale dense<0.15> : tensor<3xf32> bias dense<0.0> : tensor<3xf32> : tensor<1x8x8x3xi32> -> !float
  %r1 = oqat.residual_add %2, %r0 step 6.250000e-02 name "run.residual.1" : !float, !stream
  // So does an activation between quantizers: codes below 128 are negative, four steps are one, ties go to even ones.
  // CHECK: %[[Y:.*]] = bitpack.map "se.input" %[[NEXT]] table dense<"0x{{(00){131}(01){3}(02){5}(03){3}(04){5}.*}}"> : tensor<256xi8>
  %d1 = oqat.decode %r1 step 6.250000e-02 : !stream -> !float
  %3 = oqat.activation relu %d1 : !float
  %y = oqat.quantize %3 step 2.500000e-01 name "se.input" : !float -> !unsigned
  // A pool reads the codes, and so does who multiplies by a gate.
  // CHECK-NOT: bitpack.elementwise
  // CHECK: bitpack.pool "pool" %[[Y]] step 2.500000e-01 :
  %dy = oqat.decode %y step 2.500000e-01 : !unsigned -> !float
  %p = oqat.pool %y step 2.500000e-01 : !unsigned -> !vector
  // CHECK: %[[GATE:.*]] = bitpack.elementwise "gate" {{.*}} activation h_sigmoid quantize "gate"
  // CHECK: %[[DECODED:.*]] = bitpack.elementwise "gate.floats" %[[GATE]] scale
  %h = oqat.activation h_sigmoid %p : !vector
  %g = oqat.quantize %h step 0.00392156886 name "gate" : !vector -> tensor<1x1x1x3x!quant.uniform<u8:f32, 0.0039215688593685627>>
  %dg = oqat.decode %g step 0.00392156886 : tensor<1x1x1x3x!quant.uniform<u8:f32, 0.0039215688593685627>> -> !vector
  // CHECK: bitpack.elementwise "b2.input" %[[Y]] scale dense<2.500000e-01> : tensor<3xf32>
  // CHECK-SAME: gate(%[[DECODED]] : tensor<1x1x1x3xf32>) quantize "b2.input"
  %s = oqat.scale %dy, %dg : !float, !vector
  %q2 = oqat.quantize %s step 2.500000e-01 name "b2.input" : !float -> !unsigned
  // CHECK: bitpack.conv2d "c"
  // CHECK-SAME: bits 8 kernel [1, 1] stride 1
  // CHECK-SAME: -> tensor<1x2xf32>
  %p2 = oqat.pool %q2 step 2.500000e-01 : !unsigned -> !vector
  %f = oqat.quantize %p2 step 0.01 name "c.input" : !vector -> tensor<1x1x1x3x!quant.uniform<u8:f32, 0.01>>
  %c = oqat.constant_codes dense<[[-128, 127, 3], [5, 0, -1]]> : tensor<2x3xi8> step 1.0 layer "c" : tensor<2x3x!quant.uniform<i8:f32, 1.0>>
  %4 = oqat.linear %f, %c : (tensor<1x1x1x3x!quant.uniform<u8:f32, 0.01>>, tensor<2x3x!quant.uniform<i8:f32, 1.0>>) -> tensor<1x2xi32>
  %5 = oqat.rescale %4 scale dense<0.01> : tensor<2xf32> bias dense<[0.5, -0.5]> : tensor<2xf32> : tensor<1x2xi32> -> tensor<1x2xf32>
  oqat.return %5 : tensor<1x2xf32>
}
