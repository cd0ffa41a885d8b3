// RUN: oqat-opt %s -bitpack-choose-requantization=form=thresholds -split-input-file -verify-diagnostics | FileCheck %s --check-prefixes=CHECK,THRESHOLDS
// RUN: sed 's/expected-remark .*//' %s | oqat-opt -bitpack-choose-requantization=form=map -split-input-file 2>/dev/null | FileCheck %s --check-prefixes=CHECK,MAP
// RUN: sed 's/expected-remark .*//' %s | oqat-opt -bitpack-choose-requantization -split-input-file | FileCheck %s --check-prefixes=CHECK,AUTO
// RUN: sed 's/expected-remark .*//' %s | oqat-opt -bitpack-choose-requantization=form=map -split-input-file 2>/dev/null | oqat-opt -bitpack-choose-requantization=form=float -split-input-file | FileCheck %s --check-prefixes=CHECK,FLOAT

// RUN: sed 's/expected-remark .*//' %s | oqat-opt -bitpack-choose-requantization="form=map max-accumulators=20" -split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=MANY
// RUN: sed 's/expected-remark .*//' %s | oqat-opt -bitpack-choose-requantization="form=map max-table-bytes=20" -split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=BYTES

// MANY: layer 'c' keeps the float form: it has 26 accumulators to evaluate
// BYTES: layer 'c' keeps the float form: its table would have 26 bytes

// Byte 27 holds the weights -1, -2, 1 and 0, so accumulators are -9 to 3. The
// codes are acc + 2 and -acc + 2, clamped to 0 to 3. Of the falling channel the
// complements -acc - 1 are -4 to 8.
// CHECK-LABEL: func @two_bits
// THRESHOLDS: requantize #bitpack.thresholds<dense<{{\[\[}}-2, -1, 0], [-3, -2, -1]]> : tensor<2x3xi32> falling [false, true]>
// MAP: requantize #bitpack.accumulator_map<offsets [9, 22] table dense<[0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 1, 0, 0]> : tensor<26xi8>>
// AUTO: requantize #bitpack.thresholds<dense<{{\[\[}}-2, -1, 0], [-3, -2, -1]]>
// FLOAT-NOT: requantize
func.func @two_bits(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<[0.5, -0.5]> : tensor<2xf32> bias dense<1.0> : tensor<2xf32>
    activation relu quantize "c.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}

// -----

// Channels that agree share their 13 bytes. 15 thresholds are more work than
// the epilogue, of 4 bits none is reached but 0 and 1.
// CHECK-LABEL: func @shared
// THRESHOLDS: requantize #bitpack.thresholds<dense<{{\[\[}}-1, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3], [-1, 3, {{.*}}]]> : tensor<2x15xi32>>
// MAP: requantize #bitpack.accumulator_map<offsets [9, 9] table dense<[0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]> : tensor<13xi8>>
// AUTO-NOT: requantize
// FLOAT-NOT: requantize
func.func @shared(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.125> : tensor<2xf32> bias dense<0.625> : tensor<2xf32>
    quantize "c.codes" reciprocal 1.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<4>>
  return
}

// -----

// h_swish falls before it rises: of the accumulators -3 to 1, -2 and -1 have the
// lowest code.
// CHECK-LABEL: func @both_ways
// MAP: requantize #bitpack.accumulator_map<offsets [3] table dense<[1, 0, 0, 1, 3]> : tensor<5xi8>>
// THRESHOLDS-NOT: requantize
// AUTO-NOT: requantize
// FLOAT-NOT: requantize
func.func @both_ways(%x: tensor<1x4x4x2x!bitpack.codes<1>>) {
  // expected-remark @below {{layer 'c' keeps the float form: a channel both rises and falls}}
  %0 = bitpack.conv2d "c" %x weights dense<13> : tensor<1xi8> bits 3 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32>
    activation h_swish quantize "c.codes" reciprocal 3.0 zero_point 1
    : tensor<1x4x4x2x!bitpack.codes<1>> -> tensor<1x4x4x1x!bitpack.codes<2>>
  return
}

// -----

// What is more than a function of the accumulator.
// CHECK-LABEL: func @joined
// CHECK-NOT: requantize
func.func @joined(%x: tensor<1x4x4x4x!bitpack.codes<2>>, %g: tensor<1x1x1x2xf32>, %r: tensor<1x4x4x2xf32>) {
  // expected-remark @below {{layer 'float' keeps the float form: its result stays float}}
  %0 = bitpack.conv2d "float" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.5> : tensor<2xf32> bias dense<1.0> : tensor<2xf32>
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2xf32>
  // expected-remark @below {{layer 'gate' keeps the float form: a gate joins it}}
  %1 = bitpack.conv2d "gate" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.5> : tensor<2xf32> bias dense<1.0> : tensor<2xf32>
    gate(%g : tensor<1x1x1x2xf32>) quantize "gate.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  // expected-remark @below {{layer 'residual' keeps the float form: a residual joins it}}
  %2 = bitpack.conv2d "residual" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.5> : tensor<2xf32> bias dense<1.0> : tensor<2xf32>
    residual(%r : tensor<1x4x4x2xf32>) quantize "residual.codes" reciprocal 2.0
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2x!bitpack.codes<2>>
  return
}
