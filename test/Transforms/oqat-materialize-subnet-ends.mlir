// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "bits_w": [2], "bits_a": [4]}' -oqat-verify-subnet | FileCheck %s --check-prefixes=CHECK,FLOAT
// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "bits_w": [2], "bits_a": [4], "bits_ends": 32}' -oqat-verify-subnet | FileCheck %s --check-prefixes=CHECK,FLOAT
// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "bits_w": [2], "bits_a": [4], "bits_ends": 8}' -oqat-verify-subnet | FileCheck %s --check-prefixes=CHECK,ENDS
// RUN: not oqat-opt %S/Inputs/ends.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "bits_w": [2], "bits_a": [4], "bits_ends": 4}' 2>&1 | FileCheck %s --check-prefix=VALUE

// A key that is missing means its default. Lists have an entry for the layer in
// the middle only. What nothing refers to goes.

// FLOAT-NOT: @stem.input_step
// FLOAT-NOT: @classifier.weight_step
// ENDS: oqat.parameter @stem.input_step
// CHECK-NOT: @spare
// CHECK-LABEL: oqat.supernet @net
// FLOAT: %[[X:.*]] = oqat.normalize
// FLOAT-NEXT: %[[W:.*]] = oqat.weight @stem.weight
// FLOAT-NEXT: oqat.conv2d %[[X]], %[[W]]
// ENDS-SAME: \22bits_ends\22:8
// ENDS: oqat.fake_quantize %{{.*}} step @stem.input_step bits 8 signed
// CHECK: oqat.fake_quantize %{{.*}} step @b0.input_step bits 4 :
// CHECK: oqat.fake_quantize %{{.*}} step @b0.weight_step bits 2 signed
// FLOAT: %[[P:.*]] = oqat.pool
// FLOAT-NEXT: %[[M:.*]] = oqat.weight @classifier.weight : tensor<5x2xf32>
// FLOAT-NEXT: oqat.linear %[[P]], %[[M]] bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
// ENDS: %[[Q:.*]] = oqat.fake_quantize %{{.*}} step @classifier.input_step bits 8 :
// ENDS: %[[M:.*]] = oqat.fake_quantize %{{.*}} step @classifier.weight_step bits 8 signed
// ENDS: oqat.linear %[[Q]], %[[M]] bias @classifier.bias

// VALUE: error: subnet: expected 'bits_ends' to be one of 8, 32, but got 4
