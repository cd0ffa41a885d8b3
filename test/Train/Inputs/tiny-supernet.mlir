module {
  oqat.space @space {
    oqat.choice @image_size key "image_size" values [12, 16]
    oqat.choice @ks_0 key "ks" index 0 values [3, 5]
    oqat.choice @e_0 key "e" index 0 values [1, 2]
    oqat.choice @d_0 key "d" index 0 values [1, 2]
    oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
    oqat.choice @bits_a key "bits_a" per_layer values [2, 3, 4, 8]
  }
  oqat.parameter @stem.weight kind weight : tensor<8x3x3x3xf32>
  oqat.parameter @stem.bn.gamma kind gamma : tensor<8xf32>
  oqat.parameter @stem.bn.beta kind beta : tensor<8xf32>
  oqat.parameter @stem.bn.mean kind mean : tensor<8xf32>
  oqat.parameter @stem.bn.variance kind variance : tensor<8xf32>
  oqat.parameter @b1.ib.weight kind weight : tensor<16x1x1x8xf32>
  oqat.parameter @b1.ib.weight_step kind step : tensor<f32>
  oqat.parameter @b1.ib.input_step kind step : tensor<f32>
  oqat.parameter @b1.ib.bn.gamma kind gamma : tensor<16xf32>
  oqat.parameter @b1.ib.bn.beta kind beta : tensor<16xf32>
  oqat.parameter @b1.ib.bn.mean kind mean : tensor<16xf32>
  oqat.parameter @b1.ib.bn.variance kind variance : tensor<16xf32>
  oqat.parameter @b1.dw.weight kind weight : tensor<16x5x5x1xf32>
  oqat.parameter @b1.dw.transform_5to3 kind transform : tensor<9x9xf32>
  oqat.parameter @b1.dw.weight_step kind step : tensor<f32>
  oqat.parameter @b1.dw.input_step kind step : tensor<f32>
  oqat.parameter @b1.dw.bn.gamma kind gamma : tensor<16xf32>
  oqat.parameter @b1.dw.bn.beta kind beta : tensor<16xf32>
  oqat.parameter @b1.dw.bn.mean kind mean : tensor<16xf32>
  oqat.parameter @b1.dw.bn.variance kind variance : tensor<16xf32>
  oqat.parameter @b1.se.reduce.weight kind weight : tensor<8x1x1x16xf32>
  oqat.parameter @b1.se.reduce.bias kind bias : tensor<8xf32>
  oqat.parameter @b1.se.expand.weight kind weight : tensor<16x1x1x8xf32>
  oqat.parameter @b1.se.expand.bias kind bias : tensor<16xf32>
  oqat.parameter @b1.pl.weight kind weight : tensor<8x1x1x16xf32>
  oqat.parameter @b1.pl.weight_step kind step : tensor<f32>
  oqat.parameter @b1.pl.input_step kind step : tensor<f32>
  oqat.parameter @b1.pl.bn.gamma kind gamma : tensor<8xf32>
  oqat.parameter @b1.pl.bn.beta kind beta : tensor<8xf32>
  oqat.parameter @b1.pl.bn.mean kind mean : tensor<8xf32>
  oqat.parameter @b1.pl.bn.variance kind variance : tensor<8xf32>
  oqat.parameter @final_expand.weight kind weight : tensor<8x1x1x8xf32>
  oqat.parameter @final_expand.weight_step kind step : tensor<f32>
  oqat.parameter @final_expand.input_step kind step : tensor<f32>
  oqat.parameter @final_expand.bn.gamma kind gamma : tensor<8xf32>
  oqat.parameter @final_expand.bn.beta kind beta : tensor<8xf32>
  oqat.parameter @final_expand.bn.mean kind mean : tensor<8xf32>
  oqat.parameter @final_expand.bn.variance kind variance : tensor<8xf32>
  oqat.parameter @feature_mix.weight kind weight : tensor<16x1x1x8xf32>
  oqat.parameter @feature_mix.weight_step kind step : tensor<f32>
  oqat.parameter @feature_mix.input_step kind step : tensor<f32>
  oqat.parameter @classifier.weight kind weight : tensor<10x16xf32>
  oqat.parameter @classifier.bias kind bias : tensor<10xf32>
  oqat.supernet @tiny space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
    %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
    %w0 = oqat.weight @stem.weight : tensor<8x3x3x3xf32>
    %1 = oqat.conv2d %0, %w0 stride 2 : (tensor<?x?x?x?xf32>, tensor<8x3x3x3xf32>) -> tensor<?x?x?x?xf32>
    %2 = oqat.batch_norm %1 gamma @stem.bn.gamma beta @stem.bn.beta mean @stem.bn.mean variance @stem.bn.variance : tensor<?x?x?x?xf32>
    %3 = oqat.activation h_swish %2 : tensor<?x?x?x?xf32>
    %s = oqat.stage choice @d_0 (%x = %3 : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
      %q1 = oqat.fake_quantize %x step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
      %w1 = oqat.weight @b1.ib.weight out <8 * @e_0> : tensor<?x1x1x8xf32>
      %wq1 = oqat.fake_quantize %w1 step @b1.ib.weight_step bits @bits_w signed : tensor<?x1x1x8xf32>
      %c1 = oqat.conv2d %q1, %wq1 stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
      %n1 = oqat.batch_norm %c1 gamma @b1.ib.bn.gamma beta @b1.ib.bn.beta mean @b1.ib.bn.mean variance @b1.ib.bn.variance : tensor<?x?x?x?xf32>
      %a1 = oqat.activation relu %n1 : tensor<?x?x?x?xf32>
      %q2 = oqat.fake_quantize %a1 step @b1.dw.input_step bits @bits_a : tensor<?x?x?x?xf32>
      %w2 = oqat.weight @b1.dw.weight out <8 * @e_0> kernel @ks_0 transforms [@b1.dw.transform_5to3] : tensor<?x?x?x1xf32>
      %wq2 = oqat.fake_quantize %w2 step @b1.dw.weight_step bits @bits_w signed : tensor<?x?x?x1xf32>
      %c2 = oqat.conv2d %q2, %wq2 stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<?x?x?x1xf32>) -> tensor<?x?x?x?xf32>
      %n2 = oqat.batch_norm %c2 gamma @b1.dw.bn.gamma beta @b1.dw.bn.beta mean @b1.dw.bn.mean variance @b1.dw.bn.variance : tensor<?x?x?x?xf32>
      %a2 = oqat.activation relu %n2 : tensor<?x?x?x?xf32>
      %se = oqat.squeeze_excite %a2 reduce @b1.se.reduce.weight, @b1.se.reduce.bias expand @b1.se.expand.weight, @b1.se.expand.bias : tensor<?x?x?x?xf32>
      %q3 = oqat.fake_quantize %se step @b1.pl.input_step bits @bits_a : tensor<?x?x?x?xf32>
      %w3 = oqat.weight @b1.pl.weight in <8 * @e_0> : tensor<8x1x1x?xf32>
      %wq3 = oqat.fake_quantize %w3 step @b1.pl.weight_step bits @bits_w signed : tensor<8x1x1x?xf32>
      %c3 = oqat.conv2d %q3, %wq3 stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
      %n3 = oqat.batch_norm %c3 gamma @b1.pl.bn.gamma beta @b1.pl.bn.beta mean @b1.pl.bn.mean variance @b1.pl.bn.variance : tensor<?x?x?x?xf32>
      %r = oqat.add %n3, %x : tensor<?x?x?x?xf32>
      oqat.yield %r : tensor<?x?x?x?xf32>
    } {
      %u = oqat.activation relu %x : tensor<?x?x?x?xf32>
      oqat.yield %u : tensor<?x?x?x?xf32>
    }
    %qf = oqat.fake_quantize %s step @final_expand.input_step bits @bits_a : tensor<?x?x?x?xf32>
    %wf = oqat.weight @final_expand.weight : tensor<8x1x1x8xf32>
    %wqf = oqat.fake_quantize %wf step @final_expand.weight_step bits @bits_w signed : tensor<8x1x1x8xf32>
    %cf = oqat.conv2d %qf, %wqf stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x8xf32>) -> tensor<?x?x?x?xf32>
    %nf = oqat.batch_norm %cf gamma @final_expand.bn.gamma beta @final_expand.bn.beta mean @final_expand.bn.mean variance @final_expand.bn.variance : tensor<?x?x?x?xf32>
    %af = oqat.activation h_swish %nf : tensor<?x?x?x?xf32>
    %p = oqat.pool %af : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
    %q4 = oqat.fake_quantize %p step @feature_mix.input_step bits @bits_a : tensor<?x?x?x?xf32>
    %w4 = oqat.weight @feature_mix.weight : tensor<16x1x1x8xf32>
    %wq4 = oqat.fake_quantize %w4 step @feature_mix.weight_step bits @bits_w signed : tensor<16x1x1x8xf32>
    %c4 = oqat.conv2d %q4, %wq4 stride 1 : (tensor<?x?x?x?xf32>, tensor<16x1x1x8xf32>) -> tensor<?x?x?x?xf32>
    %a4 = oqat.activation h_swish %c4 : tensor<?x?x?x?xf32>
    %wl = oqat.weight @classifier.weight : tensor<10x16xf32>
    %l = oqat.linear %a4, %wl bias @classifier.bias : (tensor<?x?x?x?xf32>, tensor<10x16xf32>) -> tensor<?x10xf32>
    oqat.return %l : tensor<?x10xf32>
  }
}
