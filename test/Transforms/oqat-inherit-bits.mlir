// RUN: oqat-opt %s -split-input-file -oqat-inherit-bits | FileCheck %s

// A fixed network: bits, record and every step that has a value.
// CHECK: oqat.parameter @a_step kind step : tensor<f32> = dense<5.000000e-01> : tensor<f32>
// CHECK: oqat.parameter @w_step kind step : tensor<f32> = dense<-2.000000e-01> : tensor<f32>
// CHECK: oqat.parameter @w kind weight : tensor<3x1x1x3xf32> = dense<1.000000e+00>
// CHECK: oqat.supernet @net subnet "{\22bits_w\22:3,\22bits_a\22:[7]}"
// CHECK: oqat.fake_quantize %{{.*}} step @a_step bits 7 :
// CHECK: oqat.fake_quantize %{{.*}} step @w_step bits 3 signed
oqat.parameter @a_step kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @w_step kind step : tensor<f32> = dense<-0.1> : tensor<f32>
oqat.parameter @w kind weight : tensor<3x1x1x3xf32> = dense<1.0> : tensor<3x1x1x3xf32>
oqat.parameter @lw kind weight : tensor<10x3xf32>
oqat.parameter @lb kind bias : tensor<10xf32>
oqat.supernet @net subnet "{\22bits_w\22:4,\22bits_a\22:[8]}" (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  %q = oqat.fake_quantize %0 step @a_step bits 8 : tensor<1x8x8x3xf32>
  %w = oqat.weight @w : tensor<3x1x1x3xf32>
  %wq = oqat.fake_quantize %w step @w_step bits 4 signed : tensor<3x1x1x3xf32>
  %1 = oqat.conv2d %q, %wq stride 1 : (tensor<1x8x8x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x8x8x3xf32>
  %p = oqat.pool %1 : tensor<1x8x8x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @lw : tensor<10x3xf32>
  %l = oqat.linear %p, %wl bias @lb : (tensor<1x1x1x3xf32>, tensor<10x3xf32>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}

// -----

// A supernet: the choices that quantizers refer to, once each, and no other.
// CHECK: oqat.choice @image_size key "image_size" values [8]
// CHECK: oqat.choice @bits key "bits_w" per_layer values [2, 3, 7]
// CHECK: oqat.parameter @s kind step : tensor<f32>{{$}}
// CHECK: oqat.fake_quantize %{{.*}} step @s bits @bits
oqat.space @space {
  oqat.choice @image_size key "image_size" values [8]
  oqat.choice @bits key "bits_w" per_layer values [3, 4, 8]
}
oqat.parameter @s kind step : tensor<f32>
oqat.parameter @lw kind weight : tensor<10x3xf32>
oqat.parameter @lb kind bias : tensor<10xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %q = oqat.fake_quantize %0 step @s bits @bits : tensor<?x?x?x?xf32>
  %r = oqat.fake_quantize %q step @s bits @bits : tensor<?x?x?x?xf32>
  %p = oqat.pool %r : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @lw : tensor<10x3xf32>
  %l = oqat.linear %p, %wl bias @lb : (tensor<?x?x?x?xf32>, tensor<10x3xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// What may stay in float keeps its bits and its step.
// CHECK: oqat.choice @bits key "bits_w" per_layer values [2, 3]
// CHECK: oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
// CHECK: oqat.parameter @s kind step : tensor<f32> = dense<5.000000e-01>
// CHECK: oqat.parameter @ends kind step : tensor<f32> = dense<1.250000e-01>
oqat.space @space {
  oqat.choice @image_size key "image_size" values [8]
  oqat.choice @bits key "bits_w" per_layer values [3, 4]
  oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
}
oqat.parameter @s kind step : tensor<f32> = dense<0.25> : tensor<f32>
oqat.parameter @ends kind step : tensor<f32> = dense<0.125> : tensor<f32>
oqat.parameter @lw kind weight : tensor<10x3xf32>
oqat.parameter @lb kind bias : tensor<10xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  %q = oqat.fake_quantize %0 step @s bits @bits : tensor<?x?x?x?xf32>
  %p = oqat.pool %q : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %r = oqat.fake_quantize %p step @ends bits @bits_ends : tensor<?x?x?x?xf32>
  %wl = oqat.weight @lw : tensor<10x3xf32>
  %wq = oqat.fake_quantize %wl step @ends bits @bits_ends signed : tensor<10x3xf32>
  %l = oqat.linear %r, %wq bias @lb : (tensor<?x?x?x?xf32>, tensor<10x3xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}
