// RUN: oqat-opt %s -split-input-file -oqat-annotate-accumulators -verify-diagnostics

// 70000 taps of 127 * 255 leave 32 bits upwards.
func.func @integer(%q: tensor<1x1x1x70000x!quant.uniform<u8<0:255>:f32, 0.25>>) {
  %w = oqat.constant_codes dense<127> : tensor<1x1x1x70000xi8> step 0.5 layer "a" : tensor<1x1x1x70000x!quant.uniform<i8<-128:127>:f32, 0.5>>
  // expected-error @below {{expected accumulators of layer 'a' to fit 32 bits, but channel 0 ranges from 0 to 2266950000}}
  %r = oqat.conv2d %q, %w stride 1 : (tensor<1x1x1x70000x!quant.uniform<u8<0:255>:f32, 0.25>>, tensor<1x1x1x70000x!quant.uniform<i8<-128:127>:f32, 0.5>>) -> tensor<1x1x1x1xi32>
  return
}

// -----

// 2^24 taps of -128 reach -2^31 by codes of one bit, which fits; by 2 bits not.
func.func @packed(%x: tensor<1x1x1x16777216x!bitpack.codes<1>>, %y: tensor<1x1x1x16777216x!bitpack.codes<2>>) {
  %0 = bitpack.conv2d "fits" %x weights dense<-128> : tensor<16777216xi8> bits 8 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32>
    : tensor<1x1x1x16777216x!bitpack.codes<1>> -> tensor<1x1x1x1xf32>
  // expected-error @below {{expected accumulators of layer 'wide' to fit 32 bits, but channel 0 ranges from -6442450944 to 0}}
  %1 = bitpack.conv2d "wide" %y weights dense<-128> : tensor<16777216xi8> bits 8 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32>
    : tensor<1x1x1x16777216x!bitpack.codes<2>> -> tensor<1x1x1x1xf32>
  return
}
