// RUN: oqat-opt %s --convert-oqat-to-bitpack -split-input-file | FileCheck %s

// One block with squeeze-excite and residual: convolutions take along all that
// follows them, codes are packed, nothing of the oqat dialect is left.

// CHECK-NOT: oqat.
// CHECK-LABEL: bitpack.network @net
// CHECK-SAME: (%[[IMAGE:.*]]: tensor<1x4x4x3xui8>) -> tensor<1x2xf32>
// CHECK-SAME: subnet = "{}"
oqat.parameter @b1.se.reduce.weight kind weight : tensor<8x1x1x8xf32> = dense<0.5> : tensor<8x1x1x8xf32>
oqat.parameter @b1.se.reduce.bias kind bias : tensor<8xf32> = dense<0.25> : tensor<8xf32>
oqat.parameter @b1.se.expand.weight kind weight : tensor<8x1x1x8xf32> = dense<0.5> : tensor<8x1x1x8xf32>
oqat.parameter @b1.se.expand.bias kind bias : tensor<8xf32> = dense<0.75> : tensor<8xf32>
oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
oqat.supernet @net subnet "{}" (%image: tensor<1x4x4x3xui8>) -> tensor<1x2xf32> {
  // CHECK: %[[STEM:.*]] = bitpack.float_conv2d "stem" %[[IMAGE]]
  // CHECK-SAME: normalize dense<{{.*}}> : tensor<3xf32>, dense<-2.000000e+00> : tensor<3xf32>
  // CHECK-SAME: weights dense<1.000000e+00> : tensor<8x3x3x3xf32> stride 1
  // CHECK-SAME: scale dense<2.000000e+00> : tensor<8xf32> bias dense<3.000000e+00> : tensor<8xf32>
  // CHECK-SAME: activation h_swish
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<8x3x3x3xf32> layer "stem"
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x4x4x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x4x4x8xf32>
  %1 = oqat.rescale %0 scale dense<2.0> : tensor<8xf32> bias dense<3.0> : tensor<8xf32> : tensor<1x4x4x8xf32> -> tensor<1x4x4x8xf32>
  %stem = oqat.activation h_swish %1 : tensor<1x4x4x8xf32>
  // CHECK: %[[Q:.*]] = bitpack.elementwise "b1.dw.input" %[[STEM]] quantize "b1.dw.input" reciprocal 4.000000e+00
  %q = oqat.quantize %stem step 2.500000e-01 name "b1.dw.input" : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
  // The codes -1, 1, 0 of 2 bits: 11, 01, 00, the first one lowest.
  // CHECK: %[[DW:.*]] = bitpack.depthwise_conv2d "b1.dw" %[[Q]]
  // CHECK-SAME: weights dense<[7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]> : tensor<18xi8>
  // CHECK-SAME: bits 2 kernel [3, 3] stride 1
  // CHECK-SAME: activation relu
  %dwc = oqat.constant_codes dense<[[[[-1], [1], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]], [[[0], [0], [0]], [[0], [0], [0]], [[0], [0], [0]]]]> : tensor<8x3x3x1xi8> step 1.0 layer "b1.dw" : tensor<8x3x3x1x!quant.uniform<i8<-2:1>:f32, 1.0>>
  %2 = oqat.conv2d %q, %dwc stride 1 depthwise : (tensor<1x4x4x8x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>, tensor<8x3x3x1x!quant.uniform<i8<-2:1>:f32, 1.0>>) -> tensor<1x4x4x8xi32>
  %3 = oqat.rescale %2 scale dense<0.5> : tensor<8xf32> bias dense<0.0> : tensor<8xf32> : tensor<1x4x4x8xi32> -> tensor<1x4x4x8xf32>
  %y = oqat.activation relu %3 : tensor<1x4x4x8xf32>
  // CHECK: %[[P:.*]] = bitpack.pool "b1.se.pool" %[[DW]] fraction 14
  // CHECK: %[[R:.*]] = bitpack.linear "b1.se.reduce" %[[P]] weights dense<5.000000e-01> : tensor<8x8xf32> bias dense<2.500000e-01> : tensor<8xf32> activation relu
  // CHECK: %[[G:.*]] = bitpack.linear "b1.se.expand" %[[R]] {{.*}} bias dense<7.500000e-01> : tensor<8xf32> activation h_sigmoid
  // CHECK: %[[S:.*]] = bitpack.elementwise "b1.se" %[[DW]] gate(%[[G]] : tensor<1x1x1x8xf32>) quantize "b1.pl.input" reciprocal 2.000000e+00
  %se = oqat.squeeze_excite %y reduce @b1.se.reduce.weight, @b1.se.reduce.bias expand @b1.se.expand.weight, @b1.se.expand.bias {fraction = 14 : i32} : tensor<1x4x4x8xf32>
  %c = oqat.quantize %se step 5.000000e-01 name "b1.pl.input" : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!quant.uniform<u8<0:15>:f32, 5.000000e-01>>
  // CHECK: %[[PL:.*]] = bitpack.conv2d "b1.pl" %[[S]] weights dense<17> : tensor<32xi8> bits 4 kernel [1, 1] stride 1
  // CHECK-SAME: residual(%[[STEM]] : tensor<1x4x4x8xf32>)
  %plc = oqat.constant_codes dense<1> : tensor<8x1x1x8xi8> step 1.0 layer "b1.pl" : tensor<8x1x1x8x!quant.uniform<i8<-8:7>:f32, 1.0>>
  %4 = oqat.conv2d %c, %plc stride 1 : (tensor<1x4x4x8x!quant.uniform<u8<0:15>:f32, 5.000000e-01>>, tensor<8x1x1x8x!quant.uniform<i8<-8:7>:f32, 1.0>>) -> tensor<1x4x4x8xi32>
  %5 = oqat.rescale %4 scale dense<0.5> : tensor<8xf32> bias dense<0.0> : tensor<8xf32> : tensor<1x4x4x8xi32> -> tensor<1x4x4x8xf32>
  %6 = oqat.add %5, %stem : tensor<1x4x4x8xf32>
  // CHECK: %[[POOL:.*]] = bitpack.pool "pool" %[[PL]] fraction 3
  %p = oqat.pool %6 {fraction = 3 : i32} : tensor<1x4x4x8xf32> -> tensor<1x1x1x8xf32>
  // CHECK: %[[L:.*]] = bitpack.linear "classifier" %[[POOL]] weights dense<1.000000e+00> : tensor<2x8xf32> bias dense<0.000000e+00> : tensor<2xf32>
  // CHECK: bitpack.return %[[L]]
  %wl = oqat.constant_weight dense<1.0> : tensor<2x8xf32> layer "classifier"
  %l = oqat.linear %p, %wl bias @classifier.bias : (tensor<1x1x1x8xf32>, tensor<2x8xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}

// -----

// A sum joins the convolution that comes last; what can't join stands alone.

oqat.parameter @classifier.bias kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
// CHECK-LABEL: bitpack.network @sums
oqat.supernet @sums (%image: tensor<1x4x4x3xui8>) -> tensor<1x2xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %v = oqat.constant_weight dense<2.0> : tensor<3x1x1x3xf32> layer "b"
  // CHECK: %[[A:.*]] = bitpack.float_conv2d "a" {{.*}} stride 1 : tensor
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x4x4x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: %[[B:.*]] = bitpack.float_conv2d "b" {{.*}} residual(%[[A]] : tensor<1x4x4x3xf32>)
  %b = oqat.conv2d %x, %v stride 1 : (tensor<1x4x4x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x4x4x3xf32>
  %s = oqat.add %a, %b : tensor<1x4x4x3xf32>
  // CHECK: %[[TWICE:.*]] = bitpack.elementwise "add" %[[B]] residual(%[[B]] : tensor<1x4x4x3xf32>) :
  %t = oqat.add %s, %s : tensor<1x4x4x3xf32>
  // CHECK: %[[ACT:.*]] = bitpack.elementwise "activation" %[[TWICE]] activation relu residual(%[[B]] : tensor<1x4x4x3xf32>) :
  %r = oqat.activation relu %t : tensor<1x4x4x3xf32>
  %u = oqat.add %r, %s : tensor<1x4x4x3xf32>
  %p = oqat.pool %u {fraction = 3 : i32} : tensor<1x4x4x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x3xf32> layer "classifier"
  %l = oqat.linear %p, %wl bias @classifier.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}
