// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-verify-supernet -o /dev/null
// RUN: not oqat-opt %s -split-input-file -oqat-verify-packed 2>&1 | FileCheck %s --check-prefix=PACKED
// RUN: not oqat-opt %s -split-input-file -oqat-verify-target 2>&1 | FileCheck %s --check-prefix=TARGET

// The first operation that has no business in a phase is named.

// PACKED: error: 'oqat.parameter' op does not belong in the packed phase
// TARGET: error: 'oqat.parameter' op does not belong in the target phase
module {
  oqat.parameter @w kind weight : tensor<8x1x1x3xf32>
  oqat.supernet @net (%image: tensor<1x4x4x3xui8>) -> tensor<1x8xf32> {
    // expected-error @below {{'oqat.constant_weight' op does not belong in the supernet phase}}
    %w = oqat.constant_weight dense<1.0> : tensor<8x1x1x3xf32>
    %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
    %y = oqat.conv2d %x, %w stride 1 : (tensor<1x4x4x3xf32>, tensor<8x1x1x3xf32>) -> tensor<1x4x4x8xf32>
    %p = oqat.pool %y : tensor<1x4x4x8xf32> -> tensor<1x1x1x8xf32>
    %wl = oqat.weight @c : tensor<8x8xf32>
    %l = oqat.linear %p, %wl bias @b : (tensor<1x1x1x8xf32>, tensor<8x8xf32>) -> tensor<1x8xf32>
    oqat.return %l : tensor<1x8xf32>
  }
  oqat.parameter @c kind weight : tensor<8x8xf32>
  oqat.parameter @b kind bias : tensor<8xf32>
}

// -----

// PACKED-NOT: bitpack.network
// TARGET: error: 'bitpack.network' op does not belong in the target phase
// expected-error @below {{expected one 'oqat.supernet', but found 0}}
module {
  bitpack.network @net(%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {
    %0 = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<0.0> : tensor<3xf32> weights dense<1.0> : tensor<2x1x1x3xf32> stride 1 : tensor<1x2x2x3xui8> -> tensor<1x2x2x2xf32>
    %1 = bitpack.pool "pool" %0 fraction 4 : tensor<1x2x2x2xf32> -> tensor<1x2xf32>
    bitpack.return %1 : tensor<1x2xf32>
  }
}

// -----

// TARGET: error: 'func.func' op does not belong in the target phase
// PACKED: error: 'func.func' op does not belong in the packed phase
// expected-error @below {{expected one 'oqat.supernet', but found 0}}
module {
  func.func private @f()
}
