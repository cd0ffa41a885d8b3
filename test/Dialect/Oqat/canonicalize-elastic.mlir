// RUN: oqat-opt %s -split-input-file -canonicalize | FileCheck %s

// Choices with one value are decided, those that nothing refers to go, and so do
// block slots that no depth reaches.

// CHECK-LABEL: oqat.space @space
// CHECK-NEXT: @image_size
// CHECK-NEXT: @bits_a
// CHECK-NEXT: }
oqat.space @space {
  oqat.choice @image_size key "image_size" values [8]
  oqat.choice @e_0 key "e" index 0 values [2]
  oqat.choice @ks_0 key "ks" index 0 values [3]
  oqat.choice @d_0 key "d" index 0 values [1]
  oqat.choice @bits_w key "bits_w" per_layer values [4]
  oqat.choice @bits_a key "bits_a" per_layer values [2, 4]
  oqat.choice @unused key "unused" values [1, 2]
}
oqat.parameter @b.weight kind weight : tensor<24x5x5x1xf32>
oqat.parameter @b.transform_5to3 kind transform : tensor<9x9xf32>
oqat.parameter @b.weight_step kind step : tensor<f32>
oqat.parameter @b.input_step kind step : tensor<f32>
oqat.parameter @w kind weight : tensor<10x16xf32>
oqat.parameter @b kind bias : tensor<10xf32>
// CHECK: oqat.supernet @decided
oqat.supernet @decided space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  // CHECK-NOT: oqat.stage
  %1 = oqat.stage choice @d_0 (%x = %0 : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
    // CHECK: oqat.fake_quantize {{.*}} step @b.input_step bits @bits_a : tensor<?x?x?x?xf32>
    %q = oqat.fake_quantize %x step @b.input_step bits @bits_a : tensor<?x?x?x?xf32>
    // CHECK: oqat.weight @b.weight transforms [@b.transform_5to3] : tensor<16x3x3x1xf32>
    %w = oqat.weight @b.weight out <8 * @e_0> kernel @ks_0 transforms [@b.transform_5to3] : tensor<?x?x?x1xf32>
    // CHECK: oqat.fake_quantize {{.*}} step @b.weight_step bits 4 signed : tensor<16x3x3x1xf32>
    %wq = oqat.fake_quantize %w step @b.weight_step bits @bits_w signed : tensor<?x?x?x1xf32>
    %c = oqat.conv2d %q, %wq stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<?x?x?x1xf32>) -> tensor<?x?x?x?xf32>
    oqat.yield %c : tensor<?x?x?x?xf32>
  } {
    // CHECK-NOT: oqat.activation
    %u = oqat.activation h_swish %x : tensor<?x?x?x?xf32>
    oqat.yield %u : tensor<?x?x?x?xf32>
  }
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<10x16xf32>
  %l = oqat.linear %p, %wl bias @b : (tensor<?x?x?x?xf32>, tensor<10x16xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// A slot that no depth reaches goes; the others stay elastic.

oqat.space @space {
  oqat.choice @image_size key "image_size" values [8]
  oqat.choice @d_0 key "d" index 0 values [1, 2]
}
oqat.parameter @w kind weight : tensor<10x3xf32>
oqat.parameter @b kind bias : tensor<10xf32>
// CHECK-LABEL: oqat.supernet @reachable
oqat.supernet @reachable space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
  // CHECK: oqat.stage choice @d_0
  // CHECK: oqat.activation relu
  // CHECK: oqat.activation h_swish
  // CHECK-NOT: oqat.activation h_sigmoid
  // CHECK: oqat.pool
  %1 = oqat.stage choice @d_0 (%x = %0 : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
    %u = oqat.activation relu %x : tensor<?x?x?x?xf32>
    oqat.yield %u : tensor<?x?x?x?xf32>
  } {
    %u = oqat.activation h_swish %x : tensor<?x?x?x?xf32>
    oqat.yield %u : tensor<?x?x?x?xf32>
  } {
    %u = oqat.activation h_sigmoid %x : tensor<?x?x?x?xf32>
    oqat.yield %u : tensor<?x?x?x?xf32>
  }
  %p = oqat.pool %1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %wl = oqat.weight @w : tensor<10x3xf32>
  %l = oqat.linear %p, %wl bias @b : (tensor<?x?x?x?xf32>, tensor<10x3xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// The identity as a kernel transform is a plain crop of finite weights; another
// matrix, or one without a value, stays.

oqat.parameter @a.weight kind weight : tensor<8x3x3x1xf32> = dense<0.5> : tensor<8x3x3x1xf32>
oqat.parameter @n.weight kind weight : tensor<8x3x3x1xf32> = dense<0x7F800000> : tensor<8x3x3x1xf32>
oqat.parameter @one kind transform : tensor<1x1xf32> = dense<1.0> : tensor<1x1xf32>
oqat.parameter @two kind transform : tensor<1x1xf32> = dense<2.0> : tensor<1x1xf32>
oqat.parameter @none kind transform : tensor<1x1xf32>
oqat.parameter @b kind bias : tensor<10xf32>
// CHECK-LABEL: oqat.supernet @identity
oqat.supernet @identity (%image: tensor<1x4x4x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
  // CHECK: oqat.weight @a.weight : tensor<3x1x1x1xf32>
  %w0 = oqat.weight @a.weight transforms [@one] : tensor<3x1x1x1xf32>
  %1 = oqat.conv2d %0, %w0 stride 1 depthwise : (tensor<1x4x4x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: transforms [@two]
  %w1 = oqat.weight @a.weight transforms [@two] : tensor<3x1x1x1xf32>
  %2 = oqat.conv2d %1, %w1 stride 1 depthwise : (tensor<1x4x4x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: transforms [@none]
  %w2 = oqat.weight @a.weight transforms [@none] : tensor<3x1x1x1xf32>
  %3 = oqat.conv2d %2, %w2 stride 1 depthwise : (tensor<1x4x4x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: oqat.weight @n.weight transforms [@one]
  %w3 = oqat.weight @n.weight transforms [@one] : tensor<3x1x1x1xf32>
  %4 = oqat.conv2d %3, %w3 stride 1 depthwise : (tensor<1x4x4x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x4x4x3xf32>
  %p = oqat.pool %4 : tensor<1x4x4x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @v : tensor<10x3xf32>
  %l = oqat.linear %p, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<10x3xf32>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}
oqat.parameter @v kind weight : tensor<10x3xf32>
