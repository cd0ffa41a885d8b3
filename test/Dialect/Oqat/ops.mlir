// RUN: oqat-opt %s | oqat-opt | FileCheck %s
// RUN: oqat-opt %s -mlir-print-op-generic | oqat-opt | FileCheck %s
// RUN: oqat-opt %s -emit-bytecode | oqat-opt | FileCheck %s

// CHECK-LABEL: oqat.space @space {
// CHECK-NEXT: oqat.choice @image_size key "image_size" values [24, 28, 32]
// CHECK-NEXT: oqat.choice @ks_0 key "ks" index 0 values [3, 5]
oqat.space @space {
  oqat.choice @image_size key "image_size" values [24, 28, 32]
  oqat.choice @ks_0 key "ks" index 0 values [3, 5]
  oqat.choice @e_0 key "e" index 0 values [2, 3, 4]
  oqat.choice @d_0 key "d" index 0 values [1, 2]
  // CHECK: oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 3, 4, 8]
  // CHECK: oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
}

// CHECK: oqat.parameter @stem.weight kind weight : tensor<16x3x3x3xf32>
oqat.parameter @stem.weight kind weight : tensor<16x3x3x3xf32>
oqat.parameter @g kind gamma : tensor<64xf32>
oqat.parameter @b kind beta : tensor<64xf32>
oqat.parameter @m kind mean : tensor<64xf32>
oqat.parameter @v kind variance : tensor<64xf32>
// CHECK: oqat.parameter @b1.ib.input_step kind step : tensor<f32> = dense<2.500000e-01> : tensor<f32>
oqat.parameter @b1.ib.input_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
// CHECK: oqat.parameter @b1.ib.weight_step kind step : tensor<4xf32>
oqat.parameter @b1.ib.weight_step kind step : tensor<4xf32>
oqat.parameter @b1.ib.weight kind weight : tensor<64x1x1x16xf32>
oqat.parameter @b1.dw.weight kind weight : tensor<64x5x5x1xf32>
oqat.parameter @b1.dw.weight_step kind step : tensor<f32>
oqat.parameter @b1.dw.input_step kind step : tensor<f32>
// CHECK: oqat.parameter @gate_step kind step constant : tensor<f32> = dense<0.00392156886> : tensor<f32>
oqat.parameter @gate_step kind step constant : tensor<f32> = dense<0x3B808081> : tensor<f32>
oqat.parameter @run.residual_step kind step : tensor<f32>
// CHECK: kind transform : tensor<9x9xf32>
oqat.parameter @b1.dw.transform_5to3 kind transform : tensor<9x9xf32>
oqat.parameter @r.weight kind weight : tensor<16x1x1x64xf32>
// CHECK: kind bias : tensor<16xf32>
oqat.parameter @r.bias kind bias : tensor<16xf32>
oqat.parameter @e.weight kind weight : tensor<64x1x1x16xf32>
oqat.parameter @e.bias kind bias : tensor<64xf32>
oqat.parameter @classifier.weight kind weight : tensor<10x64xf32>
oqat.parameter @classifier.bias kind bias : tensor<10xf32>

