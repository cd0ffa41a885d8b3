// RUN: oqat-opt %s -split-input-file -verify-diagnostics

oqat.parameter @b kind bias : tensor<9xf32>
func.func @f(%x: tensor<1x1x1x16xf32>, %w: tensor<10x16xf32>) {
  // expected-error @below {{expected biases of 10, but got 9}}
  %0 = oqat.linear %x, %w bias @b : (tensor<1x1x1x16xf32>, tensor<10x16xf32>) -> tensor<1x10xf32>
  return
}

// -----

// expected-note @below {{the parameter is here}}
oqat.parameter @b kind beta : tensor<10xf32>
func.func @f(%x: tensor<1x1x1x16xf32>, %w: tensor<10x16xf32>) {
  // expected-error @below {{expected 'b' to be of kind 'bias', but got 'beta'}}
  %0 = oqat.linear %x, %w bias @b : (tensor<1x1x1x16xf32>, tensor<10x16xf32>) -> tensor<1x10xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x2x16xf32>, %w: tensor<10x16xf32>) {
  // expected-error @below {{expected pooled features, but got 'tensor<1x2x2x16xf32>'}}
  %0 = oqat.linear %x, %w : (tensor<1x2x2x16xf32>, tensor<10x16xf32>) -> tensor<1x10xf32>
  return
}

// -----

func.func @f(%x: tensor<1x1x1x16xf32>, %w: tensor<10x1x1x16xf32>) {
  // expected-error @below {{expected features, a weight [classes, channels] and a 2-D result, but got}}
  %0 = oqat.linear %x, %w : (tensor<1x1x1x16xf32>, tensor<10x1x1x16xf32>) -> tensor<1x10xf32>
  return
}

// -----

func.func @f(%x: tensor<1x1x1x16xf32>, %w: tensor<10x15xf32>) {
  // expected-error @below {{expected input channels of 15, but got 16}}
  %0 = oqat.linear %x, %w : (tensor<1x1x1x16xf32>, tensor<10x15xf32>) -> tensor<1x10xf32>
  return
}

// -----

func.func @f(%x: tensor<1x1x1x16xf32>, %w: tensor<10x16xf32>) {
  // expected-error @below {{expected result classes of 10, but got 9}}
  %0 = oqat.linear %x, %w : (tensor<1x1x1x16xf32>, tensor<10x16xf32>) -> tensor<1x9xf32>
  return
}

// -----

func.func @f(%x: tensor<2x1x1x16xf32>, %w: tensor<10x16xf32>) {
  // expected-error @below {{expected result pictures of 2, but got 1}}
  %0 = oqat.linear %x, %w : (tensor<2x1x1x16xf32>, tensor<10x16xf32>) -> tensor<1x10xf32>
  return
}

// -----

oqat.parameter @s kind step : tensor<f32>
func.func @f(%x: tensor<1x1x1x16xf32>, %w: tensor<10x16xf32>) {
  %q = oqat.fake_quantize %x step @s bits 8 : tensor<1x1x1x16xf32>
  // expected-error @below {{expected both operands to be quantized or neither}}
  %0 = oqat.linear %q, %w : (tensor<1x1x1x16xf32>, tensor<10x16xf32>) -> tensor<1x10xf32>
  return
}

// -----

!x = tensor<1x16x!quant.uniform<u8:f32, 0.5>>
!w = tensor<10x16x!quant.uniform<i8:f32, 0.5>>
func.func @f(%x: !x, %w: !w) {
  // expected-error @below {{expected a result of i32, but got 'tensor<1x10xf32>'}}
  %0 = oqat.linear %x, %w : (!x, !w) -> tensor<1x10xf32>
  return
}

// -----

!x = tensor<1x16x!quant.uniform<u8:f32, 0.5>>
!w = tensor<10x16x!quant.uniform<i8:f32, 0.5>>
func.func @f(%x: !x, %w: !w) {
  // expected-error @below {{expected no bias on codes, but got 'b'}}
  %0 = oqat.linear %x, %w bias @b : (!x, !w) -> tensor<1x10xi32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<10x1x1x16xf32>
func.func @f() {
  // expected-error @below {{expected a parameter of 2 dimensions, but got 'tensor<10x1x1x16xf32>'}}
  %w = oqat.weight @w : tensor<10x16xf32>
  return
}

// -----

oqat.parameter @w kind weight : tensor<10x16xf32>
func.func @f() {
  // expected-error @below {{expected at most 16 in dimension 1 of 'w', but got 17}}
  %w = oqat.weight @w : tensor<10x17xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected neither kernel nor transforms on a matrix}}
  %w = oqat.weight @w transforms [@t] : tensor<10x16xf32>
  return
}
