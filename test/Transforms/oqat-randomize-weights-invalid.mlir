// RUN: oqat-translate --generate-supernet=mbv3-cifar -o %t.mlir
// RUN: not oqat-opt %t.mlir -oqat-randomize-weights="seed=5" 2>&1 | FileCheck %s

// CHECK: error: an elastic network needs a subnet with an 'image_size'