// CHECK-LABEL: oqat.supernet @net space @space (%{{.*}}: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
oqat.supernet @net space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  // CHECK: oqat.normalize %{{.*}} mean [4.914000e-01, 5.000000e-01, 5.000000e-01] std [2.500000e-01, 2.500000e-01, 2.500000e-01] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %0 = oqat.normalize %image mean [0.4914, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  // CHECK: oqat.weight @stem.weight : tensor<16x3x3x3xf32>
  %w = oqat.weight @stem.weight : tensor<16x3x3x3xf32>
  // CHECK: oqat.conv2d %{{.*}}, %{{.*}} stride 2 : (tensor<?x?x?x?xf32>, tensor<16x3x3x3xf32>) -> tensor<?x?x?x?xf32>
  %1 = oqat.conv2d %0, %w stride 2 : (tensor<?x?x?x?xf32>, tensor<16x3x3x3xf32>) -> tensor<?x?x?x?xf32>
  // CHECK: oqat.batch_norm %{{.*}} gamma @g beta @b mean @m variance @v : tensor<?x?x?x?xf32>
  %2 = oqat.batch_norm %1 gamma @g beta @b mean @m variance @v : tensor<?x?x?x?xf32>
  // CHECK: oqat.activation h_swish %{{.*}} : tensor<?x?x?x?xf32>
  %3 = oqat.activation h_swish %2 : tensor<?x?x?x?xf32>
  // CHECK: oqat.stage choice @d_0 (%[[ARG:.*]] = %{{.*}} : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %s = oqat.stage choice @d_0 (%x = %3 : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
    // CHECK: oqat.fake_quantize %[[ARG]] step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
    %q = oqat.fake_quantize %x step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
    // CHECK: oqat.weight @b1.ib.weight out <16 * @e_0> : tensor<?x1x1x16xf32>
    %w1 = oqat.weight @b1.ib.weight out <16 * @e_0> : tensor<?x1x1x16xf32>
    // CHECK: oqat.fake_quantize %{{.*}} step @b1.ib.weight_step bits @bits_w signed : tensor<?x1x1x16xf32>
    %wq = oqat.fake_quantize %w1 step @b1.ib.weight_step bits @bits_w signed : tensor<?x1x1x16xf32>
    %4 = oqat.conv2d %q, %wq stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x16xf32>) -> tensor<?x?x?x?xf32>
    %5 = oqat.fake_quantize %4 step @b1.dw.input_step bits @bits_a : tensor<?x?x?x?xf32>
    // CHECK: oqat.weight @b1.dw.weight out <16 * @e_0> kernel @ks_0 transforms [@b1.dw.transform_5to3] : tensor<?x?x?x1xf32>
    %w2 = oqat.weight @b1.dw.weight out <16 * @e_0> kernel @ks_0 transforms [@b1.dw.transform_5to3] : tensor<?x?x?x1xf32>
    %w2q = oqat.fake_quantize %w2 step @b1.dw.weight_step bits @bits_w signed : tensor<?x?x?x1xf32>
    // CHECK: oqat.conv2d %{{.*}}, %{{.*}} stride 1 depthwise :
    %6 = oqat.conv2d %5, %w2q stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<?x?x?x1xf32>) -> tensor<?x?x?x?xf32>
    // CHECK: oqat.squeeze_excite %{{.*}} reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<?x?x?x?xf32>
    %7 = oqat.squeeze_excite %6 reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<?x?x?x?xf32>
    // CHECK: oqat.squeeze_excite %{{.*}} expand @e.weight, @e.bias steps [@run.residual_step, @run.residual_step, @run.residual_step, @run.residual_step, @run.residual_step, @gate_step] bits @bits_ends signed : tensor<?x?x?x?xf32>
    %8 = oqat.squeeze_excite %6 reduce @r.weight, @r.bias expand @e.weight, @e.bias steps [@run.residual_step, @run.residual_step, @run.residual_step, @run.residual_step, @run.residual_step, @gate_step] bits @bits_ends signed : tensor<?x?x?x?xf32>
    // CHECK: oqat.yield %{{.*}} : tensor<?x?x?x?xf32>
    oqat.yield %7 : tensor<?x?x?x?xf32>
  } {
    // CHECK: } {
    // CHECK-NEXT: oqat.add %[[ARG]], %[[ARG]] : tensor<?x?x?x?xf32>
    %a = oqat.add %x, %x : tensor<?x?x?x?xf32>
    // CHECK: oqat.add %{{.*}}, %[[ARG]] step @run.residual_step bits @bits_ends : tensor<?x?x?x?xf32>
    %a2 = oqat.add %a, %x step @run.residual_step bits @bits_ends : tensor<?x?x?x?xf32>
    oqat.yield %a : tensor<?x?x?x?xf32>
  }
  // CHECK: oqat.pool %{{.*}} : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %p = oqat.pool %s : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  // CHECK: oqat.bias %{{.*}} parameter @e.bias : tensor<?x?x?x?xf32>
  %bias = oqat.bias %p parameter @e.bias : tensor<?x?x?x?xf32>
  // CHECK: oqat.scale %{{.*}}, %{{.*}} : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>
  %scaled = oqat.scale %s, %bias : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>
  // CHECK: oqat.weight @classifier.weight : tensor<10x64xf32>
  %wl = oqat.weight @classifier.weight : tensor<10x64xf32>
  // CHECK: oqat.fake_quantize %{{.*}} step @b1.ib.input_step bits 32 :
  %f = oqat.fake_quantize %bias step @b1.ib.input_step bits 32 : tensor<?x?x?x?xf32>
  // CHECK: oqat.linear %{{.*}}, %{{.*}} bias @classifier.bias : (tensor<?x?x?x?xf32>, tensor<10x64xf32>) -> tensor<?x10xf32>
  %l = oqat.linear %p, %wl bias @classifier.bias : (tensor<?x?x?x?xf32>, tensor<10x64xf32>) -> tensor<?x10xf32>
  // CHECK: oqat.return %{{.*}} : tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// CHECK-LABEL: oqat.supernet @fixed subnet "{}" (%{{.*}}: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
