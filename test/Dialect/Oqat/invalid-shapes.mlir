// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

// expected-error @below {{failed to satisfy constraint: type attribute of ranked tensor of 32-bit float values}}
oqat.parameter @p kind bias : tensor<4xf64>

// -----

// expected-error @below {{expected 1 to 1073741824 elements, but got 'tensor<0xf32>'}}
oqat.parameter @p kind bias : tensor<0xf32>

// -----

// expected-error @below {{expected the shape of a 'weight', but got 'tensor<4x4x4xf32>'}}
oqat.parameter @p kind weight : tensor<4x4x4xf32>

// -----

// expected-error @below {{expected the shape of a 'bias', but got 'tensor<2x2xf32>'}}
oqat.parameter @p kind bias : tensor<2x2xf32>

// -----

func.func @arguments(%x: tensor<?x10xf32>) {
  // expected-error @below {{expected block slot 1 to have one argument of type 'tensor<?x10xf32>'}}
  %0 = "oqat.stage"(%x) <{choice = @d}> ({
  ^bb0(%a: tensor<?x10xf32>):
    oqat.yield %a : tensor<?x10xf32>
  }, {
  ^bb0(%a: tensor<?x9xf32>):
    oqat.yield %x : tensor<?x10xf32>
  }) : (tensor<?x10xf32>) -> tensor<?x10xf32>
  return
}

// -----

func.func @terminator(%x: tensor<?x10xf32>) {
  // expected-error @below {{expected block slot 0 to end with 'oqat.yield'}}
  %0 = oqat.stage choice @d (%a = %x : tensor<?x10xf32>) -> tensor<?x10xf32> {
    "some.terminator"() : () -> ()
  }
  return
}

// -----

func.func @weight() {
  // expected-error @below {{expected a result of four or two dimensions, but got 'tensor<4x1x4xf32>'}}
  %w = oqat.weight @w : tensor<4x1x4xf32>
  return
}

// -----

func.func @weight() {
  // expected-error @below {{expected a dynamic output extent, but got 'tensor<4x3x3x4xf32>'}}
  %w = oqat.weight @w out <4 * @e> : tensor<4x3x3x4xf32>
  return
}

// -----

func.func @weight() {
  // expected-error @below {{expected a static input extent, but got 'tensor<4x3x3x?xf32>'}}
  %w = oqat.weight @w : tensor<4x3x3x?xf32>
  return
}

// -----

func.func @weight() {
  // expected-error @below {{expected a dynamic kernel extent, but got 'tensor<4x3x3x4xf32>'}}
  %w = oqat.weight @w kernel @ks : tensor<4x3x3x4xf32>
  return
}

// -----

func.func @weight() {
  // expected-error @below {{expected a square kernel of 3, but got 5}}
  %w = oqat.weight @w : tensor<4x3x5x4xf32>
  return
}

// -----

func.func @normalize(%x: tensor<1x8x8x3xui8>) {
  // expected-error @below {{expected a number of deviations of 3, but got 2}}
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @normalize(%x: tensor<1x8x8x3xui8>) {
  // expected-error @below {{expected finite means, but got}}
  %0 = oqat.normalize %x mean [0.0, 0x7FF0000000000000, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x8x3xf32>
  return
}

// -----

func.func @normalize(%x: tensor<1x8x8x3xui8>) {
  // expected-error @below {{expected a result of four dimensions, but got 'tensor<8x8x3xf32>'}}
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<8x8x3xf32>
  return
}

// -----

func.func @normalize(%x: tensor<1x8x8x3xui8>) {
  // expected-error @below {{expected a result extent of 8, but got 7}}
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x8x7x3xf32>
  return
}

// -----

func.func @conv2d(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3xf32>) {
  // expected-error @below {{expected four dimensions throughout, but got 'tensor<1x8x8x3xf32>', 'tensor<4x3xf32>' and 'tensor<1x8x8x4xf32>'}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @conv2d(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x5x3xf32>) {
  // expected-error @below {{expected a square kernel of 3, but got 5}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3x5x3xf32>) -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @conv2d(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @below {{expected a result of f32, but got 'tensor<1x8x8x4xi32>'}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x8x8x4xi32>
  return
}

// -----

func.func @conv2d(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @below {{expected result channels of 4, but got 5}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x8x8x5xf32>
  return
}

// -----

func.func @conv2d(%x: tensor<1x8x8x3xf32>, %w: tensor<4x3x3x3xf32>) {
  // expected-error @below {{expected result pictures of 1, but got 2}}
  %0 = oqat.conv2d %x, %w stride 1 : (tensor<1x8x8x3xf32>, tensor<4x3x3x3xf32>) -> tensor<2x8x8x4xf32>
  return
}
