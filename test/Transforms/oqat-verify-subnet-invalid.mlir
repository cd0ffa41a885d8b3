// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect -oqat-verify-subnet

// expected-error @below {{has no place in a fixed network}}
oqat.space @space {
}

// -----

oqat.parameter @w kind weight : tensor<16x1x1x16xf32>
oqat.supernet @net (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  // expected-error @below {{expected a static shape, but got 'tensor<?x8x8x3xf32>'}}
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<?x8x8x3xf32>
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}

// -----

oqat.supernet @foreign(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  // expected-error @below {{'llvm.mlir.constant' op has no place in a fixed network}}
  %c = llvm.mlir.constant(1 : i64) : i64
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %p = oqat.pool %0 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "fc"
  %1 = oqat.linear %p, %w : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %1 : tensor<1x3xf32>
}

// -----

oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{is still elastic, it depends on choice 'bits'}}
  %q = oqat.fake_quantize %0 step @s bits @bits : tensor<1x2x2x3xf32>
  %p = oqat.pool %q : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "fc"
  %1 = oqat.linear %p, %w : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %1 : tensor<1x3xf32>
}
oqat.space @space {
  oqat.choice @bits key "bits_a" values [2, 4]
}
