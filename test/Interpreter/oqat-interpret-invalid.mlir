// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-interpret

// expected-error @below {{is too large to be interpreted: 'tensor<1x16000x16000x3xui8>'}}
oqat.supernet @picture(%image: tensor<1x16000x16000x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x16000x16000x3xui8> -> tensor<1x16000x16000x3xf32>
  %1 = oqat.pool %0 {fraction = 1 : i32} : tensor<1x16000x16000x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// -----

oqat.supernet @no_bound(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [1.0e-41, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{pools a value that has no finite bound}}
  %1 = oqat.pool %0 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// -----

oqat.supernet @sparse(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.pool %0 {fraction = 1 : i32} : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  // expected-error @below {{expected dense values of parameter 'w'}}
  %wl = oqat.weight @w : tensor<3x3xf32>
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = sparse<[[0, 0]], [1.0]> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>

// -----

oqat.supernet @unset(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.pool %0 {fraction = 1 : i32} : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.weight @w : tensor<3x3xf32>
  // expected-error @below {{expected a value for parameter 'b'; run --oqat-load-weights}}
  %2 = oqat.linear %1, %wl bias @b : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %2 : tensor<1x3xf32>
}
oqat.parameter @w kind weight : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
oqat.parameter @b kind bias : tensor<3xf32>

// -----

// expected-error @below {{'func.func' is not a network that can be interpreted}}
func.func private @function()
