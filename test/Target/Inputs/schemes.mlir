// One layer for each way of quantizing: asymmetric and normalized without a zero,
// signed with one step per channel, one bit, and a clipped 8/8 classifier.
oqat.parameter @stem.weight kind weight : tensor<12x3x3x3xf32>
oqat.parameter @a.input_step kind step : tensor<f32>
oqat.parameter @a.input_offset kind offset : tensor<f32>
oqat.parameter @a.weight kind weight : tensor<20x1x1x12xf32>
oqat.parameter @a.weight_step kind step : tensor<f32>
oqat.parameter @d.input_step kind step : tensor<20xf32>
oqat.parameter @d.weight kind weight : tensor<20x3x3x1xf32>
oqat.parameter @d.weight_step kind step : tensor<20xf32>
oqat.parameter @p.input_step kind step : tensor<f32>
oqat.parameter @p.weight kind weight : tensor<12x3x3x20xf32>
oqat.parameter @p.weight_step kind step : tensor<f32>
oqat.parameter @c.input_step kind step : tensor<f32>
oqat.parameter @c.weight kind weight : tensor<7x12xf32>
oqat.parameter @c.weight_step kind step : tensor<f32>
oqat.parameter @c.bias kind bias : tensor<7xf32>
oqat.supernet @net (%image: tensor<1x13x11x3xui8>) -> tensor<1x7xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x13x11x3xui8> -> tensor<1x13x11x3xf32>
  %sw = oqat.weight @stem.weight : tensor<12x3x3x3xf32>
  %s = oqat.conv2d %x, %sw stride 1 : (tensor<1x13x11x3xf32>, tensor<12x3x3x3xf32>) -> tensor<1x13x11x12xf32>
  %s1 = oqat.activation h_swish %s : tensor<1x13x11x12xf32>
  %aq = oqat.fake_quantize %s1 by #oqat.lsq_plus<offset = @a.input_offset> step @a.input_step bits 4 : tensor<1x13x11x12xf32>
  %aw = oqat.weight @a.weight : tensor<20x1x1x12xf32>
  %awq = oqat.fake_quantize %aw by #oqat.liq<normalize> step @a.weight_step bits 8 signed : tensor<20x1x1x12xf32>
  %a = oqat.conv2d %aq, %awq stride 1 : (tensor<1x13x11x12xf32>, tensor<20x1x1x12xf32>) -> tensor<1x13x11x20xf32>
  %dq = oqat.fake_quantize %a step @d.input_step bits 5 signed axis 3 : tensor<1x13x11x20xf32>
  %dw = oqat.weight @d.weight : tensor<20x3x3x1xf32>
  %dwq = oqat.fake_quantize %dw step @d.weight_step bits 4 signed axis 0 : tensor<20x3x3x1xf32>
  %d = oqat.conv2d %dq, %dwq stride 2 depthwise : (tensor<1x13x11x20xf32>, tensor<20x3x3x1xf32>) -> tensor<1x7x6x20xf32>
  %pq = oqat.fake_quantize %d step @p.input_step bits 3 signed : tensor<1x7x6x20xf32>
  %pw = oqat.weight @p.weight : tensor<12x3x3x20xf32>
  %pwq = oqat.fake_quantize %pw step @p.weight_step bits 1 signed : tensor<12x3x3x20xf32>
  %p = oqat.conv2d %pq, %pwq stride 1 : (tensor<1x7x6x20xf32>, tensor<12x3x3x20xf32>) -> tensor<1x7x6x12xf32>
  %p1 = oqat.activation relu6 %p : tensor<1x7x6x12xf32>
  %m = oqat.max_pool %p1 kernel 3 stride 2 : tensor<1x7x6x12xf32> -> tensor<1x4x3x12xf32>
  %f = oqat.pool %m : tensor<1x4x3x12xf32> -> tensor<1x1x1x12xf32>
  %fq = oqat.fake_quantize %f by #oqat.pact step @c.input_step bits 8 : tensor<1x1x1x12xf32>
  %cw = oqat.weight @c.weight : tensor<7x12xf32>
  %cwq = oqat.fake_quantize %cw by #oqat.liq step @c.weight_step bits 8 signed : tensor<7x12xf32>
  %l = oqat.linear %fq, %cwq bias @c.bias : (tensor<1x1x1x12xf32>, tensor<7x12xf32>) -> tensor<1x7xf32>
  oqat.return %l : tensor<1x7xf32>
}
