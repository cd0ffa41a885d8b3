// Golden tensors of golden/make_golden_ends.py, made with numpy alone: 8-bit ends
// (N17), squeeze-excite included, and a run of two additions onto a residual
// stream of codes (N7). As in golden.mlir each line runs the elastic network, the
// fixed one, and the integer one before and after folding.

// RUN: echo '{"image_size": 9, "e": [3], "bits_w": 2, "bits_a": 2, "bits_ends": 8, "residual": "i8"}' > %t2.json
// RUN: oqat-opt %s -oqat-load-weights=file=%S/golden/ends-2b.safetensors -oqat-interpret='golden=%S/golden/ends-2b.safetensors subnet=%t2.json' -oqat-materialize-subnet=subnet-file=%t2.json -oqat-verify-subnet -oqat-interpret=golden=%S/golden/ends-2b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/ends-2b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/ends-2b.safetensors -o %t.out.mlir | FileCheck %s
// RUN: echo '{"image_size": 9, "e": [2], "bits_w": 4, "bits_a": 4, "bits_ends": 8, "residual": "i8"}' > %t4.json
// RUN: oqat-opt %s -oqat-load-weights=file=%S/golden/ends-4b.safetensors -oqat-interpret='golden=%S/golden/ends-4b.safetensors subnet=%t4.json' -oqat-materialize-subnet=subnet-file=%t4.json -oqat-verify-subnet -oqat-interpret=golden=%S/golden/ends-4b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/ends-4b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/ends-4b.safetensors -o %t.out.mlir | FileCheck %s
// RUN: echo '{"image_size": 9, "e": [3], "bits_w": 8, "bits_a": 8, "bits_ends": 8, "residual": "i8"}' > %t8.json
// RUN: oqat-opt %s -oqat-load-weights=file=%S/golden/ends-8b.safetensors -oqat-interpret='golden=%S/golden/ends-8b.safetensors subnet=%t8.json' -oqat-materialize-subnet=subnet-file=%t8.json -oqat-verify-subnet -oqat-interpret=golden=%S/golden/ends-8b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/ends-8b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/ends-8b.safetensors -o %t.out.mlir | FileCheck %s

// CHECK-COUNT-4: b.safetensors: 19 tensors equal

// The same network decides for full precision where the subnet says nothing.
// RUN: oqat-opt %s -oqat-materialize-subnet='subnet={"image_size": 9, "e": [2], "bits_w": 4, "bits_a": 4}' | FileCheck %s --check-prefix=FLOAT
// FLOAT-NOT: _ends
// FLOAT-NOT: residual_step
// FLOAT-NOT: gate_step
// FLOAT: oqat.squeeze_excite %{{.*}} reduce @b1.se.reduce.weight, @b1.se.reduce.bias expand @b1.se.expand.weight, @b1.se.expand.bias : tensor<1x5x5x16xf32>
// FLOAT: oqat.add %{{.*}}, %{{.*}} : tensor<1x5x5x8xf32>

