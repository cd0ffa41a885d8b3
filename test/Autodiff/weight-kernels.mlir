// RUN: oqat-opt %inputs/small-supernet.mlir --oqat-build-training-kernels | FileCheck %s
// RUN: oqat-opt %inputs/small-supernet.mlir --oqat-build-training-kernels --oqat-convert-kernels-to-llvm | FileCheck %s --check-prefix=LLVM

// Whatever is cut out of the shared weight is a view of it.
// CHECK: func.func @weight_forward(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %{{[a-z0-9]+}}: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?xf32>, %{{[a-z0-9]+}}: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?xf32>, %{{[a-z0-9]+}}: memref<?x?x?x?xf32>, %[[VALUES:[a-z0-9]+]]: memref<?x?x?x?xf32>, %{{[a-z0-9]+}}: memref<?x?x?x?xi8>)
// CHECK-SAME: llvm.emit_c_interface
// CHECK-COUNT-4: scf.for
// CHECK: %[[X:[a-z0-9_]+]] = memref.load %[[W]][%[[O:[a-z0-9_]+]], %[[KY:[a-z0-9_]+]], %[[KX:[a-z0-9_]+]], %[[I:[a-z0-9_]+]]]
// CHECK-NEXT: memref.store %[[X]], %[[VALUES]][%[[O]], %[[KY]], %[[KX]], %[[I]]]
// CHECK: func.func @weight_backward(
// CHECK-SAME: %[[GRAD:[a-z0-9]+]]: memref<?x?x?x?xf32>, %[[DW:[a-z0-9]+]]: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %{{[a-z0-9]+}}: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?xf32>, %{{[a-z0-9]+}}: memref<?xf64>)
// CHECK: %[[G:[a-z0-9_]+]] = memref.load %[[GRAD]][
// CHECK: %[[OLD:[a-z0-9_]+]] = memref.load %[[DW]][
// CHECK-NEXT: %[[NEW:[a-z0-9_]+]] = arith.addf %[[OLD]], %[[G]] : f32
// CHECK-NEXT: memref.store %[[NEW]], %[[DW]][

// Codes and what they are as floats, in one pass and with no copy of the cut.
// CHECK: func.func @weight_quantize_forward(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, {{.*}}, %[[VALUES:[a-z0-9]+]]: memref<?x?x?x?xf32>, %[[CODES:[a-z0-9]+]]: memref<?x?x?x?xi8>)
// CHECK-COUNT-4: scf.for
// CHECK-NOT: scf.for
// CHECK: memref.load %[[W]][
// CHECK: math.roundeven
// CHECK: %[[CODE:[a-z0-9_]+]] = arith.trunci %{{.*}} : i32 to i8
// CHECK-NEXT: memref.store %[[CODE]], %[[CODES]][
// CHECK-NEXT: %[[FLOAT:[a-z0-9_]+]] = arith.sitofp %[[CODE]] : i8 to f32
// CHECK-NEXT: memref.store %[[FLOAT]], %[[VALUES]][

// The step's gradient is summed in double, in the order of elements.
// CHECK: func.func @weight_quantize_backward(
// CHECK-SAME: %[[QUANT:[a-z0-9]+]]: memref<?xf32>, %{{[a-z0-9]+}}: memref<?xf32>, %{{[a-z0-9]+}}: memref<?x?x?x?xf32>, %[[GRAD:[a-z0-9]+]]: memref<?x?x?x?xf32>, %[[DW:[a-z0-9]+]]: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, {{.*}}, %[[DSTEP:[a-z0-9]+]]: memref<?xf64>)
// CHECK: %[[R:[a-z0-9_]+]] = memref.load %[[QUANT]][
// CHECK: %[[PARTS:[a-z0-9_]+]] = memref.alloca() : memref<256xf32>
// CHECK: %[[START:[a-z0-9_]+]] = memref.load %[[DSTEP]][
// CHECK: %[[G:[a-z0-9_]+]] = memref.load %[[GRAD]][
// CHECK-NEXT: arith.mulf %[[G]], %[[R]] : f32
// CHECK: memref.store %{{.*}}, %[[DW]][
// CHECK-NEXT: memref.store %{{.*}}, %[[PARTS]][
// CHECK: %[[PART:[a-z0-9_]+]] = memref.load %[[PARTS]][
// CHECK-NEXT: %[[WIDE:[a-z0-9_]+]] = arith.extf %[[PART]] : f32 to f64
// CHECK-NEXT: arith.addf %{{.*}}, %[[WIDE]] : f64
// CHECK: memref.store %{{.*}}, %[[DSTEP]][

// A matrix times the taps of one filter and input, along the taps that it makes.
// CHECK: func.func @weight_transform_forward(
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %[[M:[a-z0-9]+]]: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?xf32>, %[[T:[a-z0-9]+]]: memref<?x?xf32>, %[[ROW:[a-z0-9]+]]: memref<?xf32>,
// CHECK: %[[E:[a-z0-9_]+]] = memref.load %[[M]][%[[J:[a-z0-9_]+]], %[[I:[a-z0-9_]+]]] : memref<?x?xf32>
// CHECK-NEXT: memref.store %[[E]], %[[T]][%[[I]], %[[J]]] : memref<?x?xf32>
// CHECK: memref.store %cst{{.*}}, %[[ROW]][
// CHECK: %[[TAP:[a-z0-9_]+]] = memref.load %[[W]][
// CHECK: %[[F:[a-z0-9_]+]] = memref.load %[[T]][
// CHECK-NEXT: %[[P:[a-z0-9_]+]] = arith.mulf %[[F]], %[[TAP]] : f32
// CHECK-NEXT: %[[SUM:[a-z0-9_]+]] = memref.load %[[ROW]][
// CHECK-NEXT: %[[NEXT:[a-z0-9_]+]] = arith.addf %[[SUM]], %[[P]] : f32
// CHECK-NEXT: memref.store %[[NEXT]], %[[ROW]][
// CHECK: func.func @weight_transform_backward(
// CHECK: func.func @weight_transform_quantize_forward(
// CHECK: memref.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3]] : memref<?x?x?x?xf32> into memref<?x?x?xf32>
// CHECK: memref.collapse_shape %{{.*}} {{\[\[}}0, 1, 2, 3]] : memref<?x?x?x?xf32> into memref<?xf32>
// CHECK: func.func @weight_transform_quantize_backward(
// CHECK-NOT: func.func @weight

// LLVM: llvm.func @weight_transform_quantize_backward(
// LLVM: llvm.func @_mlir_ciface_weight_transform_quantize_backward(
// LLVM-NOT: fastmath
// LLVM-NOT: scf.
