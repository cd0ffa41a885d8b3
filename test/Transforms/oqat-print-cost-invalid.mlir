// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-print-cost -o /dev/null

// Almost 2^60 multiply-accumulates, times 32 by 32 bits.
oqat.supernet @large(%image: tensor<1x32768x32768x1xui8>) -> tensor<1x1xf32> {
  %0 = oqat.normalize %image mean [0.5] std [0.5] : tensor<1x32768x32768x1xui8> -> tensor<1x32768x32768x1xf32>
  %w = oqat.constant_weight dense<0.5> : tensor<1x32767x32767x1xf32> layer "a"
  // expected-error @below {{costs more than 64 bits can count}}
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<1x32768x32768x1xf32>, tensor<1x32767x32767x1xf32>) -> tensor<1x32768x32768x1xf32>
  %2 = oqat.pool %1 : tensor<1x32768x32768x1xf32> -> tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<0.5> : tensor<1x1xf32> layer "fc"
  %3 = oqat.linear %2, %wl : (tensor<1x1x1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  oqat.return %3 : tensor<1x1xf32>
}

// -----

oqat.space @space {
  oqat.choice @bits key "bits_w" values [2, 4]
}
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @bits space @space (%image: tensor<1x2x2x3xui8>) -> tensor<1x1xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %p = oqat.pool %0 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<0.5> : tensor<1x3xf32> layer "fc"
  // expected-error @below {{is still elastic, it depends on choice 'bits'}}
  %q = oqat.fake_quantize %w step @s bits @bits signed : tensor<1x3xf32>
  %1 = oqat.linear %p, %w : (tensor<1x1x1x3xf32>, tensor<1x3xf32>) -> tensor<1x1xf32>
  oqat.return %1 : tensor<1x1xf32>
}

// -----

oqat.supernet @shape(%image: tensor<?x2x2x3xui8>) -> tensor<?x1xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x2x2x3xui8> -> tensor<?x2x2x3xf32>
  // expected-error @below {{expected static shapes, but the network is still elastic}}
  %p = oqat.pool %0 : tensor<?x2x2x3xf32> -> tensor<?x1x1x3xf32>
  %w = oqat.constant_weight dense<0.5> : tensor<1x3xf32> layer "fc"
  %1 = oqat.linear %p, %w : (tensor<?x1x1x3xf32>, tensor<1x3xf32>) -> tensor<?x1xf32>
  oqat.return %1 : tensor<?x1xf32>
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
