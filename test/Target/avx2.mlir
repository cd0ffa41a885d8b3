// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=avx2" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx2,+bmi2,+fma \
// RUN:   | FileCheck %s

// Two products of 2 bits a byte.
// CHECK-LABEL: net.1.ib:
// CHECK: vpshufb {{.*}}%ymm
// CHECK: vpaddb {{.*}}%ymm
// CHECK-NOT: zmm
// CHECK-LABEL: net.2.dw:
// CHECK: vpunpcklbw {{.*}}%ymm
// CHECK: vpmaddubsw {{.*}}%ymm
// CHECK-LABEL: net.3.dw8:
// CHECK: {{vpmulld|vpmaddwd}} {{.*}}%ymm
// CHECK-NOT: vfmadd
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights

// With codes of 3 bits, pairs of bytes in 16 bits; 8 bits would saturate there.
// RUN: sed "s/codes<2>/codes<3>/g" %S/Inputs/block.mlir | oqat-opt --bitpack-to-llvm-pipeline="target=avx2" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx2,+bmi2,+fma \
// RUN:   | FileCheck %s --check-prefix=BYTES
// BYTES-LABEL: net.1.ib:
// BYTES: vpmaddubsw {{.*}}%ymm
// BYTES-LABEL: net.2.dw:
// BYTES: vpunpcklbw {{.*}}%ymm
// BYTES: vpmaddubsw {{.*}}%ymm
// BYTES-LABEL: net.3.dw8:
// BYTES-NOT: vpmaddubsw

// Evenly spaced thresholds, more than are counted in bytes: lines.
// RUN: sed "s/codes<2>/codes<4>/g" %S/Inputs/block.mlir \
// RUN:   | oqat-opt --bitpack-choose-requantization=form=thresholds --bitpack-to-llvm-pipeline="target=avx2" 2>/dev/null \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx2,+bmi2,+fma \
// RUN:   | FileCheck %s --check-prefix=LINES
// LINES-LABEL: net.1.ib:
// LINES: vpmulhrsw {{.*}}%ymm
// LINES-LABEL: net.2.dw:
// LINES: vpmulhrsw {{.*}}%ymm
// LINES-LABEL: net.3.dw8:
// LINES-NOT: vpmulhrsw

// Rounded codes of a vector come into order once, when they are bytes.
// RUN: sed "s/codes<2>/codes<3>/g" %S/Inputs/block.mlir | oqat-opt --bitpack-to-llvm-pipeline="target=avx2" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx2,+bmi2,+fma \
// RUN:   | FileCheck %s --check-prefix=PACKS
// They are lines of accumulators, or the epilogue as it is written (N10).
// PACKS-LABEL: net.1.ib:
// PACKS: vfmadd
// PACKS: vpackssdw
// PACKS-NOT: vpermq
// PACKS: vpackuswb
// PACKS-NOT: vpermq
// PACKS: vpermd
// Sums of 16 bits stay in the parts of their vectors.
// PACKS-LABEL: net.2.dw:
// PACKS-NOT: vpmovsx
// PACKS-LABEL: net.3.dw8:
