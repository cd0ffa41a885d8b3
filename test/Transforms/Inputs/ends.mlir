// A network whose classifier may take 8 bits.
oqat.space @space {
  oqat.choice @image_size key "image_size" values [2, 4]
  oqat.choice @bits_w key "bits_w" per_layer values [2, 4]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 4]
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
}
oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32>
oqat.parameter @stem.input_step kind step : tensor<f32>
oqat.parameter @stem.weight_step kind step : tensor<f32>
oqat.parameter @b0.weight kind weight : tensor<2x1x1x2xf32>
oqat.parameter @b0.input_step kind step : tensor<f32>
oqat.parameter @b0.weight_step kind step : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<5x2xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32>
oqat.parameter @classifier.input_step kind step : tensor<f32>
oqat.parameter @classifier.weight_step kind step : tensor<f32>
oqat.parameter @spare kind bias : tensor<5xf32>
oqat.supernet @net space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %1 = oqat.fake_quantize %0 step @stem.input_step bits @bits_ends signed : tensor<?x?x?x?xf32>
  %2 = oqat.weight @stem.weight : tensor<2x1x1x3xf32>
  %3 = oqat.fake_quantize %2 step @stem.weight_step bits @bits_ends signed : tensor<2x1x1x3xf32>
  %4 = oqat.conv2d %1, %3 stride 1 : (tensor<?x?x?x?xf32>, tensor<2x1x1x3xf32>) -> tensor<?x?x?x?xf32>
  %5 = oqat.fake_quantize %4 step @b0.input_step bits @bits_a : tensor<?x?x?x?xf32>
  %6 = oqat.weight @b0.weight : tensor<2x1x1x2xf32>
  %7 = oqat.fake_quantize %6 step @b0.weight_step bits @bits_w signed : tensor<2x1x1x2xf32>
  %8 = oqat.conv2d %5, %7 stride 1 : (tensor<?x?x?x?xf32>, tensor<2x1x1x2xf32>) -> tensor<?x?x?x?xf32>
  %9 = oqat.activation relu %8 : tensor<?x?x?x?xf32>
  %10 = oqat.pool %9 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %11 = oqat.fake_quantize %10 step @classifier.input_step bits @bits_ends : tensor<?x?x?x?xf32>
  %12 = oqat.weight @classifier.weight : tensor<5x2xf32>
  %13 = oqat.fake_quantize %12 step @classifier.weight_step bits @bits_ends signed : tensor<5x2xf32>
  %14 = oqat.linear %11, %13 bias @classifier.bias : (tensor<?x?x?x?xf32>, tensor<5x2xf32>) -> tensor<?x5xf32>
  oqat.return %14 : tensor<?x5xf32>
}
