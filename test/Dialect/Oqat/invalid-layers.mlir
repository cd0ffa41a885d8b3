// RUN: oqat-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<1x8x8x3xui8>) {
  // expected-error @below {{expected a number of means of 3, but got 2}}
  %0 = oqat.normalize %x mean [0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x3xui8>) {
  // expected-error @below {{expected finite positive deviations}}
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 0.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x3xf32>, %w: tensor<4x2x2x3xf32>) {
  // expected-error @below {{expected an odd kernel, but got 2}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x2x2x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @below {{'stride' failed to satisfy constraint}}
  %0 = oqat.conv2d %x, %w stride 0 : (tensor<1x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x3x2xf32>) {
  // expected-error @below {{expected input channels of 2, but got 3}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3x3x2xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x4xf32>, %w: tensor<4x3x3x4xf32>) {
  // expected-error @below {{expected depthwise weight columns of 1, but got 4}}
  %0 = oqat.conv2d %x, %w stride 1 depthwise : (tensor<1x8x8x4xf32>, tensor<4x3x3x4xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x3xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @below {{expected a result size of 5, but got 4}}
  %0 = oqat.conv2d %x, %w stride 2 : (tensor<1x9x9x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x3x3xf32>) {
  %q = oqat.fake_quantize %x step @s bits 4 : tensor<1x8x8x3xf32>
  // expected-error @below {{expected both operands to be quantized or neither}}
  %0 = oqat.conv2d %q, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

!x = tensor<1x8x8x3x!quant.uniform<u8<0:3>:f32, 0.5>>
!w = tensor<4x3x3x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
func.func @f(%x: !x, %w: !w) {
  // expected-error @below {{expected a result of i32, but got 'tensor<1x8x8x4xf32>'}}
  %0 = oqat.conv2d %x, %w stride 1 : (!x, !w) -> tensor<1x8x8x4xf32>
  return
}

// -----

oqat.parameter @g kind gamma : tensor<4xf32>
oqat.parameter @b kind beta : tensor<4xf32>
oqat.parameter @m kind mean : tensor<4xf32>
oqat.parameter @v kind variance : tensor<5xf32>
func.func @f(%x: tensor<1x8x8x4xf32>) {
  // expected-error @below {{expected parameters of one length of 4, but got 5}}
  %0 = oqat.batch_norm %x gamma @g beta @b mean @m variance @v : tensor<1x8x8x4xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @g kind gamma : tensor<4xf32>
func.func @f(%x: tensor<1x8x8x5xf32>) {
  // expected-error @below {{expected 'g' to have at least 5 entries, but got 4}}
  %0 = oqat.batch_norm %x gamma @g beta @b mean @m variance @v : tensor<1x8x8x5xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x5xf32>) {
  // expected-error @below {{expected a finite positive 'eps'}}
  %0 = oqat.batch_norm %x gamma @g beta @b mean @m variance @v eps 0.0 : tensor<1x8x8x5xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected 'relu', 'relu6', 'h_swish' or 'h_sigmoid', but got 'tanh'}}
  %0 = oqat.activation tanh %x : tensor<4xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
func.func @f(%x: tensor<1x8x8x24xf32>) {
  // expected-error @below {{expected weights for 24 channels, but got them for 16}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x24xf32>
  return
}

// -----

oqat.parameter @r.weight kind weight : tensor<8x1x1x16xf32>
oqat.parameter @r.bias kind bias : tensor<8xf32>
oqat.parameter @e.weight kind weight : tensor<16x1x1x9xf32>
oqat.parameter @e.bias kind bias : tensor<16xf32>
func.func @f(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected expand columns of 8, but got 9}}
  %0 = oqat.squeeze_excite %x reduce @r.weight, @r.bias expand @e.weight, @e.bias : tensor<1x8x8x16xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x16xf32>) {
  // expected-error @below {{expected a result size of 1, but got 2}}
  %0 = oqat.pool %x : tensor<1x8x8x16xf32> -> tensor<1x2x1x16xf32>
  return
}
