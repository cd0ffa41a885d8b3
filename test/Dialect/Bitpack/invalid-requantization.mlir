// RUN: oqat-opt %s -split-input-file -verify-diagnostics

// C1 of thresholds.
func.func @rank(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
  // expected-error @below {{expected thresholds of type tensor<CxTxi32>, but got }}
    requantize #bitpack.thresholds<dense<0> : tensor<2xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @none(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
  // expected-error @below {{expected thresholds of type tensor<CxTxi32>, but got }}
    requantize #bitpack.thresholds<dense<0> : tensor<2x0xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @descending(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
  // expected-error @below {{expected ascending thresholds, but got 0 after 1}}
    requantize #bitpack.thresholds<dense<[[-2, 0, 1], [-2, 1, 0]]> : tensor<2x3xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

// C2 of thresholds.
func.func @directions(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
  // expected-error @below {{expected 2 entries of 'falling', but got 1}}
    requantize #bitpack.thresholds<dense<0> : tensor<2x3xi32> falling [true]>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

// C1 of accumulator_map.
func.func @table(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
  // expected-error @below {{expected a table of type tensor<Nxi8>, but got }}
    requantize #bitpack.accumulator_map<offsets [0, 0] table dense<0> : tensor<8xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

// C2 of accumulator_map.
func.func @offset(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
  // expected-error @below {{expected offsets from 0 to 7, but got 8}}
    requantize #bitpack.accumulator_map<offsets [0, 8] table dense<0> : tensor<8xi8>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

// C5 of conv2d.
func.func @float(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  // expected-error @below {{expected 'requantize' only where the result is of codes, with no gate and no residual}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<0> : tensor<2x3xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> 
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2xf32>
  return
}

// -----

func.func @gate(%x: tensor<1x4x4x4x!bitpack.codes<2>>, %g: tensor<1x2xf32>) {
  // expected-error @below {{expected 'requantize' only where the result is of codes, with no gate and no residual}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<0> : tensor<2x3xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> gate(%g : tensor<1x2xf32>) quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @residual(%x: tensor<1x4x4x4x!bitpack.codes<2>>, %r: tensor<1x4x4x2xf32>) {
  // expected-error @below {{expected 'requantize' only where the result is of codes, with no gate and no residual}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<0> : tensor<2x3xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> residual(%r : tensor<1x4x4x2xf32>) quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @channels(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  // expected-error @below {{expected a requantization of 2 channels, but got 3}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<0> : tensor<3x3xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @count(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  // expected-error @below {{expected 3 thresholds per channel, but got 2}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.thresholds<dense<0> : tensor<2x2xi32>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @codes(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  // expected-error @below {{expected a table of codes up to 3, but got 4}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize #bitpack.accumulator_map<offsets [0, 0] table dense<4> : tensor<8xi8>>
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

func.func @kind(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  // expected-error @below {{attribute 'requantization' failed to satisfy constraint: thresholds or a map of accumulators}}
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    requantize 1 : i32
    scale dense<1.0> : tensor<2xf32> bias dense<1.0> : tensor<2xf32> quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}
