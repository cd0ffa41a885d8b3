// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

// Steps with one entry per value of a bits choice.

oqat.space @space {
  // expected-note @below {{the choice is here}}
  oqat.choice @bits key "bits_w" values [2, 3, 4]
}
oqat.parameter @s kind step : tensor<4xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  // expected-error @below {{expected 3 entries of 's', one per value of its choice, but got 4}}
  %q = oqat.fake_quantize %l step @s bits @bits : tensor<?x10xf32>
  oqat.return %q : tensor<?x10xf32>
}

// -----

oqat.parameter @s kind step : tensor<2x2xf32>
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected a scalar step or one dimension of entries, but got 'tensor<2x2xf32>'}}
  %q = oqat.fake_quantize %x step @s entry 0 bits 2 : tensor<4xf32>
  return
}

// -----

oqat.space @space {
  oqat.choice @bits key "bits_w" values [2, 3]
}
oqat.parameter @s kind step : tensor<2xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  // expected-error @below {{expected no entry while the bits are a choice}}
  %q = oqat.fake_quantize %l step @s entry 1 bits @bits : tensor<?x10xf32>
  oqat.return %q : tensor<?x10xf32>
}

// -----

oqat.parameter @s kind step : tensor<3xf32>
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected an entry, since 's' has 3 of them}}
  %q = oqat.fake_quantize %x step @s bits 2 : tensor<4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected no entry, since 's' is a scalar}}
  %q = oqat.fake_quantize %x step @s entry 0 bits 2 : tensor<4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<3xf32>
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected an entry from 0 to 2 of 's', but got 3}}
  %q = oqat.fake_quantize %x step @s entry 3 bits 2 : tensor<4xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<3xf32>
func.func @f(%x: tensor<4xf32>) {
  // expected-error @below {{expected an entry from 0 to 2 of 's', but got -1}}
  %q = oqat.fake_quantize %x step @s entry -1 bits 2 : tensor<4xf32>
  return
}
