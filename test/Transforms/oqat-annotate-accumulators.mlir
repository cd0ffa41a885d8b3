// RUN: oqat-opt %s -split-input-file -oqat-annotate-accumulators | FileCheck %s
// RUN: oqat-opt %s -split-input-file -oqat-annotate-accumulators | oqat-opt -split-input-file -oqat-annotate-accumulators | FileCheck %s

// Codes 0 to 3. Weights of 3 bits are -4 to 3: the largest products are 9 upwards
// and -12 downwards, 32768 / 12 of which fit 16 bits.
// CHECK-LABEL: func @unsigned
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<[9, 3]> : tensor<2xi32>, accumulator_min = dense<[-6, -12]> : tensor<2xi32>, flush = 2730 : i64
func.func @unsigned(%q: tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>) -> tensor<1x2x2x2xi32> {
  %w = oqat.constant_codes dense<[[[[1, 2, -2]]], [[[1, -2, -2]]]]> : tensor<2x1x1x3xi8> step 0.5 layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  return %r : tensor<1x2x2x2xi32>
}

// -----

// Codes -2 to 1, stored as 0 to 3.
// CHECK-LABEL: func @signed
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<[7, 9]> : tensor<2xi32>, accumulator_min = dense<[-8, -6]> : tensor<2xi32>, flush = 2730 : i64
func.func @signed(%q: tensor<1x2x2x3x!quant.uniform<i8<-2:1>:f32, 0.25>>) -> tensor<1x2x2x2xi32> {
  %w = oqat.constant_codes dense<[[[[1, 2, -2]]], [[[1, -2, -2]]]]> : tensor<2x1x1x3xi8> step 0.5 layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x3x!quant.uniform<i8<-2:1>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  return %r : tensor<1x2x2x2xi32>
}

// -----

// Codes -1 to 2 around their zero point.
// CHECK-LABEL: func @asymmetric
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<[8, 6]> : tensor<2xi32>, accumulator_min = dense<[-7, -9]> : tensor<2xi32>, flush = 2730 : i64
func.func @asymmetric(%q: tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25:1>>) -> tensor<1x2x2x2xi32> {
  %w = oqat.constant_codes dense<[[[[1, 2, -2]]], [[[1, -2, -2]]]]> : tensor<2x1x1x3xi8> step 0.5 layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25:1>>, tensor<2x1x1x3x!quant.uniform<i8<-4:3>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  return %r : tensor<1x2x2x2xi32>
}

// -----

// The codes 1, 0, -2 and 1, -2, -2 stand for 3, 1, -3 and 3, -3, -3; no product
// passes 9, 32767 / 9 fit.
// CHECK-LABEL: func @odd
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<[12, 9]> : tensor<2xi32>, accumulator_min = dense<[-9, -18]> : tensor<2xi32>, flush = 3640 : i64
func.func @odd(%q: tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>) -> tensor<1x2x2x2xi32> {
  %w = oqat.constant_codes dense<[[[[1, 0, -2]]], [[[1, -2, -2]]]]> : tensor<2x1x1x3xi8> step 0.5 odd layer "a" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  return %r : tensor<1x2x2x2xi32>
}

// -----

// 256 * -128 is the lowest number of 16 bits.
// CHECK-LABEL: func @lowest
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<0> : tensor<1xi32>, accumulator_min = dense<-32768> : tensor<1xi32>, flush = 256 : i64
func.func @lowest(%q: tensor<1x2x2x256x!quant.uniform<u8<0:1>:f32, 0.25>>) -> tensor<1x2x2x1xi32> {
  %w = oqat.constant_codes dense<-128> : tensor<1x1x1x256xi8> step 0.5 layer "a" : tensor<1x1x1x256x!quant.uniform<i8<-128:127>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x256x!quant.uniform<u8<0:1>:f32, 0.25>>, tensor<1x1x1x256x!quant.uniform<i8<-128:127>:f32, 0.5>>) -> tensor<1x2x2x1xi32>
  return %r : tensor<1x2x2x1xi32>
}

// -----

// One tap more.
// CHECK-LABEL: func @below
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 32 : i64, accumulator_max = dense<0> : tensor<1xi32>, accumulator_min = dense<-32896> : tensor<1xi32>, flush = 256 : i64
func.func @below(%q: tensor<1x2x2x257x!quant.uniform<u8<0:1>:f32, 0.25>>) -> tensor<1x2x2x1xi32> {
  %w = oqat.constant_codes dense<-128> : tensor<1x1x1x257xi8> step 0.5 layer "a" : tensor<1x1x1x257x!quant.uniform<i8<-128:127>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x257x!quant.uniform<u8<0:1>:f32, 0.25>>, tensor<1x1x1x257x!quant.uniform<i8<-128:127>:f32, 0.5>>) -> tensor<1x2x2x1xi32>
  return %r : tensor<1x2x2x1xi32>
}

// -----

// 2 * 127 times -128 to 127 fits 16 bits. The stored codes are 0 to 255, of
// which one product fits.
// CHECK-LABEL: func @stored
// CHECK: oqat.conv2d {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<32258> : tensor<1xi32>, accumulator_min = dense<-32512> : tensor<1xi32>, flush = 1 : i64
func.func @stored(%q: tensor<1x2x2x2x!quant.uniform<i8<-128:127>:f32, 0.25>>) -> tensor<1x2x2x1xi32> {
  %w = oqat.constant_codes dense<127> : tensor<1x1x1x2xi8> step 0.5 layer "a" : tensor<1x1x1x2x!quant.uniform<i8<-128:127>:f32, 0.5>>
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x2x2x2x!quant.uniform<i8<-128:127>:f32, 0.25>>, tensor<1x1x1x2x!quant.uniform<i8<-128:127>:f32, 0.5>>) -> tensor<1x2x2x1xi32>
  return %r : tensor<1x2x2x1xi32>
}

// -----

// Byte 27 holds the codes -1, -2, 1 and 0; input codes are 0 to 3, then -1 to 2
// around their zero point.
// CHECK-LABEL: func @packed
// CHECK: bitpack.conv2d "c" {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<3> : tensor<2xi32>, accumulator_min = dense<-9> : tensor<2xi32>, flush = 5461 : i64
// CHECK: bitpack.depthwise_conv2d "d" {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<[1, 2, 2, 0]> : tensor<4xi32>, accumulator_min = dense<[-2, -4, -1, 0]> : tensor<4xi32>, flush = 5461 : i64
func.func @packed(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32>
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2xf32>
  %1 = bitpack.depthwise_conv2d "d" %x weights dense<27> : tensor<1xi8> bits 2 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> {input_zero_point = 1 : i64}
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x4xf32>
  return
}

// -----

// The odd values of the codes are -1, -3, 3 and 1.
// CHECK-LABEL: func @packed_odd
// CHECK: bitpack.conv2d "c" {{.*}}accumulator_bits = 16 : i64, accumulator_max = dense<12> : tensor<2xi32>, accumulator_min = dense<-12> : tensor<2xi32>, flush = 3640 : i64
func.func @packed_odd(%x: tensor<1x4x4x4x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "c" %x weights dense<27> : tensor<2xi8> bits 2 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<2xf32> bias dense<0.0> : tensor<2xf32> {odd}
    : tensor<1x4x4x4x!bitpack.codes<2>> -> tensor<1x4x4x2xf32>
  return
}
