// RUN: oqat-opt %s --split-input-file --verify-diagnostics --convert-training-kernels-to-gpu

#all = affine_map<(i, p, c) -> (i, p, c)>
#channel = affine_map<(i, p, c) -> (c)>

func.func @product(%x: memref<?x?x?xf32>, %y: memref<?xf32>) {
  // expected-error @+1 {{'linalg.generic' op reduces output 0 by something other than an addition to it}}
  linalg.generic {indexing_maps = [#all, #channel], iterator_types = ["reduction", "reduction", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#all = affine_map<(i, p, c) -> (i, p, c)>

func.func @local(%x: memref<?x?x?xf32>, %n: index) {
  %y = memref.alloc(%n, %n, %n) : memref<?x?x?xf32>
  // expected-error @+1 {{'linalg.generic' op has an operand that is no argument of 'local'}}
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

#all = affine_map<(i, c) -> (i, c)>

// expected-error @+1 {{'func.func' op must have one 'linalg.generic' of three loops to become a GPU kernel}}
func.func @flat(%x: memref<?x?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

#all = affine_map<(i, p, c) -> (i, p, c)>

// expected-error @+1 {{'func.func' op has the name of the module of GPU kernels}}
func.func @kernels(%x: memref<?x?x?xf32>, %y: memref<?x?x?xf32>) {
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<?x?x?xf32>) outs(%y : memref<?x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}
