// RUN: oqat-opt %inputs/small-supernet.mlir --oqat-build-training-kernels | FileCheck %s

// One kernel per distinct chain, in order of first appearance, its float form
// after it, and the supernet as it was.
// CHECK-DAG: #[[E:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[C:.*]] = affine_map<(d0, d1, d2) -> (d2)>
// CHECK-DAG: #[[NC:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK: oqat.supernet @small
// CHECK: oqat.return

// CHECK: func.func @rescale_h_swish_forward(
// CHECK-SAME: %[[X:.*]]: memref<?x?x?xf32>, %[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %{{.*}}: memref<?x?xf32>, %{{.*}}: memref<?x?x?xf32>, %{{.*}}: memref<?xf32>, %[[Y:.*]]: memref<?x?x?xf32>, %{{.*}}: memref<?x?x?xi8>)
// CHECK-SAME: llvm.emit_c_interface
// CHECK-NEXT: linalg.generic {indexing_maps = [#[[E]], #[[C]], #[[C]], #[[E]]], iterator_types = ["parallel", "parallel", "parallel"]}
// CHECK-SAME: ins(%[[X]], %[[A]], %[[B]] :
// CHECK-SAME: outs(%[[Y]] :
// CHECK-NEXT: ^bb0(%[[XE:.*]]: f32, %[[AE:.*]]: f32, %[[BE:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[XA:.*]] = arith.mulf %[[XE]], %[[AE]] : f32
// CHECK-NEXT: %[[Z:.*]] = arith.addf %[[XA]], %[[BE]] : f32
// CHECK: %[[T:.*]] = arith.addf %[[Z]], %{{.*}} : f32
// CHECK: arith.cmpf olt, %[[T]]
// CHECK: arith.cmpf ogt
// CHECK: %[[CLAMPED:.*]] = arith.select
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[Z]], %[[CLAMPED]] : f32
// CHECK-NEXT: %[[H:.*]] = arith.mulf %[[P]], %{{.*}} : f32
// CHECK-NEXT: linalg.yield %[[H]] : f32
// CHECK: func.func @rescale_h_swish_backward(

// CHECK: func.func @quantize_forward(
// CHECK: memref.load
// CHECK: memref.load
// CHECK: memref.load
// CHECK: outs(%{{.*}} : memref<?x?x?xi8>)
// CHECK: math.roundeven
// CHECK: arith.cmpf uno
// CHECK: arith.fptosi %{{.*}} : f32 to i32
// CHECK: arith.trunci %{{.*}} : i32 to i8

// CHECK: func.func @rescale_relu_quantize_forward(
// CHECK: func.func @rescale_relu_quantize_backward(
// CHECK-SAME: %[[X:.*]]: memref<?x?x?xf32>, %[[A:.*]]: memref<?xf32>, %[[B:[a-z0-9]+]]: memref<?xf32>, %{{[a-z0-9]+}}: memref<?x?xf32>, %{{[a-z0-9]+}}: memref<?x?x?xf32>, %{{[a-z0-9]+}}: memref<?xf32>, %[[G:[a-z0-9]+]]: memref<?x?x?xf32>, %[[DX:[a-z0-9]+]]: memref<?x?x?xf32>, %{{[a-z0-9]+}}: memref<?x?x?xf32>, %[[DA:[a-z0-9]+]]: memref<?xf32>, %[[DB:[a-z0-9]+]]: memref<?xf32>, %[[DS:[a-z0-9]+]]: memref<?xf32>,
// CHECK: linalg.generic {indexing_maps = [#[[E]], #[[C]], #[[C]], #[[E]], #[[E]], #[[C]], #[[C]], #[[C]]], iterator_types = ["reduction", "reduction", "parallel"]}
// CHECK-SAME: ins(%[[X]], %[[A]], %[[B]], %[[G]] :
// CHECK-SAME: outs(%[[DX]], %[[DA]], %[[DB]], %[[DS]] :
// CHECK-NEXT: ^bb0(%[[XE:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %{{.*}}: f32, %[[DAE:.*]]: f32, %[[DBE:.*]]: f32, %[[DSE:.*]]: f32):
// CHECK: %[[DZX:.*]] = arith.mulf %[[DZ:.*]], %[[XE]] : f32
// CHECK-NEXT: %[[DA1:.*]] = arith.addf %[[DAE]], %[[DZX]] : f32
// CHECK-NEXT: %[[DB1:.*]] = arith.addf %[[DBE]], %[[DZ]] : f32
// CHECK-NEXT: %[[DS1:.*]] = arith.addf %[[DSE]], %{{.*}} : f32
// CHECK-NEXT: linalg.yield %[[DZ]], %[[DA1]], %[[DB1]], %[[DS1]] : f32, f32, f32, f32

// CHECK: func.func @rescale_relu_forward(
// CHECK: func.func @rescale_relu_backward(
// CHECK: func.func @scale_quantize_forward(
// CHECK: linalg.generic {indexing_maps = [#[[E]], #[[NC]], #[[E]]]
// CHECK: func.func @scale_quantize_backward(
// CHECK: linalg.generic {indexing_maps = [#[[E]], #[[NC]], #[[E]], #[[E]], #[[C]], #[[NC]]], iterator_types = ["reduction", "reduction", "parallel"]}
// CHECK: func.func @scale_forward(
// CHECK: func.func @scale_backward(
// CHECK: iterator_types = ["parallel", "reduction", "parallel"]
// CHECK: func.func @rescale_add_forward(
// CHECK: func.func @rescale_add_backward(
// CHECK: func.func @relu_forward(
// Weights have kernels of their own (weight-kernels.mlir).
// CHECK: func.func @weight_forward(

