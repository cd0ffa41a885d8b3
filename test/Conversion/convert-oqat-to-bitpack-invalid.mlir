// RUN: oqat-opt %s --convert-oqat-to-bitpack -split-input-file -verify-diagnostics

oqat.space @space {
  oqat.choice @image_size key "image_size" values [4]
}
// expected-error @below {{expected a fixed network, but its choices are open}}
oqat.supernet @elastic space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %p = oqat.pool %x : tensor<?x?x?x?xf32> -> tensor<?x1x1x?xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "classifier"
  %l = oqat.linear %p, %wl bias @classifier.bias : (tensor<?x1x1x?xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  oqat.return %l : tensor<?x3xf32>
}
oqat.parameter @classifier.bias kind bias : tensor<3xf32>

// -----

oqat.parameter @c.bias kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
oqat.supernet @bounds (%image: tensor<1x4x4x3xui8>) -> tensor<1x2xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x4x4x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x4x4x3xf32>
  // expected-error @below {{expected 'fraction', as the value bounds give it}}
  %p = oqat.pool %a : tensor<1x4x4x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x3xf32> layer "c"
  %l = oqat.linear %p, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<2xf32>
oqat.supernet @value (%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x3xf32> layer "c"
  // expected-error @below {{parameter 'c.bias' has no value}}
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @depthwise (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x1xf32> layer "a"
  // expected-error @below {{a depthwise convolution in full precision has no kernel}}
  %a = oqat.conv2d %x, %w stride 1 depthwise : (tensor<1x1x1x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @picture (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  // expected-error @below {{only a convolution or a quantizer can take the normalized picture}}
  %l = oqat.linear %x, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @codes (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  // expected-error @below {{its operands must be floats and its codes those of 1 to 8 bits around one zero point}}
  %q = oqat.quantize %a step 0.5 name "b.input" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<i8<-7:7>:f32, 0.5>>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.supernet @table (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected codes of 1 to 8 bits with one zero point}}
  %q = oqat.quantize %x step 0.5 name "b.input" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<i8<-7:7>:f32, 0.5>>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
