// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: expected one of the options 'subnet-file' and 'subnet'
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet=subnet-file=%t.missing.json 2>&1 | FileCheck %s --check-prefix=FILE
// FILE: error: {{.*}}.missing.json: cannot open: No such file or directory
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"ks": [3]}' 2>&1 | FileCheck %s --check-prefix=KEY
// KEY: small-supernet.mlir:3:5: error: subnet: expected the key 'image_size', but there is none
// KEY: small-supernet.mlir:{{.*}}: note: choice 'image_size' is needed here
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 9, "ks": [3], "e": [2], "d": [1], "bits_w": 4, "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: small-supernet.mlir:3:5: error: subnet: expected 'image_size' to be one of 8, 12, but got 9
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": [8], "ks": [3], "e": [2], "d": [1], "bits_w": 4, "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=LIST
// LIST: error: subnet: expected 'image_size' to be a number, but got a list
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 8, "ks": [3], "e": [2.5], "d": [1], "bits_w": 4, "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=FRACTION
// FRACTION: error: subnet: expected 'e[0]' to be one of 1, 2, but got 2.5
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 8, "ks": [], "e": [2], "d": [1], "bits_w": 4, "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: error: subnet: expected 'ks' to list at least 1 numbers, but got 0
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 8, "ks": [3], "e": [2], "d": [3], "bits_w": 4, "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=DEPTH
// DEPTH: error: subnet: expected 'd[0]' to be one of 1, 2, but got 3
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 8, "ks": [3], "e": [2], "d": [1], "bits_w": [4, 4, 4], "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=BITS
// BITS: error: subnet: expected 'bits_w' to list 4 numbers, one per active quantized layer, but got 3
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 8, "ks": [3], "e": [2], "d": [1], "bits_w": [4, 4, 5, 4], "bits_a": 4}' 2>&1 | FileCheck %s --check-prefix=VALUE
// VALUE: error: subnet: expected 'bits_w[2]' to be one of 2, 3, 4, 8, but got 5
// RUN: %python -c "print('[' * 100000)" > %t.deep.json
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet=subnet-file=%t.deep.json 2>&1 | FileCheck %s --check-prefix=NESTED
// NESTED: error: {{.*}}deep.json:1:{{.*}}
// RUN: echo '{"image_size": 8,' > %t.cut.json
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet=subnet-file=%t.cut.json -o %t.out.mlir 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: error: {{.*}}cut.json:2:1: {{.*}}
// RUN: not ls %t.out.mlir
// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect -oqat-materialize-subnet='subnet={"image_size": 8, "e": [1, 2], "bits_w": [2, 4], "bits_a": [2, 4]}'

// expected-error @below {{expected a network in the module}}
module {}

// -----

// expected-error @below {{has no space to choose from}}
oqat.supernet @net (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}

// -----

oqat.space @space {
}
// expected-error @below {{has no choice with key 'image_size' that would decide its picture size}}
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

oqat.space @space {
  oqat.choice @e key "e" index 1 values [1, 2]
}
oqat.parameter @w kind weight : tensor<16x1x1x16xf32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x?x?x?xf32>
  %w = oqat.weight @w in <8 * @e> : tensor<16x1x1x?xf32>
  // expected-error @below {{takes 16 channels, but its input has 3 in this subnet}}
  %1 = oqat.conv2d %0, %w stride 1 : (tensor<1x?x?x?xf32>, tensor<16x1x1x?xf32>) -> tensor<1x?x?x?xf32>
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}

// -----

oqat.space @space {
  // expected-error @below {{subnet: expected one number for layers 0 and 1 of 'bits_a', which share a quantizer}}
  oqat.choice @bits_a key "bits_a" per_layer values [2, 4]
}
oqat.parameter @w kind weight : tensor<3x1x1x3xf32>
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x?x?x?xf32>
  // expected-note @below {{choice 'bits_a' is needed here}}
  %q = oqat.fake_quantize %0 step @s bits @bits_a : tensor<1x?x?x?xf32>
  %w = oqat.weight @w : tensor<3x1x1x3xf32>
  %wq = oqat.fake_quantize %w step @s bits 4 signed : tensor<3x1x1x3xf32>
  %1 = oqat.conv2d %q, %wq stride 1 : (tensor<1x?x?x?xf32>, tensor<3x1x1x3xf32>) -> tensor<1x?x?x?xf32>
  %2 = oqat.conv2d %q, %wq stride 1 : (tensor<1x?x?x?xf32>, tensor<3x1x1x3xf32>) -> tensor<1x?x?x?xf32>
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}

// -----

oqat.space @space {
  oqat.choice @bits_w key "bits_w" per_layer values [2, 4]
}
oqat.parameter @w kind weight : tensor<3x1x1x3xf32>
oqat.parameter @s kind step : tensor<f32>
oqat.supernet @net space @space (%x: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<1x8x8x3xui8> -> tensor<1x?x?x?xf32>
  %q = oqat.fake_quantize %0 step @s bits 4 : tensor<1x?x?x?xf32>
  %w = oqat.weight @w : tensor<3x1x1x3xf32>
  %a = oqat.fake_quantize %w step @s bits @bits_w signed : tensor<3x1x1x3xf32>
  %b = oqat.fake_quantize %w step @s bits @bits_w signed : tensor<3x1x1x3xf32>
  %1 = oqat.conv2d %q, %a stride 1 : (tensor<1x?x?x?xf32>, tensor<3x1x1x3xf32>) -> tensor<1x?x?x?xf32>
  %2 = oqat.conv2d %q, %b stride 1 : (tensor<1x?x?x?xf32>, tensor<3x1x1x3xf32>) -> tensor<1x?x?x?xf32>
  // expected-error @below {{belongs to no quantized layer, so the list of choice 'bits_w' has no entry for it}}
  %3 = oqat.fake_quantize %2 step @s bits @bits_w : tensor<1x?x?x?xf32>
  %l = "some.op"(%x) : (tensor<1x8x8x3xui8>) -> tensor<1x10xf32>
  oqat.return %l : tensor<1x10xf32>
}
