// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-freeze-quantizers

// Learned values that no quantizer can have, each naming its layer.

oqat.parameter @b0.dw.weight kind weight : tensor<3x1x1x1xf32> = dense<1.0> : tensor<3x1x1x1xf32>
oqat.parameter @b0.dw.weight_step kind step : tensor<3xf32> = dense<[1.0, 0.0, 1.0]> : tensor<3xf32>
oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @channel(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %1 = oqat.fake_quantize %0 step @b0.dw.input_step bits 4 signed : tensor<1x1x1x3xf32>
  %2 = oqat.weight @b0.dw.weight : tensor<3x1x1x1xf32>
  // expected-error @below {{expected step 'b0.dw.weight_step' of layer 'b0.dw' and channel 1 to be finite and not zero, but got 0}}
  %3 = oqat.fake_quantize %2 step @b0.dw.weight_step bits 4 signed axis 0 : tensor<3x1x1x1xf32>
  %4 = oqat.conv2d %1, %3 stride 1 depthwise : (tensor<1x1x1x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x1x1x3xf32>
  %5 = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %6 = oqat.linear %4, %5 : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %6 : tensor<1x3xf32>
}

// -----

// Equal weights have no deviation.
oqat.parameter @b0.dw.weight kind weight : tensor<3x1x1x1xf32> = dense<1.0> : tensor<3x1x1x1xf32>
oqat.parameter @b0.dw.weight_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.supernet @equal(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %1 = oqat.fake_quantize %0 by #oqat.pact step @b0.dw.input_step bits 4 : tensor<1x1x1x3xf32>
  %2 = oqat.weight @b0.dw.weight : tensor<3x1x1x1xf32>
  // expected-error @below {{expected weights of layer 'b0.dw' with a finite deviation that is not zero, to normalize them}}
  %3 = oqat.fake_quantize %2 by #oqat.liq<normalize> step @b0.dw.weight_step bits 4 signed : tensor<3x1x1x1xf32>
  %4 = oqat.conv2d %1, %3 stride 1 depthwise : (tensor<1x1x1x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x1x1x3xf32>
  %5 = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %6 = oqat.linear %4, %5 : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %6 : tensor<1x3xf32>
}

// -----

oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @b0.dw.input_offset kind offset : tensor<f32> = dense<0xFF800000> : tensor<f32>
oqat.parameter @b0.dw.weight kind weight : tensor<3x1x1x1xf32> = dense<1.0> : tensor<3x1x1x1xf32>
oqat.supernet @offset(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected a finite offset 'b0.dw.input_offset' of layer 'b0.dw', but got}}
  %1 = oqat.fake_quantize %0 by #oqat.lsq_plus<offset = @b0.dw.input_offset> step @b0.dw.input_step bits 4 : tensor<1x1x1x3xf32>
  %2 = oqat.weight @b0.dw.weight : tensor<3x1x1x1xf32>
  %3 = oqat.fake_quantize %2 step @b0.dw.input_step bits 4 signed : tensor<3x1x1x1xf32>
  %4 = oqat.conv2d %1, %3 stride 1 depthwise : (tensor<1x1x1x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x1x1x3xf32>
  %5 = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %6 = oqat.linear %4, %5 : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %6 : tensor<1x3xf32>
}

// -----

// A clip value whose step is so small that 1 / step is infinite.
oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<1.0e-38> : tensor<f32>
oqat.parameter @b0.dw.weight kind weight : tensor<3x1x1x1xf32> = dense<1.0> : tensor<3x1x1x1xf32>
oqat.supernet @tiny(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected step 'b0.dw.input_step' of layer 'b0.dw' to have a finite reciprocal, but got}}
  %1 = oqat.fake_quantize %0 by #oqat.pact step @b0.dw.input_step bits 8 : tensor<1x1x1x3xf32>
  %2 = oqat.weight @b0.dw.weight : tensor<3x1x1x1xf32>
  %3 = oqat.fake_quantize %2 step @b0.dw.input_step bits 4 signed : tensor<3x1x1x1xf32>
  %4 = oqat.conv2d %1, %3 stride 1 depthwise : (tensor<1x1x1x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x1x1x3xf32>
  %5 = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %6 = oqat.linear %4, %5 : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %6 : tensor<1x3xf32>
}

// -----

// Codes around a zero point have no form as floats.
oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @b0.dw.input_offset kind offset : tensor<f32> = dense<-2.0> : tensor<f32>
oqat.supernet @reader(%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected only convolutions to read codes with a zero point or a step per channel, but 'oqat.pool' does}}
  %1 = oqat.fake_quantize %0 by #oqat.lsq_plus<offset = @b0.dw.input_offset> step @b0.dw.input_step bits 4 : tensor<1x1x1x3xf32>
  %2 = oqat.pool %1 : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %3 = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %4 = oqat.linear %2, %3 : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %4 : tensor<1x3xf32>
}
