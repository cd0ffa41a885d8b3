// What is loaded is what is saved, bytes and all.
// RUN: %python %inputs/random_parameters.py %inputs/small-supernet.mlir %t.safetensors --seed 6
// RUN: oqat-opt %inputs/small-supernet.mlir -oqat-load-weights=file=%t.safetensors -oqat-save-weights=file=%t.saved -o %t.mlir
// RUN: oqat-opt %inputs/small-supernet.mlir -oqat-load-weights=file=%t.saved -oqat-save-weights=file=%t.again | cmp - %t.mlir
// RUN: cmp %t.saved %t.again
// RUN: not cmp -s %t.mlir %inputs/small-supernet.mlir

// A parameter without a value, and a place that cannot be written.
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-save-weights=file=%t.none 2>&1 | FileCheck %s --check-prefix=VALUE
// VALUE: small-supernet.mlir:{{.*}}: error: 'oqat.parameter' op expected a value for parameter 'stem.weight'; run --oqat-load-weights
// RUN: not ls %t.none
// RUN: not oqat-opt %t.mlir -oqat-save-weights=file=%t.no/where 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error: {{.*}}.no/where
