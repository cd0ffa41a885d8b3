// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "d": [2], "bits_ends": 8, "residual": "i8"}' -oqat-freeze-quantizers | FileCheck %s
// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "d": [2], "bits_ends": 8, "residual": "i8"}' -oqat-freeze-quantizers -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer | FileCheck %s --check-prefix=BOUNDS

// Additions onto a stream take codes and give codes, and pools take codes;
// whoever else reads codes reads what they stand for. The step of the stream is negative: its magnitude
// counts.

// CHECK-LABEL: oqat.supernet @net
// CHECK: %[[R:.*]] = oqat.quantize %{{.*}} step 5.000000e-01 name "run.residual" : tensor<1x2x2x16xf32> -> tensor<1x2x2x16x!quant.uniform<i8:f32, 5.000000e-01>>
// CHECK: %[[RF:.*]] = oqat.decode %[[R]] step 5.000000e-01
// CHECK: %[[Y:.*]] = oqat.quantize %[[RF]] step 5.000000e-01 name "se.input"
// CHECK: %[[YF:.*]] = oqat.decode %[[Y]] step 5.000000e-01
// CHECK: %[[P:.*]] = oqat.pool %[[Y]] step 5.000000e-01 layer "se.pool" :
// CHECK: oqat.quantize %[[P]] step 2.500000e-01 name "se.reduce.input"
// CHECK: oqat.constant_codes {{.*}} layer "se.reduce"
// CHECK: oqat.conv2d
// CHECK: oqat.dequantize
// CHECK: oqat.bias
// CHECK: oqat.quantize %{{.*}} name "se.expand.input"
// CHECK: %[[G:.*]] = oqat.quantize %{{.*}} step 0.00392156886 name "se.gate" : tensor<1x1x1x16xf32> -> tensor<1x1x1x16x!quant.uniform<u8:f32, 0.0039215688593685627>>
// CHECK: %[[GF:.*]] = oqat.decode %[[G]] step 0.00392156886
// CHECK: %[[S:.*]] = oqat.scale %[[YF]], %[[GF]]
// CHECK: %[[A:.*]] = oqat.residual_add %[[S]], %[[R]] step 5.000000e-01 name "run.residual.1"
// CHECK: %[[AF:.*]] = oqat.decode %[[A]] step 5.000000e-01
// CHECK: %[[U:.*]] = oqat.activation relu %[[AF]]
// CHECK: %[[B:.*]] = oqat.residual_add %[[U]], %[[A]] step 5.000000e-01 name "run.residual.2"
// CHECK: oqat.pool %[[B]] step 5.000000e-01 :

// They need no fraction.
// BOUNDS: oqat.pool %{{.*}} layer "se.pool" :
// BOUNDS: oqat.pool %{{.*}} step 5.000000e-01 :
