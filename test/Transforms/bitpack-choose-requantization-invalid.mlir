// RUN: oqat-opt %s -bitpack-choose-requantization -verify-diagnostics
// RUN: not oqat-opt %s -bitpack-choose-requantization=form=gather 2>&1 | FileCheck %s

// CHECK: expected a form 'float', 'map', 'thresholds' or 'auto', but got 'gather'

func.func @wide(%y: tensor<1x1x1x16777216x!bitpack.codes<2>>) {
  // expected-error @below {{expected accumulators of layer 'wide' to fit 32 bits, but channel 0 ranges from -6442450944 to 0}}
  %1 = bitpack.conv2d "wide" %y weights dense<-128> : tensor<16777216xi8> bits 8 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> quantize "wide.codes" reciprocal 1.0
    : tensor<1x1x1x16777216x!bitpack.codes<2>> -> tensor<1x1x1x1x!bitpack.codes<1>>
  return
}
