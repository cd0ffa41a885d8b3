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

// -----

// Weights that are computed, as codes and as floats.
oqat.supernet @computed_codes (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %q = oqat.quantize %x step 0.5 name "a.input" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<i8<-8:7>:f32, 0.5>>
  // expected-error @below {{'oqat.conv2d' op expected its weights to be constant codes}}
  %a = oqat.conv2d %q, %q stride 1 : (tensor<1x1x1x3x!quant.uniform<i8<-8:7>:f32, 0.5>>, tensor<1x1x1x3x!quant.uniform<i8<-8:7>:f32, 0.5>>) -> tensor<1x1x1x1xi32>
  %r = oqat.rescale %a scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> : tensor<1x1x1x1xi32> -> tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x1xf32> layer "c"
  %l = oqat.linear %r, %wl bias @c.bias : (tensor<1x1x1x1xf32>, tensor<3x1xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>

// -----

oqat.supernet @computed_weights (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.conv2d' op expected its weights to be constant}}
  %b = oqat.conv2d %a, %a stride 1 : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x1xf32> layer "c"
  %l = oqat.linear %b, %wl bias @c.bias : (tensor<1x1x1x1xf32>, tensor<3x1xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>

// -----

oqat.supernet @accumulator (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %q = oqat.quantize %x step 0.5 name "a.input" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<u8<0:15>:f32, 0.5>>
  %w = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> step 0.5 layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  // expected-error @below {{'oqat.conv2d' op expected its accumulator to have one use, a 'oqat.rescale'}}
  %a = oqat.conv2d %q, %w stride 1 : (tensor<1x1x1x3x!quant.uniform<u8<0:15>:f32, 0.5>>, tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x1x1x2xi32>
  %r = oqat.rescale %a scale dense<1.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32> : tensor<1x1x1x2xi32> -> tensor<1x1x1x2xf32>
  %s = oqat.rescale %a scale dense<2.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32> : tensor<1x1x1x2xi32> -> tensor<1x1x1x2xf32>
  %y = oqat.add %r, %s : tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x2xf32> layer "c"
  %l = oqat.linear %y, %wl bias @c.bias : (tensor<1x1x1x2xf32>, tensor<3x2xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>

// -----

oqat.supernet @learned (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.weight' op has no packed form: an integer network is expected}}
  %w = oqat.weight @a.weight : tensor<3x1x1x3xf32>
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
oqat.parameter @a.weight kind weight : tensor<3x1x1x3xf32> = dense<1.0> : tensor<3x1x1x3xf32>
oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>

// -----

oqat.supernet @no_bias (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  // expected-error @below {{'oqat.linear' op expected constant float weights and a bias}}
  %l = oqat.linear %a, %wl : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @sparse (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.constant_weight' op expected dense values}}
  %w = oqat.constant_weight sparse<[[0,0,0,0]], [1.0]> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>
oqat.supernet @w (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %w = oqat.constant_weight dense<1.0> : tensor<1x1x1x3xf32> layer "a"
  // expected-error @below {{'oqat.pool' op expected only layers to read constant weights, as their weight}}
  %p = oqat.pool %w {fraction = 3 : i32} : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %w, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}
