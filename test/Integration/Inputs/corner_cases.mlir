// One channel; one activation for layers of 4 and of 8 bits; a sum of two layers
// with unequal steps; channels that are no multiple of a tile; negative gammas;
// weights of one bit; convolutions of one pixel (M=1).
oqat.parameter @stem.weight kind weight : tensor<1x3x3x3xf32>
oqat.parameter @stem.gamma kind gamma : tensor<1xf32>
oqat.parameter @stem.beta kind beta : tensor<1xf32>
oqat.parameter @stem.mean kind mean : tensor<1xf32>
oqat.parameter @stem.variance kind variance : tensor<1xf32>
oqat.parameter @a.input_step kind step : tensor<f32>
oqat.parameter @a.weight kind weight : tensor<37x3x3x1xf32>
oqat.parameter @a.weight_step kind step : tensor<f32>
oqat.parameter @a.gamma kind gamma : tensor<37xf32>
oqat.parameter @a.beta kind beta : tensor<37xf32>
oqat.parameter @a.mean kind mean : tensor<37xf32>
oqat.parameter @a.variance kind variance : tensor<37xf32>
oqat.parameter @b.input_step kind step : tensor<f32>
oqat.parameter @b.weight kind weight : tensor<37x1x1x1xf32>
oqat.parameter @b.weight_step kind step : tensor<f32>
oqat.parameter @b.bias kind bias : tensor<37xf32>
oqat.parameter @c.input_step kind step : tensor<f32>
oqat.parameter @c.weight kind weight : tensor<37x3x3x1xf32>
oqat.parameter @c.weight_step kind step : tensor<f32>
oqat.parameter @c.bias kind bias : tensor<37xf32>
oqat.parameter @d.input_step kind step : tensor<f32>
oqat.parameter @d.weight kind weight : tensor<1x1x1x37xf32>
oqat.parameter @d.weight_step kind step : tensor<f32>
oqat.parameter @d.bias kind bias : tensor<1xf32>
oqat.parameter @e.input_step kind step : tensor<f32>
oqat.parameter @e.weight kind weight : tensor<67x5x5x1xf32>
oqat.parameter @e.weight_step kind step : tensor<f32>
oqat.parameter @e.bias kind bias : tensor<67xf32>
oqat.parameter @f.input_step kind step : tensor<f32>
oqat.parameter @f.weight kind weight : tensor<3x1x1x67xf32>
oqat.parameter @f.weight_step kind step : tensor<f32>
oqat.parameter @f.bias kind bias : tensor<3xf32>
oqat.parameter @classifier.weight kind weight : tensor<3x3xf32>
oqat.parameter @classifier.bias kind bias : tensor<3xf32>
oqat.supernet @corners (%image: tensor<1x5x7x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x5x7x3xui8> -> tensor<1x5x7x3xf32>
  %w0 = oqat.weight @stem.weight : tensor<1x3x3x3xf32>
  %1 = oqat.conv2d %0, %w0 stride 1 : (tensor<1x5x7x3xf32>, tensor<1x3x3x3xf32>) -> tensor<1x5x7x1xf32>
  %2 = oqat.batch_norm %1 gamma @stem.gamma beta @stem.beta mean @stem.mean variance @stem.variance : tensor<1x5x7x1xf32>
  %x = oqat.activation relu %2 : tensor<1x5x7x1xf32>

  %xa = oqat.fake_quantize %x step @a.input_step bits 4 : tensor<1x5x7x1xf32>
  %wa = oqat.weight @a.weight : tensor<37x3x3x1xf32>
  %qa = oqat.fake_quantize %wa step @a.weight_step bits 4 signed : tensor<37x3x3x1xf32>
  %a0 = oqat.conv2d %xa, %qa stride 1 : (tensor<1x5x7x1xf32>, tensor<37x3x3x1xf32>) -> tensor<1x5x7x37xf32>
  %a = oqat.batch_norm %a0 gamma @a.gamma beta @a.beta mean @a.mean variance @a.variance : tensor<1x5x7x37xf32>

  %xb = oqat.fake_quantize %x step @b.input_step bits 8 : tensor<1x5x7x1xf32>
  %wb = oqat.weight @b.weight : tensor<37x1x1x1xf32>
  %qb = oqat.fake_quantize %wb step @b.weight_step bits 8 signed : tensor<37x1x1x1xf32>
  %b0 = oqat.conv2d %xb, %qb stride 1 : (tensor<1x5x7x1xf32>, tensor<37x1x1x1xf32>) -> tensor<1x5x7x37xf32>
  %b = oqat.bias %b0 parameter @b.bias : tensor<1x5x7x37xf32>
  %s = oqat.add %a, %b : tensor<1x5x7x37xf32>

  %xc = oqat.fake_quantize %s step @c.input_step bits 3 : tensor<1x5x7x37xf32>
  %wc = oqat.weight @c.weight : tensor<37x3x3x1xf32>
  %qc = oqat.fake_quantize %wc step @c.weight_step bits 2 signed : tensor<37x3x3x1xf32>
  %c0 = oqat.conv2d %xc, %qc stride 1 depthwise : (tensor<1x5x7x37xf32>, tensor<37x3x3x1xf32>) -> tensor<1x5x7x37xf32>
  %c = oqat.bias %c0 parameter @c.bias : tensor<1x5x7x37xf32>

  %xd = oqat.fake_quantize %c step @d.input_step bits 5 : tensor<1x5x7x37xf32>
  %wd = oqat.weight @d.weight : tensor<1x1x1x37xf32>
  %qd = oqat.fake_quantize %wd step @d.weight_step bits 1 signed : tensor<1x1x1x37xf32>
  %d0 = oqat.conv2d %xd, %qd stride 1 : (tensor<1x5x7x37xf32>, tensor<1x1x1x37xf32>) -> tensor<1x5x7x1xf32>
  %d = oqat.bias %d0 parameter @d.bias : tensor<1x5x7x1xf32>

  %xe = oqat.fake_quantize %d step @e.input_step bits 8 : tensor<1x5x7x1xf32>
  %we = oqat.weight @e.weight : tensor<67x5x5x1xf32>
  %qe = oqat.fake_quantize %we step @e.weight_step bits 3 signed : tensor<67x5x5x1xf32>
  %e0 = oqat.conv2d %xe, %qe stride 7 : (tensor<1x5x7x1xf32>, tensor<67x5x5x1xf32>) -> tensor<1x1x1x67xf32>
  %e = oqat.bias %e0 parameter @e.bias : tensor<1x1x1x67xf32>

  %xf = oqat.fake_quantize %e step @f.input_step bits 4 : tensor<1x1x1x67xf32>
  %wf = oqat.weight @f.weight : tensor<3x1x1x67xf32>
  %qf = oqat.fake_quantize %wf step @f.weight_step bits 8 signed : tensor<3x1x1x67xf32>
  %f0 = oqat.conv2d %xf, %qf stride 1 : (tensor<1x1x1x67xf32>, tensor<3x1x1x67xf32>) -> tensor<1x1x1x3xf32>
  %f = oqat.bias %f0 parameter @f.bias : tensor<1x1x1x3xf32>
  %p = oqat.pool %f : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @classifier.weight : tensor<3x3xf32>
  %l = oqat.linear %p, %wl bias @classifier.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
