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
