// RUN: %python %S/Inputs/make-safetensors.py %t.safetensors "stem.weight:F32:2x1x1x3=0.5" "a.input_step:F32:1=0.25" "a.weight_step:F32:=0.125" "more:F64:2=1"
// RUN: oqat-opt %s -oqat-load-weights="file=%t.safetensors" | FileCheck %s

// Every parameter takes the tensor of its name. A step may have the shape [1]
// or []; tensors that no parameter is named after are left alone. A value that
// was there before is replaced.

// CHECK: oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32> = dense<5.000000e-01> : tensor<2x1x1x3xf32>
// CHECK: oqat.parameter @a.input_step kind step : tensor<f32> = dense<2.500000e-01> : tensor<f32>
// CHECK: oqat.parameter @a.weight_step kind step : tensor<f32> = dense<1.250000e-01> : tensor<f32>
oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32>
oqat.parameter @a.input_step kind step : tensor<f32>
oqat.parameter @a.weight_step kind step : tensor<f32> = dense<3.0> : tensor<f32>
