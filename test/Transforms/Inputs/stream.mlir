// A squeeze-excite that may take 8 bits, and a run of two additions.
oqat.space @space {
  oqat.choice @image_size key "image_size" values [2]
  oqat.choice @d key "d" index 0 values [1, 2]
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
  oqat.choice @residual key "residual" values [8, 32] default 32
}
oqat.parameter @stem.weight kind weight : tensor<16x1x1x3xf32> = dense<1.0> : tensor<16x1x1x3xf32>
oqat.parameter @se.input_step kind step : tensor<f32> = dense<0.5> : tensor<f32>
oqat.parameter @se.reduce.input_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @se.reduce.weight_step kind step : tensor<f32> = dense<0.125> : tensor<f32>
oqat.parameter @se.expand.input_step kind step : tensor<f32> = dense<0.0625> : tensor<f32>
oqat.parameter @se.expand.weight_step kind step : tensor<f32> = dense<0.03125> : tensor<f32>
oqat.parameter @se.gate_step kind step constant : tensor<f32> = dense<0x3B808081> : tensor<f32>
oqat.parameter @se.reduce.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.parameter @se.reduce.bias kind bias : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.parameter @se.expand.weight kind weight : tensor<16x1x1x8xf32> = dense<1.0> : tensor<16x1x1x8xf32>
oqat.parameter @se.expand.bias kind bias : tensor<16xf32> = dense<1.0> : tensor<16xf32>
oqat.parameter @run.residual_step kind step : tensor<f32> = dense<-0.5> : tensor<f32>
oqat.supernet @net space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x?xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %1 = oqat.weight @stem.weight : tensor<16x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<?x?x?x?xf32>, tensor<16x1x1x3xf32>) -> tensor<?x?x?x?xf32>
  %3 = oqat.fake_quantize %2 step @run.residual_step bits @residual signed : tensor<?x?x?x?xf32>
  %4 = oqat.stage choice @d (%x = %3 : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
    %5 = oqat.squeeze_excite %x reduce @se.reduce.weight, @se.reduce.bias expand @se.expand.weight, @se.expand.bias steps [@se.input_step, @se.reduce.input_step, @se.reduce.weight_step, @se.expand.input_step, @se.expand.weight_step, @se.gate_step] bits @bits_ends signed : tensor<?x?x?x?xf32>
    %6 = oqat.add %5, %x step @run.residual_step bits @residual : tensor<?x?x?x?xf32>
    oqat.yield %6 : tensor<?x?x?x?xf32>
  } {
    %7 = oqat.activation relu %x : tensor<?x?x?x?xf32>
    %8 = oqat.add %7, %x step @run.residual_step bits @residual : tensor<?x?x?x?xf32>
    oqat.yield %8 : tensor<?x?x?x?xf32>
  }
  %9 = oqat.pool %4 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %10 = oqat.constant_weight dense<1.0> : tensor<5x16xf32> layer "classifier"
  %11 = oqat.linear %9, %10 : (tensor<?x?x?x?xf32>, tensor<5x16xf32>) -> tensor<?x?xf32>
  oqat.return %11 : tensor<?x?xf32>
}
