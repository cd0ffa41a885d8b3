// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect -oqat-inherit-bits

oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  // expected-error @below {{cannot inherit from 2 bits, expected at least 3}}
  %q = oqat.fake_quantize %l step @s bits 2 : tensor<1x10xf32>
  oqat.return %q : tensor<1x10xf32>
}

// -----

oqat.space @space {
  // expected-error @below {{cannot inherit from 2 bits, expected at least 3}}
  oqat.choice @bits key "bits_w" values [2, 4]
}
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  %q = oqat.fake_quantize %l step @s bits @bits : tensor<1x10xf32>
  oqat.return %q : tensor<1x10xf32>
}

// -----

// expected-error @below {{expected a finite step, but got}}
oqat.parameter @s kind step : tensor<f32> = dense<3.0e+38> : tensor<f32>
oqat.supernet @net (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  %q = oqat.fake_quantize %l step @s bits 4 : tensor<1x10xf32>
  oqat.return %q : tensor<1x10xf32>
}

// -----

oqat.space @space {
  // expected-error @below {{expected the values K-1 and K for some K above 2, but got 2, 4, 8}}
  oqat.choice @bits key "bits_w" values [2, 4, 8]
}
oqat.parameter @s kind step : tensor<3xf32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  %q = oqat.fake_quantize %l step @s bits @bits : tensor<1x10xf32>
  oqat.return %q : tensor<1x10xf32>
}

// -----

oqat.space @space {
  oqat.choice @bits_w key "bits_w" values [2, 3]
  oqat.choice @bits_a key "bits_a" values [3, 4]
}
oqat.parameter @s kind step : tensor<2xf32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  %q = oqat.fake_quantize %l step @s bits @bits_w : tensor<1x10xf32>
  // expected-error @below {{shares step 's' with a quantizer of other bits}}
  %r = oqat.fake_quantize %q step @s bits @bits_a : tensor<1x10xf32>
  oqat.return %r : tensor<1x10xf32>
}

// -----

oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  // expected-error @below {{expected an LSQ quantizer to inherit bits, but got #oqat.pact}}
  %q = oqat.fake_quantize %l by #oqat.pact step @s bits 4 : tensor<1x10xf32>
  oqat.return %q : tensor<1x10xf32>
}

// -----

oqat.space @space {
  oqat.choice @bits key "bits_w" values [2, 3]
}
// expected-error @below {{'oqat.parameter' op expected a dense value}}
oqat.parameter @s kind step : tensor<2xf32> = sparse<[[0]], [1.0]> : tensor<2xf32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  %q = oqat.fake_quantize %l step @s bits @bits : tensor<1x10xf32>
  oqat.return %q : tensor<1x10xf32>
}