oqat.supernet @fixed subnet "{}" (%image: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %image mean [0.0, 0.0, 0.0] std [0.00392156862745098, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  // CHECK: oqat.constant_weight dense<5.000000e-01> : tensor<16x3x3x3xf32> layer "stem"
  %w = oqat.constant_weight dense<0.5> : tensor<16x3x3x3xf32> layer "stem"
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<16x3x3x3xf32>) -> tensor<1x8x8x16xf32>
  // CHECK: oqat.rescale %{{.*}} scale dense<5.000000e-01> : tensor<16xf32> bias dense<0.000000e+00> : tensor<16xf32> : tensor<1x8x8x16xf32> -> tensor<1x8x8x16xf32>
  %2 = oqat.rescale %1 scale dense<0.5> : tensor<16xf32> bias dense<0.0> : tensor<16xf32> : tensor<1x8x8x16xf32> -> tensor<1x8x8x16xf32>
  // CHECK: oqat.quantize %{{.*}} step 2.500000e-01 name "b1.ib.input" : tensor<1x8x8x16xf32> -> tensor<1x8x8x16x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
  %q = oqat.quantize %2 step 0.25 name "b1.ib.input" : tensor<1x8x8x16xf32> -> tensor<1x8x8x16x!quant.uniform<u8<0:3>:f32, 0.25>>
  // CHECK: oqat.constant_codes dense<1> : tensor<64x1x1x16xi8> step 1.000000e-01 layer "b1.ib" : tensor<64x1x1x16x!quant.uniform<i8<-2:1>:f32, 1.000000e-01>>
  %wc = oqat.constant_codes dense<1> : tensor<64x1x1x16xi8> step 0.1 layer "b1.ib" : tensor<64x1x1x16x!quant.uniform<i8<-2:1>:f32, 0.1>>
  // CHECK: oqat.conv2d %{{.*}}, %{{.*}} stride 1 : ({{.*}}) -> tensor<1x8x8x64xi32>
  %acc = oqat.conv2d %q, %wc stride 1 : (tensor<1x8x8x16x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<64x1x1x16x!quant.uniform<i8<-2:1>:f32, 0.1>>) -> tensor<1x8x8x64xi32>
  // CHECK: oqat.dequantize %{{.*}} input_step 2.500000e-01 weight_step 1.000000e-01 : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
  %z = oqat.dequantize %acc input_step 0.25 weight_step 0.1 : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
  // CHECK: oqat.pool %{{.*}} {fraction = 14 : i32} : tensor<1x8x8x64xf32> -> tensor<1x1x1x64xf32>
  %p = oqat.pool %z {fraction = 14 : i32} : tensor<1x8x8x64xf32> -> tensor<1x1x1x64xf32>
  // CHECK: oqat.pool %{{.*}} layer "se.pool" : tensor<1x8x8x64xf32> -> tensor<1x1x1x64xf32>
  %named = oqat.pool %z layer "se.pool" : tensor<1x8x8x64xf32> -> tensor<1x1x1x64xf32>
  %r = oqat.quantize %z step 0.5 name "run.residual" : tensor<1x8x8x64xf32> -> tensor<1x8x8x64x!quant.uniform<i8:f32, 0.5>>
  // CHECK: oqat.residual_add %{{.*}}, %{{.*}} step 5.000000e-01 name "run.residual.1" : tensor<1x8x8x64xf32>, tensor<1x8x8x64x!quant.uniform<i8:f32, 5.000000e-01>>
  %s = oqat.residual_add %z, %r step 0.5 name "run.residual.1" : tensor<1x8x8x64xf32>, tensor<1x8x8x64x!quant.uniform<i8:f32, 0.5>>
  // CHECK: oqat.decode %{{.*}} step 5.000000e-01 : tensor<1x8x8x64x!quant.uniform<i8:f32, 5.000000e-01>> -> tensor<1x8x8x64xf32>
  %d = oqat.decode %s step 0.5 : tensor<1x8x8x64x!quant.uniform<i8:f32, 0.5>> -> tensor<1x8x8x64xf32>
  %c = oqat.quantize %p step 0.5 name "classifier.input" : tensor<1x1x1x64xf32> -> tensor<1x1x1x64x!quant.uniform<u8:f32, 0.5>>
  %lc = oqat.constant_codes dense<1> : tensor<10x64xi8> step 0.1 layer "classifier" : tensor<10x64x!quant.uniform<i8:f32, 0.1>>
  // CHECK: oqat.linear %{{.*}}, %{{.*}} : ({{.*}}) -> tensor<1x10xi32>
  %la = oqat.linear %c, %lc : (tensor<1x1x1x64x!quant.uniform<u8:f32, 0.5>>, tensor<10x64x!quant.uniform<i8:f32, 0.1>>) -> tensor<1x10xi32>
  // CHECK: oqat.rescale %{{.*}} : tensor<1x10xi32> -> tensor<1x10xf32>
  %l = oqat.rescale %la scale dense<0.05> : tensor<10xf32> bias dense<0.0> : tensor<10xf32> : tensor<1x10xi32> -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}

// Quantizer schemes, and steps per channel.

oqat.parameter @q.input_step kind step : tensor<f32>
oqat.parameter @q.input_offset kind offset : tensor<f32>
oqat.parameter @q.weight_step kind step : tensor<2x4xf32>
// CHECK-LABEL: func.func @schemes
func.func @schemes(%x: tensor<1x2x2x4xf32>) {
  // CHECK: oqat.fake_quantize %{{.*}} by #oqat.lsq_plus<offset = @q.input_offset> step @q.input_step bits 4 : tensor<1x2x2x4xf32>
  %0 = oqat.fake_quantize %x by #oqat.lsq_plus<offset = @q.input_offset> step @q.input_step bits 4 : tensor<1x2x2x4xf32>
  // CHECK: oqat.fake_quantize %{{.*}} by #oqat.pact step @q.input_step bits 1 : tensor<1x2x2x4xf32>
  %1 = oqat.fake_quantize %x by #oqat.pact step @q.input_step bits 1 : tensor<1x2x2x4xf32>
  // CHECK: oqat.fake_quantize %{{.*}} by #oqat.liq step @q.input_step bits 5 : tensor<1x2x2x4xf32>
  %2 = oqat.fake_quantize %x by #oqat.liq step @q.input_step bits 5 : tensor<1x2x2x4xf32>
  // CHECK: oqat.fake_quantize %{{.*}} by #oqat.lsq step @q.weight_step entry 1 bits 7 signed axis 3 : tensor<1x2x2x4xf32>
  %3 = oqat.fake_quantize %x by #oqat.lsq step @q.weight_step entry 1 bits 7 signed axis 3 : tensor<1x2x2x4xf32>
  %w = oqat.weight @q.weight : tensor<4x1x1x4xf32>
  // CHECK: oqat.fake_quantize %{{.*}} by #oqat.liq<normalize> step @q.weight_step entry 0 bits 1 signed axis 0 : tensor<4x1x1x4xf32>
  %4 = oqat.fake_quantize %w by #oqat.liq<normalize> step @q.weight_step entry 0 bits 1 signed axis 0 : tensor<4x1x1x4xf32>
  return
}
oqat.parameter @q.weight kind weight : tensor<4x1x1x4xf32>

// CHECK-LABEL: func.func @codes
func.func @codes(%x: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  // CHECK: oqat.quantize %{{.*}} step 5.000000e-01 name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:15>:f32, 5.000000e-01:3>>
  %0 = oqat.quantize %x step 0.5 name "a" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<u8<0:15>:f32, 0.5:3>>
  // CHECK: oqat.quantize %{{.*}} steps dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32> name "b" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<i8<-8:7>:f32:3, {5.000000e-01,2.500000e-01}>>
  %1 = oqat.quantize %x steps dense<[0.5, 0.25]> : tensor<2xf32> name "b" : tensor<1x2x2x2xf32> -> tensor<1x2x2x2x!quant.uniform<i8<-8:7>:f32:3, {0.5, 0.25}>>
  // CHECK: oqat.constant_codes dense<-1> : tensor<2x3x3x1xi8> steps dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32> odd layer "c" : tensor<2x3x3x1x!quant.uniform<i8<-1:0>:f32:0, {5.000000e-01,2.500000e-01}>>
  %w = oqat.constant_codes dense<-1> : tensor<2x3x3x1xi8> steps dense<[0.5, 0.25]> : tensor<2xf32> odd layer "c" : tensor<2x3x3x1x!quant.uniform<i8<-1:0>:f32:0, {0.5, 0.25}>>
  %2 = oqat.conv2d %1, %w stride 1 depthwise : (tensor<1x2x2x2x!quant.uniform<i8<-8:7>:f32:3, {0.5, 0.25}>>, tensor<2x3x3x1x!quant.uniform<i8<-1:0>:f32:0, {0.5, 0.25}>>) -> tensor<1x2x2x2xi32>
  // CHECK: oqat.dequantize %{{.*}} input_steps dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32> weight_steps dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32> : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  %3 = oqat.dequantize %2 input_steps dense<[0.5, 0.25]> : tensor<2xf32> weight_steps dense<[0.5, 0.25]> : tensor<2xf32> : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  return %3 : tensor<1x2x2x2xf32>
}
