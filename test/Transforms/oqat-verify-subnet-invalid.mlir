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