oqat.space @space {
  oqat.choice @image_size key "image_size" values [9]
  oqat.choice @e_0 key "e" index 0 values [2, 3]
  oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
  oqat.choice @residual key "residual" values [8, 32] default 32
}
oqat.parameter @stem.weight kind weight : tensor<8x3x3x3xf32>
oqat.parameter @stem.weight_step kind step : tensor<f32>
oqat.parameter @stem.input_step kind step : tensor<f32>
oqat.parameter @stem.bn.gamma kind gamma : tensor<8xf32>
oqat.parameter @stem.bn.beta kind beta : tensor<8xf32>
oqat.parameter @stem.bn.mean kind mean : tensor<8xf32>
oqat.parameter @stem.bn.variance kind variance : tensor<8xf32>
oqat.parameter @b1.ib.weight kind weight : tensor<24x1x1x8xf32>
oqat.parameter @b1.ib.weight_step kind step : tensor<f32>
oqat.parameter @b1.ib.input_step kind step : tensor<f32>
oqat.parameter @b1.ib.bn.gamma kind gamma : tensor<24xf32>
oqat.parameter @b1.ib.bn.beta kind beta : tensor<24xf32>
oqat.parameter @b1.ib.bn.mean kind mean : tensor<24xf32>
oqat.parameter @b1.ib.bn.variance kind variance : tensor<24xf32>
oqat.parameter @b1.dw.weight kind weight : tensor<24x5x5x1xf32>
oqat.parameter @b1.dw.weight_step kind step : tensor<f32>
oqat.parameter @b1.dw.input_step kind step : tensor<f32>
oqat.parameter @b1.dw.bn.gamma kind gamma : tensor<24xf32>
oqat.parameter @b1.dw.bn.beta kind beta : tensor<24xf32>
oqat.parameter @b1.dw.bn.mean kind mean : tensor<24xf32>
oqat.parameter @b1.dw.bn.variance kind variance : tensor<24xf32>
oqat.parameter @b1.se.reduce.weight kind weight : tensor<8x1x1x24xf32>
oqat.parameter @b1.se.reduce.bias kind bias : tensor<8xf32>
oqat.parameter @b1.se.expand.weight kind weight : tensor<24x1x1x8xf32>
oqat.parameter @b1.se.expand.bias kind bias : tensor<24xf32>
oqat.parameter @b1.se.input_step kind step : tensor<f32>
oqat.parameter @b1.se.reduce.input_step kind step : tensor<f32>
oqat.parameter @b1.se.reduce.weight_step kind step : tensor<f32>
oqat.parameter @b1.se.expand.input_step kind step : tensor<f32>
oqat.parameter @b1.se.expand.weight_step kind step : tensor<f32>
oqat.parameter @b1.se.gate_step kind step constant : tensor<f32> = dense<0x3B808081> : tensor<f32>
oqat.parameter @b1.residual_step kind step : tensor<f32>
oqat.parameter @b1.pl.weight kind weight : tensor<8x1x1x24xf32>
oqat.parameter @b1.pl.weight_step kind step : tensor<f32>
oqat.parameter @b1.pl.input_step kind step : tensor<f32>
oqat.parameter @b1.pl.bn.gamma kind gamma : tensor<8xf32>
oqat.parameter @b1.pl.bn.beta kind beta : tensor<8xf32>
oqat.parameter @b1.pl.bn.mean kind mean : tensor<8xf32>
oqat.parameter @b1.pl.bn.variance kind variance : tensor<8xf32>
oqat.parameter @b2.pl.weight kind weight : tensor<8x1x1x8xf32>
oqat.parameter @b2.pl.weight_step kind step : tensor<f32>
oqat.parameter @b2.pl.input_step kind step : tensor<f32>
oqat.parameter @b2.pl.bn.gamma kind gamma : tensor<8xf32>
oqat.parameter @b2.pl.bn.beta kind beta : tensor<8xf32>
oqat.parameter @b2.pl.bn.mean kind mean : tensor<8xf32>
oqat.parameter @b2.pl.bn.variance kind variance : tensor<8xf32>
oqat.parameter @final_expand.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @final_expand.weight_step kind step : tensor<f32>
oqat.parameter @final_expand.input_step kind step : tensor<f32>
oqat.parameter @final_expand.bn.gamma kind gamma : tensor<16xf32>
oqat.parameter @final_expand.bn.beta kind beta : tensor<16xf32>
oqat.parameter @final_expand.bn.mean kind mean : tensor<16xf32>
oqat.parameter @final_expand.bn.variance kind variance : tensor<16xf32>
oqat.parameter @feature_mix.weight kind weight : tensor<24x1x1x16xf32>
oqat.parameter @feature_mix.weight_step kind step : tensor<f32>
oqat.parameter @feature_mix.input_step kind step : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<5x24xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32>
oqat.parameter @classifier.weight_step kind step : tensor<f32>
oqat.parameter @classifier.input_step kind step : tensor<f32>
oqat.supernet @golden space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x5xf32> {
  %x = oqat.normalize %image mean [0.5, 0.4375, 0.375] std [0.25, 0.1875, 0.3125] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %stem_w = oqat.weight @stem.weight : tensor<8x3x3x3xf32>
  %stem_a = oqat.fake_quantize %x step @stem.input_step bits @bits_ends signed : tensor<?x?x?x?xf32>
  %stem_wq = oqat.fake_quantize %stem_w step @stem.weight_step bits @bits_ends signed : tensor<8x3x3x3xf32>
  %stem = oqat.conv2d %stem_a, %stem_wq stride 2 : (tensor<?x?x?x?xf32>, tensor<8x3x3x3xf32>) -> tensor<?x?x?x?xf32>
  %stem_bn = oqat.batch_norm %stem gamma @stem.bn.gamma beta @stem.bn.beta mean @stem.bn.mean variance @stem.bn.variance : tensor<?x?x?x?xf32>
  %stem_act = oqat.activation h_swish %stem_bn : tensor<?x?x?x?xf32>
  %in = oqat.fake_quantize %stem_act step @b1.residual_step bits @residual signed : tensor<?x?x?x?xf32>

  %ib_a = oqat.fake_quantize %in step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %ib_w = oqat.weight @b1.ib.weight out <8 * @e_0> : tensor<?x1x1x8xf32>
  %ib_wq = oqat.fake_quantize %ib_w step @b1.ib.weight_step bits @bits_w signed : tensor<?x1x1x8xf32>
  %ib = oqat.conv2d %ib_a, %ib_wq stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %ib_bn = oqat.batch_norm %ib gamma @b1.ib.bn.gamma beta @b1.ib.bn.beta mean @b1.ib.bn.mean variance @b1.ib.bn.variance : tensor<?x?x?x?xf32>
  %ib_act = oqat.activation h_swish %ib_bn : tensor<?x?x?x?xf32>

  %dw_a = oqat.fake_quantize %ib_act step @b1.dw.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %dw_w = oqat.weight @b1.dw.weight out <8 * @e_0> : tensor<?x3x3x1xf32>
  %dw_wq = oqat.fake_quantize %dw_w step @b1.dw.weight_step bits @bits_w signed : tensor<?x3x3x1xf32>
  %dw = oqat.conv2d %dw_a, %dw_wq stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<?x3x3x1xf32>) -> tensor<?x?x?x?xf32>
  %dw_bn = oqat.batch_norm %dw gamma @b1.dw.bn.gamma beta @b1.dw.bn.beta mean @b1.dw.bn.mean variance @b1.dw.bn.variance : tensor<?x?x?x?xf32>
  %dw_act = oqat.activation h_swish %dw_bn : tensor<?x?x?x?xf32>
  %se = oqat.squeeze_excite %dw_act reduce @b1.se.reduce.weight, @b1.se.reduce.bias expand @b1.se.expand.weight, @b1.se.expand.bias steps [@b1.se.input_step, @b1.se.reduce.input_step, @b1.se.reduce.weight_step, @b1.se.expand.input_step, @b1.se.expand.weight_step, @b1.se.gate_step] bits @bits_ends signed : tensor<?x?x?x?xf32>

  %pl_a = oqat.fake_quantize %se step @b1.pl.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %pl_w = oqat.weight @b1.pl.weight in <8 * @e_0> : tensor<8x1x1x?xf32>
  %pl_wq = oqat.fake_quantize %pl_w step @b1.pl.weight_step bits @bits_w signed : tensor<8x1x1x?xf32>
  %pl = oqat.conv2d %pl_a, %pl_wq stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %pl_bn = oqat.batch_norm %pl gamma @b1.pl.bn.gamma beta @b1.pl.bn.beta mean @b1.pl.bn.mean variance @b1.pl.bn.variance : tensor<?x?x?x?xf32>
  %mid = oqat.add %pl_bn, %in step @b1.residual_step bits @residual : tensor<?x?x?x?xf32>

  %pl2_a = oqat.fake_quantize %mid step @b2.pl.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %pl2_w = oqat.weight @b2.pl.weight : tensor<8x1x1x8xf32>
  %pl2_wq = oqat.fake_quantize %pl2_w step @b2.pl.weight_step bits @bits_w signed : tensor<8x1x1x8xf32>
  %pl2 = oqat.conv2d %pl2_a, %pl2_wq stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %pl2_bn = oqat.batch_norm %pl2 gamma @b2.pl.bn.gamma beta @b2.pl.bn.beta mean @b2.pl.bn.mean variance @b2.pl.bn.variance : tensor<?x?x?x?xf32>
  %out = oqat.add %pl2_bn, %mid step @b1.residual_step bits @residual : tensor<?x?x?x?xf32>

  %fe_a = oqat.fake_quantize %out step @final_expand.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %fe_w = oqat.weight @final_expand.weight : tensor<16x1x1x8xf32>
  %fe_wq = oqat.fake_quantize %fe_w step @final_expand.weight_step bits @bits_w signed : tensor<16x1x1x8xf32>
  %fe = oqat.conv2d %fe_a, %fe_wq stride 1 : (tensor<?x?x?x?xf32>, tensor<16x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %fe_bn = oqat.batch_norm %fe gamma @final_expand.bn.gamma beta @final_expand.bn.beta mean @final_expand.bn.mean variance @final_expand.bn.variance : tensor<?x?x?x?xf32>
  %fe_act = oqat.activation h_swish %fe_bn : tensor<?x?x?x?xf32>
  %pooled = oqat.pool %fe_act : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>

  %fm_a = oqat.fake_quantize %pooled step @feature_mix.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %fm_w = oqat.weight @feature_mix.weight : tensor<24x1x1x16xf32>
  %fm_wq = oqat.fake_quantize %fm_w step @feature_mix.weight_step bits @bits_w signed : tensor<24x1x1x16xf32>
  %fm = oqat.conv2d %fm_a, %fm_wq stride 1 : (tensor<?x?x?x?xf32>, tensor<24x1x1x16xf32>) -> tensor<?x?x?x?xf32>
  %fm_act = oqat.activation h_swish %fm : tensor<?x?x?x?xf32>
  %wl = oqat.weight @classifier.weight : tensor<5x24xf32>
  %wlq = oqat.fake_quantize %wl step @classifier.weight_step bits @bits_ends signed : tensor<5x24xf32>
  %fm_q = oqat.fake_quantize %fm_act step @classifier.input_step bits @bits_ends signed : tensor<?x?x?x?xf32>
  %logits = oqat.linear %fm_q, %wlq bias @classifier.bias : (tensor<?x?x?x?xf32>, tensor<5x24xf32>) -> tensor<?x5xf32>
  oqat.return %logits : tensor<?x5xf32>
}
