// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// expected-note @below {{the parameter is here}}
oqat.parameter @b kind beta : tensor<4xf32>
func.func @f(%x: tensor<1x8x8x4xf32>) {
  // expected-error @below {{expected 'b' to be of kind 'bias', but got 'beta'}}
  %0 = oqat.bias %x parameter @b : tensor<1x8x8x4xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @b kind bias : tensor<4xf32>
func.func @f(%x: tensor<1x8x8x5xf32>) {
  // expected-error @below {{expected 'b' to have at least 5 entries, but got 4}}
  %0 = oqat.bias %x parameter @b : tensor<1x8x8x5xf32>
  return
}

// -----

oqat.parameter @b kind bias : tensor<4xf32>
func.func @f(%x: tensor<f32>) {
  // expected-error @below {{expected at least one dimension, but got 'tensor<f32>'}}
  %0 = oqat.bias %x parameter @b : tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x4xf32>, %g: tensor<1x4xf32>) {
  // expected-error @below {{expected four dimensions, but got 'tensor<1x8x8x4xf32>' and 'tensor<1x4xf32>'}}
  %0 = oqat.scale %x, %g : tensor<1x8x8x4xf32>, tensor<1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x4xf32>, %g: tensor<1x1x1x3xf32>) {
  // expected-error @below {{expected gate channels of 4, but got 3}}
  %0 = oqat.scale %x, %g : tensor<1x8x8x4xf32>, tensor<1x1x1x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x8x8x4xf32>, %g: tensor<1x1x1x4xf32>) {
  // expected-error @below {{expected gate pictures of 2, but got 1}}
  %0 = oqat.scale %x, %g : tensor<2x8x8x4xf32>, tensor<1x1x1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x8x8x4xf32>, %g: tensor<1x1x8x4xf32>) {
  // expected-error @below {{expected a gate size of 1, but got 8}}
  %0 = oqat.scale %x, %g : tensor<1x8x8x4xf32>, tensor<1x1x8x4xf32>
  return
}

// -----

oqat.space @space {
  // expected-error @below {{expected the default to be one of the values, but got 4}}
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 4
}
