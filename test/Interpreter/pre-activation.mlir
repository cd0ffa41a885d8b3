// A pre-activation network with a max pool and relu6 computes what an
// independent numpy script says: fixed, frozen, folded and packed.

// REQUIRES: numpy
// RUN: %python %S/Inputs/pre_activation.py %t.safetensors
// RUN: oqat-opt %s -oqat-load-weights=file=%t.safetensors -oqat-interpret=golden=%t.safetensors -oqat-freeze-quantizers -oqat-interpret=golden=%t.safetensors -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret=golden=%t.safetensors -convert-oqat-to-bitpack -oqat-interpret=golden=%t.safetensors -o %t.mlir | FileCheck %s
// CHECK-COUNT-4: tensors equal

// RUN: FileCheck %s --check-prefix=PACKED < %t.mlir
// PACKED: bitpack.max_pool "max_pool"
// PACKED: bitpack.elementwise {{.*}} activation relu6 quantize "conv.input"

oqat.parameter @stem.weight kind weight : tensor<6x3x3x3xf32>
oqat.parameter @pre.bn.gamma kind gamma : tensor<6xf32>
oqat.parameter @pre.bn.beta kind beta : tensor<6xf32>
oqat.parameter @pre.bn.mean kind mean : tensor<6xf32>
oqat.parameter @pre.bn.variance kind variance : tensor<6xf32>
oqat.parameter @conv.input_step kind step : tensor<f32>
oqat.parameter @conv.weight kind weight : tensor<6x3x3x6xf32>
oqat.parameter @conv.weight_step kind step : tensor<f32>
oqat.parameter @post.bn.gamma kind gamma : tensor<6xf32>
oqat.parameter @post.bn.beta kind beta : tensor<6xf32>
oqat.parameter @post.bn.mean kind mean : tensor<6xf32>
oqat.parameter @post.bn.variance kind variance : tensor<6xf32>
oqat.parameter @classifier.weight kind weight : tensor<3x6xf32>
oqat.parameter @classifier.bias kind bias : tensor<3xf32>
oqat.supernet @net(%image: tensor<1x9x9x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [5.000000e-01, 4.375000e-01, 3.750000e-01] std [2.500000e-01, 1.875000e-01, 3.125000e-01] : tensor<1x9x9x3xui8> -> tensor<1x9x9x3xf32>
  %sw = oqat.weight @stem.weight : tensor<6x3x3x3xf32>
  %s = oqat.conv2d %x, %sw stride 1 : (tensor<1x9x9x3xf32>, tensor<6x3x3x3xf32>) -> tensor<1x9x9x6xf32>
  %p = oqat.max_pool %s kernel 3 stride 2 : tensor<1x9x9x6xf32> -> tensor<1x5x5x6xf32>
  %n = oqat.batch_norm %p gamma @pre.bn.gamma beta @pre.bn.beta mean @pre.bn.mean variance @pre.bn.variance : tensor<1x5x5x6xf32>
  %a = oqat.activation relu6 %n : tensor<1x5x5x6xf32>
  %q = oqat.fake_quantize %a step @conv.input_step bits 4 : tensor<1x5x5x6xf32>
  %w = oqat.weight @conv.weight : tensor<6x3x3x6xf32>
  %wq = oqat.fake_quantize %w step @conv.weight_step bits 4 signed : tensor<6x3x3x6xf32>
  %c = oqat.conv2d %q, %wq stride 1 : (tensor<1x5x5x6xf32>, tensor<6x3x3x6xf32>) -> tensor<1x5x5x6xf32>
  %r = oqat.add %c, %p : tensor<1x5x5x6xf32>
  %m = oqat.batch_norm %r gamma @post.bn.gamma beta @post.bn.beta mean @post.bn.mean variance @post.bn.variance : tensor<1x5x5x6xf32>
  %t = oqat.activation relu %m : tensor<1x5x5x6xf32>
  %g = oqat.pool %t : tensor<1x5x5x6xf32> -> tensor<1x1x1x6xf32>
  %cw = oqat.weight @classifier.weight : tensor<3x6xf32>
  %l = oqat.linear %g, %cw bias @classifier.bias : (tensor<1x1x1x6xf32>, tensor<3x6xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
