// One MobileNetV3 block as an elastic network; docs/Tutorial.md walks through it.
oqat.space @space {
  oqat.choice @image_size key "image_size" values [6, 8]
  oqat.choice @ks_0 key "ks" index 0 values [3, 5]
  oqat.choice @e_0 key "e" index 0 values [2, 3]
  oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 3, 4, 8]
}
oqat.parameter @stem.weight kind weight : tensor<8x3x3x3xf32>
oqat.parameter @b1.ib.weight kind weight : tensor<24x1x1x8xf32>
oqat.parameter @b1.ib.weight_step kind step : tensor<f32>
oqat.parameter @b1.ib.input_step kind step : tensor<f32>
oqat.parameter @b1.ib.bn.gamma kind gamma : tensor<24xf32>
oqat.parameter @b1.ib.bn.beta kind beta : tensor<24xf32>
oqat.parameter @b1.ib.bn.mean kind mean : tensor<24xf32>
oqat.parameter @b1.ib.bn.variance kind variance : tensor<24xf32>
oqat.parameter @b1.dw.weight kind weight : tensor<24x5x5x1xf32>
oqat.parameter @b1.dw.transform_5to3 kind transform : tensor<9x9xf32>
oqat.parameter @b1.dw.weight_step kind step : tensor<f32>
oqat.parameter @b1.dw.input_step kind step : tensor<f32>
oqat.parameter @b1.dw.bn.gamma kind gamma : tensor<24xf32>
oqat.parameter @b1.dw.bn.beta kind beta : tensor<24xf32>
oqat.parameter @b1.dw.bn.mean kind mean : tensor<24xf32>
oqat.parameter @b1.dw.bn.variance kind variance : tensor<24xf32>
oqat.parameter @b1.pl.weight kind weight : tensor<8x1x1x24xf32>
oqat.parameter @b1.pl.weight_step kind step : tensor<f32>
oqat.parameter @b1.pl.input_step kind step : tensor<f32>
oqat.parameter @b1.pl.bn.gamma kind gamma : tensor<8xf32>
oqat.parameter @b1.pl.bn.beta kind beta : tensor<8xf32>
oqat.parameter @b1.pl.bn.mean kind mean : tensor<8xf32>
oqat.parameter @b1.pl.bn.variance kind variance : tensor<8xf32>
oqat.parameter @classifier.weight kind weight : tensor<3x8xf32>
oqat.parameter @classifier.bias kind bias : tensor<3xf32>

oqat.supernet @block space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x3xf32> {
  %normal = oqat.normalize %image mean [5.000000e-01, 5.000000e-01, 5.000000e-01] std [2.500000e-01, 2.500000e-01, 2.500000e-01] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %stem_w = oqat.weight @stem.weight : tensor<8x3x3x3xf32>
  %x = oqat.conv2d %normal, %stem_w stride 1 : (tensor<?x?x?x?xf32>, tensor<8x3x3x3xf32>) -> tensor<?x?x?x?xf32>

  // Expand: 1x1, from 8 channels to 8 * e.
  %ib_x = oqat.fake_quantize %x step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %ib_w = oqat.weight @b1.ib.weight out <8 * @e_0> : tensor<?x1x1x8xf32>
  %ib_q = oqat.fake_quantize %ib_w step @b1.ib.weight_step bits @bits_w signed : tensor<?x1x1x8xf32>
  %ib = oqat.conv2d %ib_x, %ib_q stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %ib_n = oqat.batch_norm %ib gamma @b1.ib.bn.gamma beta @b1.ib.bn.beta mean @b1.ib.bn.mean variance @b1.ib.bn.variance : tensor<?x?x?x?xf32>
  %wide = oqat.activation h_swish %ib_n : tensor<?x?x?x?xf32>

  // The depthwise layer of ks x ks.
  %dw_x = oqat.fake_quantize %wide step @b1.dw.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %dw_w = oqat.weight @b1.dw.weight out <8 * @e_0> kernel @ks_0 transforms [@b1.dw.transform_5to3] : tensor<?x?x?x1xf32>
  %dw_q = oqat.fake_quantize %dw_w step @b1.dw.weight_step bits @bits_w signed : tensor<?x?x?x1xf32>
  %dw = oqat.conv2d %dw_x, %dw_q stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<?x?x?x1xf32>) -> tensor<?x?x?x?xf32>
  %dw_n = oqat.batch_norm %dw gamma @b1.dw.bn.gamma beta @b1.dw.bn.beta mean @b1.dw.bn.mean variance @b1.dw.bn.variance : tensor<?x?x?x?xf32>
  %mid = oqat.activation h_swish %dw_n : tensor<?x?x?x?xf32>

  // Project: 1x1, back to 8 channels; the residual stream stays float.
  %pl_x = oqat.fake_quantize %mid step @b1.pl.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %pl_w = oqat.weight @b1.pl.weight in <8 * @e_0> : tensor<8x1x1x?xf32>
  %pl_q = oqat.fake_quantize %pl_w step @b1.pl.weight_step bits @bits_w signed : tensor<8x1x1x?xf32>
  %pl = oqat.conv2d %pl_x, %pl_q stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %pl_n = oqat.batch_norm %pl gamma @b1.pl.bn.gamma beta @b1.pl.bn.beta mean @b1.pl.bn.mean variance @b1.pl.bn.variance : tensor<?x?x?x?xf32>
  %sum = oqat.add %pl_n, %x : tensor<?x?x?x?xf32>

  %pooled = oqat.pool %pl_n : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %classifier = oqat.weight @classifier.weight : tensor<3x8xf32>
  %logits = oqat.linear %pooled, %classifier bias @classifier.bias : (tensor<?x?x?x?xf32>, tensor<3x8xf32>) -> tensor<?x3xf32>
  oqat.return %logits : tensor<?x3xf32>
}
