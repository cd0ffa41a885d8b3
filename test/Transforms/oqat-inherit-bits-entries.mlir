// RUN: oqat-opt %s -split-input-file -oqat-inherit-bits | FileCheck %s
// RUN: oqat-opt %s -split-input-file -oqat-inherit-bits=from=4 | FileCheck %s --check-prefix=FOUR
// RUN: oqat-translate --generate-supernet=mbv3-cifar -o %t.mlir
// RUN: oqat-opt %t.mlir -o %t.plain.mlir && oqat-opt %t.mlir -oqat-inherit-bits | cmp - %t.plain.mlir
// RUN: not oqat-opt %t.mlir -oqat-inherit-bits=from=2 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not oqat-opt %t.mlir -oqat-inherit-bits=from=8 2>&1 | FileCheck %s --check-prefix=EIGHT
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-inherit-bits=from=4 2>&1 | FileCheck %s --check-prefix=SCALAR

// TWO: error: cannot inherit from 2 bits, expected at least 3
// EIGHT: error: 'oqat.choice' op expected the values 7 and 8, but got 2, 3, 4, 8
// SCALAR: error: 'oqat.fake_quantize' op has one step for all bits, expected an entry for every value of 'bits_a' to inherit from 4

// A supernet: 4 to 3, then 3 to 2; 8 bits have no neighbour. The choices, the
// scalar step of fixed bits and a parameter without a value stay.
// CHECK: oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
// CHECK: @s kind step : tensor<4xf32> = dense<[-1.000000e+00, -5.000000e-01, -2.500000e-01, 6.250000e-02]> : tensor<4xf32>
// CHECK: @t kind step : tensor<4xf32>{{$}}
// CHECK: @u kind step : tensor<f32> = dense<1.000000e+00>
// CHECK: oqat.fake_quantize %{{.*}} step @u bits 8 :

// With from=4 only the entry of 3 bits is set.
// FOUR: @s kind step : tensor<4xf32> = dense<[7.000000e+00, -5.000000e-01, -2.500000e-01, 6.250000e-02]> : tensor<4xf32>
oqat.space @space {
  oqat.choice @image_size key "image_size" values [8]
  oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 3, 4, 8]
}
oqat.parameter @s kind step : tensor<4xf32> = dense<[7.0, 0.0, -0.25, 0.0625]> : tensor<4xf32>
oqat.parameter @t kind step : tensor<4xf32>
oqat.parameter @u kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @lw kind weight : tensor<10x3xf32>
oqat.parameter @lb kind bias : tensor<10xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %q = oqat.fake_quantize %0 step @s bits @bits_w : tensor<?x?x?x?xf32>
  %r = oqat.fake_quantize %q step @s bits @bits_a : tensor<?x?x?x?xf32>
  %t = oqat.fake_quantize %r step @t bits @bits_a : tensor<?x?x?x?xf32>
  %u = oqat.fake_quantize %t step @u bits 8 : tensor<?x?x?x?xf32>
  %p = oqat.pool %u : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @lw : tensor<10x3xf32>
  %l = oqat.linear %p, %wl bias @lb : (tensor<?x?x?x?xf32>, tensor<10x3xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// A fixed network doubles the entry in use, once for two quantizers; with from=4
// only quantizers of 4 bits go down.
// CHECK: @s kind step : tensor<3xf32> = dense<[1.000000e+00, 4.000000e+00, 4.000000e+00]> : tensor<3xf32>
// CHECK: @e kind step : tensor<f32> = dense<2.000000e+00>
// CHECK: oqat.supernet @net subnet "{\22bits_a\22:[3,3,7]}"
// CHECK: fake_quantize %{{.*}} step @s entry 1 bits 3 :
// CHECK: fake_quantize %{{.*}} step @s entry 1 bits 3 :
// CHECK: fake_quantize %{{.*}} step @e bits 7 :
// FOUR: @e kind step : tensor<f32> = dense<1.000000e+00>
// FOUR: oqat.supernet @net subnet "{\22bits_a\22:[3,3,8]}"
// FOUR: fake_quantize %{{.*}} step @s entry 1 bits 3 :
// FOUR: fake_quantize %{{.*}} step @s entry 1 bits 3 :
// FOUR: fake_quantize %{{.*}} step @e bits 8 :
oqat.parameter @s kind step : tensor<3xf32> = dense<[1.0, 2.0, 4.0]> : tensor<3xf32>
oqat.parameter @e kind step : tensor<f32> = dense<1.0> : tensor<f32>
oqat.parameter @lw kind weight : tensor<10x3xf32>
oqat.parameter @lb kind bias : tensor<10xf32>
oqat.supernet @net subnet "{\22bits_a\22:[4,4,8]}" (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  %q = oqat.fake_quantize %0 step @s entry 1 bits 4 : tensor<1x8x8x3xf32>
  %r = oqat.fake_quantize %q step @s entry 1 bits 4 : tensor<1x8x8x3xf32>
  %e = oqat.fake_quantize %r step @e bits 8 : tensor<1x8x8x3xf32>
  %p = oqat.pool %e : tensor<1x8x8x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @lw : tensor<10x3xf32>
  %l = oqat.linear %p, %wl bias @lb : (tensor<1x1x1x3xf32>, tensor<10x3xf32>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}
