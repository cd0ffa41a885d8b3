// What makes a subnet's weight, as threads: arithmetic of an element is the
// host's own, sums of a step and of a matrix are a block's.
//
// RUN: oqat-opt %inputs/small-supernet.mlir -o %t.gpu.mlir \
// RUN:   --oqat-build-training-kernels --convert-training-kernels-to-gpu
// RUN: FileCheck %s --input-file=%t.gpu.mlir
// RUN: oqat-opt %t.gpu.mlir -o %t.ptx.mlir \
// RUN:   --oqat-gpu-kernels-to-binary="chip=sm_90 format=isa"
// RUN: FileCheck %s --input-file=%t.ptx.mlir --check-prefix=PTX

// CHECK: gpu.func @weight_forward(%[[W:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>,
// CHECK-SAME: %[[VALUES:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>, %{{[^:]*}}: memref<?x?x?x?xi8>)
// CHECK-SAME: kernel attributes {nvvm.maxntid = array<i32: 256>}
// CHECK: scf.for
// CHECK: %[[X:.*]] = memref.load %[[W]][%[[O:.*]], %[[KY:.*]], %[[KX:.*]], %[[I:.*]]]
// CHECK-NEXT: memref.store %[[X]], %[[VALUES]][%[[O]], %[[KY]], %[[KX]], %[[I]]]
// CHECK: gpu.return

// CHECK: gpu.func @weight_backward(
// CHECK-SAME: %[[GRAD:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>, %[[DW:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>, %{{[^:]*}}: memref<?xf64>)
// CHECK: %[[G:.*]] = memref.load %[[GRAD]][
// CHECK-NEXT: %[[OLD:.*]] = memref.load %[[DW]][
// CHECK-NEXT: %[[NEW:.*]] = arith.addf %[[OLD]], %[[G]] : f32
// CHECK-NEXT: memref.store %[[NEW]], %[[DW]][

// The step is read once.
// CHECK: gpu.func @weight_quantize_forward(
// CHECK-SAME: %[[QUANT:[^:]*]]: memref<?xf32>, %{{[^:]*}}: memref<?x?x?x?xf32>, %[[VALUES:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>, %[[CODES:[^:]*]]: memref<?x?x?x?xi8>)
// CHECK: %[[R:.*]] = memref.load %[[QUANT]][
// CHECK-COUNT-2: memref.load %[[QUANT]][
// CHECK: scf.for
// CHECK-NOT: memref.load %[[QUANT]][
// CHECK: arith.mulf %{{.*}}, %[[R]] : f32
// CHECK: math.roundeven
// CHECK: %[[CODE:.*]] = arith.trunci %{{.*}} : i32 to i8
// CHECK-NEXT: %[[FLOAT:.*]] = arith.sitofp %[[CODE]] : i8 to f32
// CHECK-NEXT: memref.store %[[FLOAT]], %[[VALUES]][
// CHECK: scf.if
// CHECK-NEXT: memref.store %[[CODE]], %[[CODES]][

// CHECK: gpu.func @weight_quantize_backward(
// CHECK-SAME: %[[DW:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>, %[[PARTS:[^:]*]]: memref<?xf64>) workgroup(%{{.*}} : memref<8x32xvector<1xf64>, #gpu.address_space<workgroup>>)
// CHECK: scf.for {{.*}} iter_args(%[[SUM:.*]] = {{.*}}) -> (f64)
// CHECK: memref.store %{{.*}}, %[[DW]][
// CHECK-NEXT: %[[PART:.*]] = arith.extf %{{.*}} : f32 to f64
// CHECK-NEXT: %[[NEXT:.*]] = arith.addf %[[SUM]], %[[PART]] : f64
// CHECK-NEXT: scf.yield %[[NEXT]]
// CHECK: gpu.shuffle xor
// CHECK: gpu.barrier
// CHECK: memref.store %{{.*}}, %[[PARTS]][

// Taps of the shared weight ascending.
// CHECK: gpu.func @weight_transform_forward(%[[W:[^:]*]]: memref<?x?x?x?xf32, strided<[?, ?, ?, ?], offset: ?>>, %[[M:[^:]*]]: memref<?x?xf32>,
// CHECK-COUNT-3: scf.for
// CHECK: %[[F:.*]] = memref.load %[[M]][
// CHECK-NEXT: %[[TAP:.*]] = memref.load %[[W]][
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[F]], %[[TAP]] : f32
// CHECK-NEXT: arith.addf %{{.*}}, %[[P]] : f32
// CHECK: gpu.func @weight_transform_backward(
// CHECK: gpu.func @weight_transform_quantize_forward(
// CHECK-SAME: memref<?xf32>, %[[PRODUCT:[^:]*]]: memref<?x?x?x?xf32>,
// CHECK: memref.store %{{.*}}, %[[PRODUCT]][
// CHECK: gpu.func @weight_transform_quantize_backward(
// CHECK-SAME: memref<?xf32>, %[[PRODUCT:[^:]*]]: memref<?x?x?x?xf32>,
// CHECK: memref.store %{{.*}}, %[[PRODUCT]][
// CHECK: gpu.func @weight_matrix_gradient(
// CHECK: arith.truncf %{{.*}} : f64 to f32
// CHECK: gpu.func @weight_step_gradient(
// CHECK: gpu.func @accumulator_ends(
// CHECK-NOT: gpu.func

// PTX: .visible .entry weight_forward(
// PTX-SAME: .visible .entry weight_quantize_forward(
// PTX-SAME: mul.rn.f32
// PTX-SAME: cvt.rni.f32.f32
// PTX-SAME: st.global.u8
// PTX-SAME: .visible .entry weight_quantize_backward(
// PTX-SAME: cvt.f64.f32
// PTX-SAME: add.rn.f64
// PTX-SAME: shfl.sync.bfly.b32
// PTX-SAME: bar.sync
// PTX-SAME: .visible .entry weight_matrix_gradient(
// PTX-SAME: cvt.rn.f32.f64
// PTX-SAME: .visible .entry weight_step_gradient(
// PTX-SAME: .visible .entry accumulator_ends(
// PTX-SAME: cvt.rn.f32.s64
