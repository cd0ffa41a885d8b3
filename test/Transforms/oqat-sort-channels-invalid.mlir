// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect -oqat-sort-channels=trained-ratio=1

// No value to sort by.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
}
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32> = dense<1.0> : tensor<16x1x1x8xf32>
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %w = oqat.weight @e.weight out <8 * @e> : tensor<?x1x1x8xf32>
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  // expected-error @below {{expected a value for parameter 'p.weight'; run --oqat-load-weights}}
  %2 = oqat.conv2d %1, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%2) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// A ratio that the space does not have.
oqat.space @space {
  // expected-error @below {{expected the trained ratio 1 among its values}}
  oqat.choice @e key "e" values [2]
}
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  %2 = oqat.conv2d %0, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%2) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// Something between the convolutions that is not understood.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
}
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  // expected-error @below {{stands between two convolutions whose channels would be sorted}}
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  %2 = oqat.conv2d %0, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%2) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// Channels that something else reads too.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
}
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  // expected-error @below {{has a second use, which fixes the order of its channels}}
  %1 = oqat.activation relu %0 : tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  %2 = oqat.conv2d %1, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%1, %2) : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// Another width than the one that the project convolution reads.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
}
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32> = dense<1.0> : tensor<16x1x1x8xf32>
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %w = oqat.weight @e.weight : tensor<16x1x1x8xf32>
  // expected-error @below {{expected a weight of '8 * @e' outputs to sort them}}
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<?x?x?x?xf32>, tensor<16x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  %2 = oqat.conv2d %1, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%2) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// Blocks that share a parameter; the stage's own input as channels to sort.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
  oqat.choice @d key "d" values [1]
}
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32> = dense<1.0> : tensor<16x1x1x8xf32>
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %w = oqat.weight @e.weight out <8 * @e> : tensor<?x1x1x8xf32>
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  %2 = oqat.conv2d %1, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %3 = oqat.conv2d %2, %w stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  // expected-error @below {{shares parameter 'e.weight' with channels sorted before}}
  %4 = oqat.conv2d %3, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%4) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
  oqat.choice @d key "d" values [1]
}
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  // expected-error @below {{expected the channels to sort to come from a convolution of the block}}
  %s = oqat.stage choice @d (%y = %0 : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
    %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
    %2 = oqat.conv2d %y, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
    oqat.yield %2 : tensor<?x?x?x?xf32>
  }
  %l = "some.op"(%s) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// Infinity has no rank.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
}
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32> = dense<1.0> : tensor<16x1x1x8xf32>
// expected-error @below {{expected finite values to sort channels by, but got INF}}
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<0x7F800000> : tensor<8x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %w = oqat.weight @e.weight out <8 * @e> : tensor<?x1x1x8xf32>
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %v = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  %2 = oqat.conv2d %1, %v stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%2) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// A batch norm of fewer channels than the convolution before it gives.
oqat.space @space {
  oqat.choice @e key "e" values [1, 2]
}
oqat.parameter @e.weight kind weight : tensor<16x1x1x8xf32> = dense<1.0> : tensor<16x1x1x8xf32>
oqat.parameter @p.weight kind weight : tensor<8x1x1x16xf32> = dense<1.0> : tensor<8x1x1x16xf32>
oqat.parameter @g kind gamma : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.parameter @b kind beta : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.parameter @m kind mean : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.parameter @v kind variance : tensor<8xf32> = dense<1.0> : tensor<8xf32>
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x?x?x?xf32>
  %w = oqat.weight @e.weight out <8 * @e> : tensor<?x1x1x8xf32>
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<?x?x?x?xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x?xf32>
  %2 = oqat.batch_norm %1 gamma @g beta @b mean @m variance @v : tensor<?x?x?x?xf32>
  %u = oqat.weight @p.weight in <8 * @e> : tensor<8x1x1x?xf32>
  // expected-error @below {{'oqat.conv2d' op needs 16 channels of parameter 'g', which has 8}}
  %3 = oqat.conv2d %2, %u stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x?xf32>) -> tensor<?x?x?x?xf32>
  %l = "some.op"(%3) : (tensor<?x?x?x?xf32>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}
