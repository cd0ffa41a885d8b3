// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-direct-ties
// RUN: not oqat-opt %s -split-input-file -oqat-direct-ties=pictures=0 2>&1 | FileCheck %s
// CHECK: error: expected 1 to 1024 pictures, but got 0

oqat.parameter @w kind weight : tensor<2x3xf32>
oqat.parameter @b kind bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
oqat.supernet @net (%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.0, 0.0, 0.0] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected a value for parameter 'w'}}
  %wl = oqat.weight @w : tensor<2x3xf32>
  %l = oqat.linear %0, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}

// -----

// expected-error @below {{an elastic network needs a subnet with an 'image_size'}}
oqat.supernet @net (%image: tensor<1x?x?x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.0, 0.0, 0.0] std [0.25, 0.25, 0.25] : tensor<1x?x?x3xui8> -> tensor<1x?x?x3xf32>
  %1 = oqat.pool %0 : tensor<1x?x?x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<2x3xf32>
  %l = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %l : tensor<1x2xf32>
}
oqat.parameter @w kind weight : tensor<2x3xf32>
oqat.parameter @b kind bias : tensor<2xf32>
