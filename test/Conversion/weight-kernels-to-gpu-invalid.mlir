// RUN: oqat-opt %s --split-input-file --verify-diagnostics --convert-training-kernels-to-gpu

#all = affine_map<(i, p, c) -> (i, p, c)>

func.func @copy(%x: memref<?x?x?xf32>, %y: memref<?x?x?xf32>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}
// expected-error @+1 {{'func.func' op must store to argument 7 in one place to become a GPU kernel, but does in 0}}
func.func @weight_quantize_forward(
    %w: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %matrix: memref<?x?xf32>, %quant: memref<?xf32>, %turned: memref<?x?xf32>,
    %row: memref<?xf32>, %product: memref<?x?x?x?xf32>, %values: memref<?x?x?x?xf32>, %codes: memref<?x?x?x?xi8>)
    attributes {llvm.emit_c_interface} {
  return
}

// -----

#all = affine_map<(i, p, c) -> (i, p, c)>

func.func @copy(%x: memref<?x?x?xf32>, %y: memref<?x?x?xf32>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}
func.func private @code(f32) -> i8
func.func @weight_quantize_forward(
    %w: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %matrix: memref<?x?xf32>, %quant: memref<?xf32>, %turned: memref<?x?xf32>,
    %row: memref<?xf32>, %product: memref<?x?x?x?xf32>, %values: memref<?x?x?x?xf32>, %codes: memref<?x?x?x?xi8>)
    attributes {llvm.emit_c_interface} {
  %c0 = arith.constant 0 : index
  %0 = memref.load %w[%c0, %c0, %c0, %c0] : memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>
  // expected-error @+1 {{'func.call' op is nothing that a thread can compute from an element}}
  %1 = func.call @code(%0) : (f32) -> i8
  memref.store %1, %codes[%c0, %c0, %c0, %c0] : memref<?x?x?x?xi8>
  memref.store %0, %values[%c0, %c0, %c0, %c0] : memref<?x?x?x?xf32>
  return
}

// -----

#all = affine_map<(i, p, c) -> (i, p, c)>

func.func @copy(%x: memref<?x?x?xf32>, %y: memref<?x?x?xf32>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}
// expected-error @+1 {{'func.func' op must store to memory of its own in one place to become a GPU kernel, but does in 0}}
func.func @weight_quantize_backward(
    %w: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %matrix: memref<?x?xf32>, %quant: memref<?xf32>, %row: memref<?xf32>,
    %product: memref<?x?x?x?xf32>, %grad: memref<?x?x?x?xf32>, %dw: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>,
    %dmatrix: memref<?x?xf32>, %drow: memref<?xf32>, %dstep: memref<?xf64>) attributes {llvm.emit_c_interface} {
  %c0 = arith.constant 0 : index
  %0 = memref.load %grad[%c0, %c0, %c0, %c0] : memref<?x?x?x?xf32>
  memref.store %0, %dw[%c0, %c0, %c0, %c0] : memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>
  return
}

// -----

#all = affine_map<(i, p, c) -> (i, p, c)>

func.func @copy(%x: memref<?x?x?xf32>, %y: memref<?x?x?xf32>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}
// expected-error @+1 {{'func.func' op stores what is nothing that a thread can compute from an element}}
func.func @weight_quantize_forward(
    %w: memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>, %matrix: memref<?x?xf32>, %quant: memref<?xf32>, %turned: memref<?x?xf32>,
    %row: memref<?xf32>, %product: memref<?x?x?x?xf32>, %values: memref<?x?x?x?xf32>, %codes: memref<?x?x?x?xi8>, %code: i8)
    attributes {llvm.emit_c_interface} {
  %c0 = arith.constant 0 : index
  %0 = memref.load %w[%c0, %c0, %c0, %c0] : memref<?x?x?x?xf32, strided<[?, ?, ?, 1], offset: ?>>
  memref.store %code, %codes[%c0, %c0, %c0, %c0] : memref<?x?x?x?xi8>
  memref.store %0, %values[%c0, %c0, %c0, %c0] : memref<?x?x?x?xf32>
  return
}
