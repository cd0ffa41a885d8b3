// The interpreter reproduces golden tensors that golden/make_schemes.py made with
// numpy alone: one block whose quantizers are of every scheme, signed, around a
// zero point and per channel, its weights without zero.
//
// Each line runs the fixed network, and the integer one as the quantizers are
// frozen, when batch norm is folded, and packed: four times the same.

// RUN: sed 's/bits 9002/bits 2/; s/bits 9001/bits 1/' %s > %t.1.mlir
// RUN: oqat-opt %t.1.mlir -oqat-load-weights=file=%S/golden/schemes-1b.safetensors -oqat-interpret=golden=%S/golden/schemes-1b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/schemes-1b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/schemes-1b.safetensors -convert-oqat-to-bitpack -oqat-interpret=golden=%S/golden/schemes-1b.safetensors -o %t.out.mlir | FileCheck %s
// RUN: sed 's/bits 9002/bits 2/; s/bits 9001/bits 2/' %s > %t.2.mlir
// RUN: oqat-opt %t.2.mlir -oqat-load-weights=file=%S/golden/schemes-2b.safetensors -oqat-interpret=golden=%S/golden/schemes-2b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/schemes-2b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/schemes-2b.safetensors -convert-oqat-to-bitpack -oqat-interpret=golden=%S/golden/schemes-2b.safetensors -o %t.out.mlir | FileCheck %s
// RUN: sed 's/bits 9002/bits 5/; s/bits 9001/bits 5/' %s > %t.5.mlir
// RUN: oqat-opt %t.5.mlir -oqat-load-weights=file=%S/golden/schemes-5b.safetensors -oqat-interpret=golden=%S/golden/schemes-5b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/schemes-5b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/schemes-5b.safetensors -convert-oqat-to-bitpack -oqat-interpret=golden=%S/golden/schemes-5b.safetensors -o %t.out.mlir | FileCheck %s
// RUN: sed 's/bits 9002/bits 8/; s/bits 9001/bits 8/' %s > %t.8.mlir
// RUN: oqat-opt %t.8.mlir -oqat-load-weights=file=%S/golden/schemes-8b.safetensors -oqat-interpret=golden=%S/golden/schemes-8b.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%S/golden/schemes-8b.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%S/golden/schemes-8b.safetensors -convert-oqat-to-bitpack -oqat-interpret=golden=%S/golden/schemes-8b.safetensors -o %t.out.mlir | FileCheck %s

// CHECK-COUNT-4: b.safetensors: 8 tensors equal

