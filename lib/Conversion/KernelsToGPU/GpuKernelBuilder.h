//===- GpuKernelBuilder.h - Short words for a gpu.func ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_CONVERSION_KERNELSTOGPU_GPUKERNELBUILDER_H
#define OQAT_LIB_CONVERSION_KERNELSTOGPU_GPUKERNELBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::oqat {

/// A kernel at the end of `module`, with registers for kGpuThreads threads and
/// `buffers` that a block shares. `builder` goes to its start.
gpu::GPUFuncOp createGpuKernel(OpBuilder &builder, Location loc,
                               gpu::GPUModuleOp module, StringRef name,
                               TypeRange arguments, TypeRange buffers = {});

/// Writes a kernel without `linalg`, which ends where the builder does. Numbers
/// are of type index where nothing else is said.
class GpuKernelBuilder {
public:
  GpuKernelBuilder(gpu::GPUModuleOp module, Location loc, StringRef name,
                   TypeRange arguments, TypeRange buffers = {});
  ~GpuKernelBuilder();

  /// For what there is no word here.
  OpBuilder &ops() { return builder; }

  Value argument(unsigned i) { return function.getArgument(i); }
  /// A thread's item and vector of channels in a grid of
  /// oqat/Numerics/GpuLayers.h.
  Value item();
  Value vector();
  Value blockId(gpu::Dimension dimension);
  Value blockDim(gpu::Dimension dimension);
  Value gridDim(gpu::Dimension dimension);
  Value threadId(gpu::Dimension dimension);

  Value index(int64_t value);
  Value int32(int64_t value);
  /// Numbers below 2^31 as i32, which takes a fraction of the instructions.
  Value narrow(Value value);
  Value widen(Value value);
  Value add(Value a, Value b);
  Value add(Value a, int64_t b) { return add(a, index(b)); }
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value mul(Value a, int64_t b) { return mul(a, index(b)); }
  /// Of numbers below 2^31, as i32 in between.
  std::pair<Value, Value> divRem(Value a, Value b);
  Value min(Value a, Value b);
  Value max(Value a, Value b);
  Value isLess(Value a, Value b);
  /// 0 <= a < b.
  Value isBelow(Value a, Value b);
  Value both(Value a, Value b);
  Value select(Value condition, Value a, Value b);

  Value dim(Value memref, int64_t axis);
  Value load(Value memref, ValueRange indices);
  void store(Value value, Value memref, ValueRange indices);
  Value zero(Type type);
  /// Codes as f32; f32 stays.
  Value toFloat(Value value);
  /// f32 as f64 or, of whole numbers, i64; f64 and i64 as f32.
  Value toDouble(Value value);
  Value toInteger(Value value);
  Value toSingle(Value value);
  Value addFloats(Value a, Value b);
  Value multiplyFloats(Value a, Value b);
  /// sum + a * b on vectors; a scalar `a` goes with all elements. Rounded
  /// twice, or once where `isFused`.
  Value multiplyAdd(Value a, Value b, Value sum, bool isFused = false);

  SmallVector<Value>
  loop(Value from, Value to, Value step, ValueRange init,
       llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body);
  void when(Value condition, llvm::function_ref<void()> body);
  SmallVector<Value> when(Value condition,
                          llvm::function_ref<SmallVector<Value>()> body,
                          llvm::function_ref<SmallVector<Value>()> otherwise);
  /// Sums over the threads of a warp that have the same x.
  SmallVector<Value> sumLanes(ValueRange sums);
  /// Numbers of their own, of a warp or of a block that is one column of
  /// threads and has a buffer for it; the block's first thread gets the sum.
  Value sumLanes(Value sum);
  Value sumBlock(Value sum);
  /// Of that buffer.
  static MemRefType bufferOf(Type sum);

private:
  OpBuilder builder;
  Location loc;
  gpu::GPUFuncOp function;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_CONVERSION_KERNELSTOGPU_GPUKERNELBUILDER_H
