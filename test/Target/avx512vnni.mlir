// RUN: oqat-opt %S/Inputs/block.mlir --bitpack-to-llvm-pipeline="target=avx512vnni" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2 \
// RUN:   | FileCheck %s

// CHECK-LABEL: net.1.ib:
// CHECK-DAG: vpbroadcastd ({{.*}}), %zmm
// CHECK-DAG: vpdpbusd {{.*}}%zmm
// CHECK-DAG: vcvtdq2ps
// Codes saturate to bytes.
// CHECK-DAG: vpackuswb {{.*}}%zmm
// They are lines of accumulators, or the epilogue as it is written (N10).
// CHECK-DAG: vfmadd
// CHECK-LABEL: net.2.dw:
// Four rows of codes are interleaved within the parts of vectors, and packing
// puts the channels in order again.
// CHECK: vpunpcklbw {{.*}}%zmm
// CHECK: vpunpcklwd {{.*}}%zmm
// CHECK: vpdpbusd {{.*}}%zmm
// CHECK: vpackssdw {{.*}}%zmm
// CHECK-NOT: vperm
// CHECK: vpackuswb {{.*}}%zmm
// CHECK-NOT: vperm
// Any weights will do; floats are stored in the order of channels.
// CHECK-LABEL: net.3.dw8:
// CHECK: vpdpbusd {{.*}}%zmm
// CHECK: vshufi64x2 {{.*}}%zmm
// CHECK-NOT: vfmadd
// No call of any library.
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights
