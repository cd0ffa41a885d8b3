// The examples of the reference pages (test/Docs/examples.test).
// RUN: oqat-opt %s -split-input-file -allow-unregistered-dialect | oqat-opt -split-input-file -allow-unregistered-dialect -o /dev/null

oqat.space @space {
  oqat.choice @d_0 key "d" index 0 values [1, 2]
}

// -----

oqat.parameter @stem.weight kind weight : tensor<16x3x3x3xf32>
oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.1> : tensor<f32>
oqat.parameter @b1.ib.input_step kind step : tensor<4xf32>
oqat.parameter @b1.se.gate_step kind step constant : tensor<f32> = dense<0x3B808081> : tensor<f32>

// -----

oqat.space @space {
  oqat.choice @e_0 key "e" index 0 values [2, 3, 4]
  oqat.choice @ks_0 key "ks" index 0 values [3, 5]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
  oqat.choice @residual key "residual" values [8, 32] default 32
}
oqat.parameter @b1.dw.weight kind weight : tensor<64x5x5x1xf32>
oqat.parameter @b1.dw.transform_5to3 kind transform : tensor<9x9xf32>
oqat.parameter @b1.ib.input_step kind step : tensor<4xf32>
oqat.parameter @fc.bias kind bias : tensor<64xf32>
oqat.parameter @stage1.residual_step kind step : tensor<f32>
oqat.parameter @se.r.weight kind weight : tensor<16x1x1x64xf32>
oqat.parameter @se.r.bias kind bias : tensor<16xf32>
oqat.parameter @se.e.weight kind weight : tensor<64x1x1x16xf32>
oqat.parameter @se.e.bias kind bias : tensor<64xf32>
oqat.parameter @se.input_step kind step : tensor<f32>
oqat.parameter @se.r.input_step kind step : tensor<f32>
oqat.parameter @se.r.weight_step kind step : tensor<f32>
oqat.parameter @se.e.input_step kind step : tensor<f32>
oqat.parameter @se.e.weight_step kind step : tensor<f32>
oqat.parameter @se.gate_step kind step : tensor<f32>
oqat.supernet @net space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %w = oqat.weight @b1.dw.weight out <16 * @e_0> kernel @ks_0 transforms [@b1.dw.transform_5to3] : tensor<?x?x?x1xf32>
  %q = oqat.fake_quantize %x step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %2 = oqat.bias %q parameter @fc.bias : tensor<?x?x?x?xf32>
  %z = oqat.squeeze_excite %2 reduce @se.r.weight, @se.r.bias expand @se.e.weight, @se.e.bias : tensor<?x?x?x?xf32>
  %y = oqat.squeeze_excite %z reduce @se.r.weight, @se.r.bias expand @se.e.weight, @se.e.bias steps [@se.input_step, @se.r.input_step, @se.r.weight_step, @se.e.input_step, @se.e.weight_step, @se.gate_step] bits @bits_ends signed : tensor<?x?x?x?xf32>
  %r = oqat.add %z, %x : tensor<?x?x?x?xf32>
  %h = oqat.fake_quantize %x step @stage1.residual_step bits @residual signed : tensor<?x?x?x?xf32>
  %s = oqat.add %z, %h step @stage1.residual_step bits @residual : tensor<?x?x?x?xf32>
  %l = "some.op"(%y, %r, %s) : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

