// RUN: oqat-translate --generate-supernet=mbv3-cifar -o %t.mlir
// RUN: echo '{"image_size": 24, "ks": [5, 3, 5, 3, 5, 3, 5, 3], "e": [2, 2, 3, 4, 3, 4, 2, 4], "d": [2, 1, 2, 2], "bits_w": [2, 3, 4, 8, 2, 3, 4, 8, 2, 3, 4, 8, 2, 3, 4, 8, 2, 3, 4, 8, 2, 3, 4, 8, 8], "bits_a": [8, 8, 4, 2, 3, 8, 4, 2, 3, 8, 4, 2, 3, 8, 4, 2, 3, 8, 4, 2, 3, 8, 4, 2, 8]}' > %t.json
// RUN: oqat-opt %t.mlir -oqat-materialize-subnet="subnet-file=%t.json" -oqat-randomize-weights="seed=5" -o %t.fixed.mlir

// Every quantizer uses at least half of its codes, on other pictures than those
// of the calibration.
// RUN: oqat-opt %t.fixed.mlir -oqat-freeze-quantizers -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret="codes seed=77 pictures=16" -o %t.integer.mlir > %t.codes
// RUN: FileCheck %s < %t.codes
// RUN: awk '{ if (2 * $3 < $5) { print "too few", $0; bad = 1 } } END { exit bad || NR != 50 }' %t.codes

// CHECK: codes b0.dw.input {{[0-9]+}} of 256
// CHECK: codes b0.dw.weight {{[0-9]+}} of 4
// CHECK: codes feature_mix.weight {{[0-9]+}} of 256

// The same seed gives the same values, another one others.
// RUN: oqat-opt %t.mlir -oqat-materialize-subnet="subnet-file=%t.json" -oqat-randomize-weights="seed=5" -o %t.again.mlir
// RUN: cmp %t.fixed.mlir %t.again.mlir
// RUN: oqat-opt %t.mlir -oqat-materialize-subnet="subnet-file=%t.json" -oqat-randomize-weights="seed=6" -o %t.other.mlir
// RUN: not cmp -s %t.fixed.mlir %t.other.mlir

// Without all-codes, steps are those that LSQ starts from: normal weights of 8
// bits are mostly within 28 of 0, four deviations.
// RUN: oqat-opt %t.mlir -oqat-materialize-subnet="subnet-file=%t.json" -oqat-randomize-weights="seed=5 all-codes=false" -oqat-freeze-quantizers -oqat-fold-batch-norm -oqat-annotate-value-bounds -oqat-verify-integer -oqat-interpret="codes seed=77 pictures=16" -o /dev/null > %t.lsq
// RUN: awk '$2 == "feature_mix.weight" { print $3 < 80 ? "few" : "many", "of", $5 }' %t.lsq %t.codes | FileCheck %s --check-prefix=LSQ
// LSQ: few of 256
// LSQ-NEXT: many of 256
