// Elastic bits: a step per quantizer and bit-width. Uniform and mixed precision
// are the same supernet; a fixed quantizer says which entry is its own.

// RUN: sed 's/kind step : tensor<f32>/kind step : tensor<4xf32>/' %inputs/small-supernet.mlir > %t.mlir
// RUN: oqat-opt %t.mlir -oqat-materialize-subnet='subnet={"image_size": 12, "ks": [3], "e": [2], "d": [1], "bits_w": [2, 3, 4, 8], "bits_a": 4}' | FileCheck %s --check-prefixes=CHECK,MIXED
// RUN: oqat-opt %t.mlir -oqat-materialize-subnet='subnet={"image_size": 12, "ks": [3], "e": [2], "d": [1], "bits_w": 3, "bits_a": 8}' | FileCheck %s --check-prefixes=CHECK,UNIFORM

// CHECK: oqat.parameter @b1.ib.weight_step kind step : tensor<4xf32>
// MIXED: step @b1.ib.input_step entry 2 bits 4 :
// MIXED: step @b1.ib.weight_step entry 0 bits 2 signed :
// MIXED: step @b1.dw.input_step entry 2 bits 4 :
// MIXED: step @b1.dw.weight_step entry 1 bits 3 signed :
// MIXED: step @b1.pl.input_step entry 2 bits 4 :
// MIXED: step @b1.pl.weight_step entry 2 bits 4 signed :
// MIXED: step @feature_mix.input_step entry 2 bits 4 :
// MIXED: step @feature_mix.weight_step entry 3 bits 8 signed :
// UNIFORM-COUNT-4: entry 1 bits 3 signed :

// The generated supernets have such steps, but for what may have 8 bits only.
// RUN: oqat-translate --generate-supernet=ofa-mbv3 | FileCheck %s --check-prefix=GENERATED
// GENERATED-COUNT-63: _step kind step : tensor<4xf32>
// GENERATED-NOT: @{{(b[0-9]+\.(ib|dw|pl)|final_expand|feature_mix)\.[a-z]+_step}} kind step : tensor<f32>

// Elastic, fixed, frozen and packed they compute the same, and every entry of
// the bits in use counts. (The sum of a block has a name of its own only while its
// stage stands.)
// RUN: sed 's/kind step : tensor<f32>/kind step : tensor<4xf32>/' %source/test/Train/Inputs/tiny-supernet.mlir > %t.tiny.mlir
// RUN: %python %inputs/random_parameters.py %t.tiny.mlir %t.safetensors --seed 4
// RUN: echo '{"image_size": 12, "ks": [3], "e": [2], "d": [1], "bits_w": [2, 3, 4, 8, 4], "bits_a": [8, 4, 3, 2, 3]}' > %t.json
// RUN: oqat-opt %t.tiny.mlir -oqat-load-weights=file=%t.safetensors -oqat-interpret="pictures=3 subnet=%t.json" -o /dev/null | grep -v 'pl.output' > %t.elastic
// RUN: oqat-opt %t.tiny.mlir -oqat-load-weights=file=%t.safetensors -oqat-materialize-subnet=subnet-file=%t.json -oqat-interpret=pictures=3 -o /dev/null | grep -v 'pl.output' > %t.fixed
// RUN: oqat-opt %t.tiny.mlir -oqat-load-weights=file=%t.safetensors -oqat-materialize-subnet=subnet-file=%t.json -oqat-freeze-quantizers -oqat-interpret=pictures=3 -o %t.frozen.mlir | grep -v 'pl.output' > %t.frozen
// RUN: grep -c logits %t.elastic | FileCheck %s --check-prefix=THREE
// RUN: cmp %t.elastic %t.fixed && cmp %t.fixed %t.frozen
// THREE: 3
// RUN: sed 's/"bits_a": \[8, 4, 3, 2, 3\]/"bits_a": [8, 4, 3, 3, 3]/' %t.json > %t.other.json
// RUN: oqat-opt %t.tiny.mlir -oqat-load-weights=file=%t.safetensors -oqat-interpret="pictures=3 subnet=%t.other.json" -o /dev/null | grep -v 'pl.output' > %t.other
// RUN: not cmp -s %t.elastic %t.other