oqat.parameter @b1.dw.weight kind weight : tensor<64x5x5x1xf32>
oqat.parameter @b1.dw.transform_5to3 kind transform : tensor<9x9xf32>
oqat.parameter @classifier.weight kind weight : tensor<10x384xf32>
oqat.parameter @classifier.bias kind bias : tensor<10xf32>
oqat.parameter @b1.ib.weight kind weight : tensor<64x1x1x16xf32>
oqat.parameter @b1.ib.weight_step kind step : tensor<4xf32>
oqat.parameter @b1.ib.input_step kind step : tensor<f32>
oqat.parameter @b1.ib.input_offset kind offset : tensor<f32>
func.func @fixed(%a: tensor<1x32x32x3xf32>, %b: tensor<16x3x3x3xf32>, %f: tensor<1x1x1x384xf32>, %x: tensor<1x8x8x16xf32>) {
  %1 = oqat.conv2d %a, %b stride 2 : (tensor<1x32x32x3xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x16x16xf32>
  %d = oqat.weight @b1.dw.weight transforms [@b1.dw.transform_5to3] : tensor<48x3x3x1xf32>
  %c = oqat.weight @classifier.weight : tensor<10x384xf32>
  %l = oqat.linear %f, %c bias @classifier.bias : (tensor<1x1x1x384xf32>, tensor<10x384xf32>) -> tensor<1x10xf32>
  %w = oqat.weight @b1.ib.weight : tensor<64x1x1x16xf32>
  %q = oqat.fake_quantize %w step @b1.ib.weight_step entry 2 bits 4 signed : tensor<64x1x1x16xf32>
  %p = oqat.fake_quantize %x by #oqat.lsq_plus<offset = @b1.ib.input_offset> step @b1.ib.input_step bits 4 : tensor<1x8x8x16xf32>
  return
}
func.func @pools(%a: tensor<1x4x4x256xf32>, %b: tensor<1x4x4x64x!quant.uniform<u8:f32, 2.500000e-01>>, %y: tensor<1x8x8x64xf32>, %gate: tensor<1x1x1x64xf32>) {
  %p = oqat.pool %a : tensor<1x4x4x256xf32> -> tensor<1x1x1x256xf32>
  %q = oqat.pool %b step 2.500000e-01 layer "b1.se.pool" : tensor<1x4x4x64x!quant.uniform<u8:f32, 2.500000e-01>> -> tensor<1x1x1x64xf32>
  %z = oqat.scale %y, %gate : tensor<1x8x8x64xf32>, tensor<1x1x1x64xf32>
  return
}

// -----

oqat.parameter @b1.ib.weight kind weight : tensor<64x1x1x16xf32>
oqat.parameter @b1.ib.weight_step kind step : tensor<64xf32>
func.func @channels() attributes {width = #oqat.width<16 * @e_0>} {
  %w = oqat.weight @b1.ib.weight : tensor<64x1x1x16xf32>
  %q = oqat.fake_quantize %w by #oqat.liq<normalize> step @b1.ib.weight_step bits 4 signed axis 0 : tensor<64x1x1x16xf32>
  return
}

// -----

func.func @integer(%x: tensor<1x8x8x16xf32>, %q: tensor<1x8x8x16x!quant.uniform<i8:f32, 2.500000e-01>>, %acc: tensor<1x8x8x64xi32>) {
  %v = oqat.constant_codes dense<1> : tensor<64x1x1x16xi8> step 1.000000e-01 layer "b1.ib" : tensor<64x1x1x16x!quant.uniform<i8<-2:1>:f32, 1.000000e-01>>
  %w = oqat.constant_codes dense<-1> : tensor<2x1x1x16xi8> steps dense<[0.5, 0.25]> : tensor<2xf32> odd layer "b1.pl" : tensor<2x1x1x16x!quant.uniform<i8<-1:0>:f32:0, {0.5, 0.25}>>
  %y = oqat.decode %q step 2.500000e-01 : tensor<1x8x8x16x!quant.uniform<i8:f32, 2.500000e-01>> -> tensor<1x8x8x16xf32>
  %z = oqat.dequantize %acc input_step 2.500000e-01 weight_step 1.000000e-01 : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
  %r = oqat.rescale %acc scale dense<0.5> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
  %s = oqat.residual_add %x, %q step 2.500000e-01 name "stage1.residual.1" : tensor<1x8x8x16xf32>, tensor<1x8x8x16x!quant.uniform<i8:f32, 2.500000e-01>>
  %c = oqat.quantize %x step 2.500000e-01 name "b1.ib.input" : tensor<1x8x8x16xf32> -> tensor<1x8x8x16x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
  return
}
func.func @integer_channels(%x: tensor<1x8x8x2xf32>, %acc: tensor<1x8x8x2xi32>) {
  %q = oqat.quantize %x steps dense<[0.5, 0.25]> : tensor<2xf32> name "b1.dw.input" : tensor<1x8x8x2xf32> -> tensor<1x8x8x2x!quant.uniform<i8<-8:7>:f32:3, {0.5, 0.25}>>
  %z = oqat.dequantize %acc input_step 2.500000e-01 weight_steps dense<[0.5, 0.25]> : tensor<2xf32> : tensor<1x8x8x2xi32> -> tensor<1x8x8x2xf32>
  return
}