oqat.parameter @stem.weight kind weight : tensor<8x3x3x3xf32>
oqat.parameter @stem.bn.gamma kind gamma : tensor<8xf32>
oqat.parameter @stem.bn.beta kind beta : tensor<8xf32>
oqat.parameter @stem.bn.mean kind mean : tensor<8xf32>
oqat.parameter @stem.bn.variance kind variance : tensor<8xf32>
oqat.parameter @b1.ib.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @b1.ib.weight_step kind step : tensor<16xf32>
oqat.parameter @b1.ib.input_step kind step : tensor<f32>
oqat.parameter @b1.ib.input_offset kind offset : tensor<f32>
oqat.parameter @b1.ib.bn.gamma kind gamma : tensor<16xf32>
oqat.parameter @b1.ib.bn.beta kind beta : tensor<16xf32>
oqat.parameter @b1.ib.bn.mean kind mean : tensor<16xf32>
oqat.parameter @b1.ib.bn.variance kind variance : tensor<16xf32>
oqat.parameter @b1.dw.weight kind weight : tensor<16x3x3x1xf32>
oqat.parameter @b1.dw.weight_step kind step : tensor<f32>
oqat.parameter @b1.dw.input_step kind step : tensor<16xf32>
oqat.parameter @b1.dw.bn.gamma kind gamma : tensor<16xf32>
oqat.parameter @b1.dw.bn.beta kind beta : tensor<16xf32>
oqat.parameter @b1.dw.bn.mean kind mean : tensor<16xf32>
oqat.parameter @b1.dw.bn.variance kind variance : tensor<16xf32>
oqat.parameter @b1.pl.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @b1.pl.weight_step kind step : tensor<f32>
oqat.parameter @b1.pl.input_step kind step : tensor<f32>
oqat.parameter @b1.pl.bn.gamma kind gamma : tensor<8xf32>
oqat.parameter @b1.pl.bn.beta kind beta : tensor<8xf32>
oqat.parameter @b1.pl.bn.mean kind mean : tensor<8xf32>
oqat.parameter @b1.pl.bn.variance kind variance : tensor<8xf32>
oqat.parameter @mix.weight kind weight : tensor<12x1x1x8xf32>
oqat.parameter @mix.weight_step kind step : tensor<12xf32>
oqat.parameter @mix.input_step kind step : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<5x12xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32>
oqat.supernet @golden(%image: tensor<1x9x9x3xui8>) -> tensor<1x5xf32> {
  %x = oqat.normalize %image mean [0.5, 0.4375, 0.375] std [0.25, 0.1875, 0.3125] : tensor<1x9x9x3xui8> -> tensor<1x9x9x3xf32>
  %stem_w = oqat.weight @stem.weight : tensor<8x3x3x3xf32>
  %stem = oqat.conv2d %x, %stem_w stride 2 : (tensor<1x9x9x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x5x5x8xf32>
  %stem_bn = oqat.batch_norm %stem gamma @stem.bn.gamma beta @stem.bn.beta mean @stem.bn.mean variance @stem.bn.variance : tensor<1x5x5x8xf32>
  %in = oqat.activation h_swish %stem_bn : tensor<1x5x5x8xf32>

  %ib_a = oqat.fake_quantize %in by #oqat.lsq_plus<offset = @b1.ib.input_offset> step @b1.ib.input_step bits 9001 : tensor<1x5x5x8xf32>
  %ib_w = oqat.weight @b1.ib.weight : tensor<16x1x1x8xf32>
  %ib_wq = oqat.fake_quantize %ib_w step @b1.ib.weight_step bits 9001 signed axis 0 : tensor<16x1x1x8xf32>
  %ib = oqat.conv2d %ib_a, %ib_wq stride 1 : (tensor<1x5x5x8xf32>, tensor<16x1x1x8xf32>) -> tensor<1x5x5x16xf32>
  %ib_bn = oqat.batch_norm %ib gamma @b1.ib.bn.gamma beta @b1.ib.bn.beta mean @b1.ib.bn.mean variance @b1.ib.bn.variance : tensor<1x5x5x16xf32>
  %ib_act = oqat.activation h_swish %ib_bn : tensor<1x5x5x16xf32>

  %dw_a = oqat.fake_quantize %ib_act step @b1.dw.input_step bits 9002 signed axis 3 : tensor<1x5x5x16xf32>
  %dw_w = oqat.weight @b1.dw.weight : tensor<16x3x3x1xf32>
  %dw_wq = oqat.fake_quantize %dw_w by #oqat.liq<normalize> step @b1.dw.weight_step bits 9001 signed : tensor<16x3x3x1xf32>
  %dw = oqat.conv2d %dw_a, %dw_wq stride 1 depthwise : (tensor<1x5x5x16xf32>, tensor<16x3x3x1xf32>) -> tensor<1x5x5x16xf32>
  %dw_bn = oqat.batch_norm %dw gamma @b1.dw.bn.gamma beta @b1.dw.bn.beta mean @b1.dw.bn.mean variance @b1.dw.bn.variance : tensor<1x5x5x16xf32>
  %dw_act = oqat.activation h_swish %dw_bn : tensor<1x5x5x16xf32>

  %pl_a = oqat.fake_quantize %dw_act by #oqat.liq step @b1.pl.input_step bits 9001 : tensor<1x5x5x16xf32>
  %pl_w = oqat.weight @b1.pl.weight : tensor<8x1x1x16xf32>
  %pl_wq = oqat.fake_quantize %pl_w by #oqat.liq step @b1.pl.weight_step bits 9001 signed : tensor<8x1x1x16xf32>
  %pl = oqat.conv2d %pl_a, %pl_wq stride 1 : (tensor<1x5x5x16xf32>, tensor<8x1x1x16xf32>) -> tensor<1x5x5x8xf32>
  %pl_bn = oqat.batch_norm %pl gamma @b1.pl.bn.gamma beta @b1.pl.bn.beta mean @b1.pl.bn.mean variance @b1.pl.bn.variance : tensor<1x5x5x8xf32>
  %out = oqat.add %pl_bn, %in : tensor<1x5x5x8xf32>

  %mix_a = oqat.fake_quantize %out by #oqat.pact step @mix.input_step bits 9001 : tensor<1x5x5x8xf32>
  %mix_w = oqat.weight @mix.weight : tensor<12x1x1x8xf32>
  %mix_wq = oqat.fake_quantize %mix_w step @mix.weight_step bits 1 signed axis 0 : tensor<12x1x1x8xf32>
  %mix = oqat.conv2d %mix_a, %mix_wq stride 1 : (tensor<1x5x5x8xf32>, tensor<12x1x1x8xf32>) -> tensor<1x5x5x12xf32>
  %mix_act = oqat.activation h_swish %mix : tensor<1x5x5x12xf32>
  %pooled = oqat.pool %mix_act : tensor<1x5x5x12xf32> -> tensor<1x1x1x12xf32>
  %wl = oqat.weight @classifier.weight : tensor<5x12xf32>
  %logits = oqat.linear %pooled, %wl bias @classifier.bias : (tensor<1x1x1x12xf32>, tensor<5x12xf32>) -> tensor<1x5xf32>
  oqat.return %logits : tensor<1x5xf32>
}
