// The constraints of oqat.max_pool.
// RUN: oqat-opt %s -split-input-file -verify-diagnostics

func.func @evenKernel(%a: tensor<1x8x8x4xf32>) {
  // expected-error @below {{expected an odd kernel, but got 2}}
  %p = oqat.max_pool %a kernel 2 stride 2 : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
  return
}

// -----

func.func @noStride(%a: tensor<1x8x8x4xf32>) {
  // expected-error @below {{attribute 'stride' failed to satisfy constraint}}
  %p = oqat.max_pool %a kernel 3 stride 0 : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
  return
}

// -----

func.func @rank(%a: tensor<1x8x4xf32>) {
  // expected-error @below {{expected four dimensions, but got 'tensor<1x8x4xf32>'}}
  %p = oqat.max_pool %a kernel 3 stride 1 : tensor<1x8x4xf32> -> tensor<1x8x4xf32>
  return
}

// -----

func.func @pictures(%a: tensor<1x8x8x4xf32>) {
  // expected-error @below {{expected result pictures of 1, but got 2}}
  %p = oqat.max_pool %a kernel 3 stride 2 : tensor<1x8x8x4xf32> -> tensor<2x4x4x4xf32>
  return
}

// -----

func.func @channels(%a: tensor<1x8x8x4xf32>) {
  // expected-error @below {{expected result channels of 4, but got 5}}
  %p = oqat.max_pool %a kernel 3 stride 2 : tensor<1x8x8x4xf32> -> tensor<1x4x4x5xf32>
  return
}

// -----

func.func @size(%a: tensor<1x7x7x4xf32>) {
  // expected-error @below {{expected a result size of 4, but got 3}}
  %p = oqat.max_pool %a kernel 3 stride 2 : tensor<1x7x7x4xf32> -> tensor<1x3x4x4xf32>
  return
}
