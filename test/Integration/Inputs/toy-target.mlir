// A network of one class in the form of the target phase: it answers with the first byte
// of what was prepared, which stands in for its weights.
module attributes {oqat.network = {
    name = "toy", target = "generic", subnet = "{\22image_size\22: 1}",
    height = 1, width = 1, channels = 3, classes = 1,
    scratch_bytes = 64, prepared_bytes = 64,
    tensors = [{name = "logits", dtype = "f32", shape = [1]}],
    layers = [{name = "c", kind = "linear", kernel = "plain", bits_w = 8, bits_a = 8,
               macs = 3, input_bytes = 3, weight_bytes = 64}]}} {
  llvm.func @toy_prepare(%prepared: !llvm.ptr) -> i32 {
    %c = llvm.mlir.constant(7 : i8) : i8
    llvm.store %c, %prepared : i8, !llvm.ptr
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
  llvm.func @toy_run(%prepared: !llvm.ptr, %io: !llvm.ptr, %scratch: !llvm.ptr, %parallel: !llvm.ptr) -> i32 {
    %w8 = llvm.load %prepared : !llvm.ptr -> i8
    %w = llvm.sitofp %w8 : i8 to f32
    %slot = llvm.getelementptr %io[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %logits = llvm.load %slot : !llvm.ptr -> !llvm.ptr
    llvm.store %w, %logits : f32, !llvm.ptr
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}
