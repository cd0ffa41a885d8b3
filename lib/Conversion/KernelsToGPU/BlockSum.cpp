//===- BlockSum.cpp - Sums over the threads of a block --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads of a warp that have the same channels are blockDim.x lanes apart, so
// they exchange by shuffles over blockDim.x, twice that, and so on up to half
// a warp. The warps then meet in memory that the block shares.
//
//===----------------------------------------------------------------------===//

#include "BlockSum.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "oqat/Numerics/GpuGrid.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace ::oqat::numerics;

MemRefType mlir::oqat::getSumBufferType(VectorType sum) {
  auto space = gpu::AddressSpaceAttr::get(sum.getContext(),
                                          gpu::AddressSpace::Workgroup);
  return MemRefType::get({kGpuWarps, kGpuWarp}, sum,
                         MemRefLayoutAttrInterface(), space);
}

namespace {
class BlockSum {
public:
  BlockSum(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {
    x = builder.create<gpu::ThreadIdOp>(loc, gpu::Dimension::x);
    y = builder.create<gpu::ThreadIdOp>(loc, gpu::Dimension::y);
    blockX = builder.create<gpu::BlockDimOp>(loc, gpu::Dimension::x);
  }

  SmallVector<Value> addLanes(ValueRange sums);
  void storeWarps(ValueRange sums, ValueRange buffers);
  SmallVector<Value> addWarps(ValueRange buffers);

private:
  Value index(int64_t value) {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  }
  Value int32(int32_t value) {
    return builder.create<arith::ConstantIntOp>(loc, value, 32);
  }
  Value add(Value a, Value b) {
    if (isa<FloatType>(getElementTypeOrSelf(a)))
      return builder.create<arith::AddFOp>(loc, a, b);
    return builder.create<arith::AddIOp>(loc, a, b);
  }
  /// The vector in the lane that differs from this one by `offset`.
  Value exchange(OpBuilder &body, Value vector, Value offset);

  OpBuilder &builder;
  Location loc;
  Value x, y, blockX;
};
} // namespace

Value BlockSum::exchange(OpBuilder &body, Value vector, Value offset) {
  auto type = cast<VectorType>(vector.getType());
  SmallVector<Value> elements;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    Value element = body.create<vector::ExtractOp>(loc, vector, i);
    auto shuffle = body.create<gpu::ShuffleOp>(
        loc, element, offset, int32(kGpuWarp), gpu::ShuffleMode::XOR);
    elements.push_back(shuffle.getShuffleResult());
  }
  return body.create<vector::FromElementsOp>(loc, type, elements);
}

SmallVector<Value> BlockSum::addLanes(ValueRange sums) {
  // blockDim.x is a power of two and at most a warp.
  Value distance =
      builder.create<arith::IndexCastOp>(loc, builder.getI32Type(), blockX);
  Value log2 = builder.create<math::CountTrailingZerosOp>(loc, distance);
  Value rounds =
      builder.create<arith::SubIOp>(loc, int32(llvm::CTLog2<kGpuWarp>()), log2);
  auto loop = builder.create<scf::ForOp>(
      loc, int32(0), rounds, int32(1), sums,
      [&](OpBuilder &body, Location, Value round, ValueRange values) {
        Value offset = body.create<arith::ShLIOp>(loc, distance, round);
        SmallVector<Value> next;
        for (Value value : values)
          next.push_back(add(value, exchange(body, value, offset)));
        body.create<scf::YieldOp>(loc, next);
      });
  return llvm::to_vector(ValueRange(loop.getResults()));
}

void BlockSum::storeWarps(ValueRange sums, ValueRange buffers) {
  Value thread = builder.create<arith::AddIOp>(
      loc, builder.create<arith::MulIOp>(loc, y, blockX), x);
  Value warp = builder.create<arith::DivUIOp>(loc, thread, index(kGpuWarp));
  Value lane = builder.create<arith::RemUIOp>(loc, thread, index(kGpuWarp));
  Value isFirst = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ult,
                                                lane, blockX);
  builder.create<scf::IfOp>(loc, isFirst, [&](OpBuilder &body, Location) {
    for (auto [sum, buffer] : llvm::zip_equal(sums, buffers))
      body.create<memref::StoreOp>(loc, sum, buffer, ValueRange{warp, x});
    body.create<scf::YieldOp>(loc);
  });
}

SmallVector<Value> BlockSum::addWarps(ValueRange buffers) {
  SmallVector<Value> totals;
  for (Value buffer : buffers) {
    Value total;
    for (int64_t warp = 0; warp < kGpuWarps; ++warp) {
      Value part = builder.create<memref::LoadOp>(loc, buffer,
                                                  ValueRange{index(warp), x});
      total = total ? add(total, part) : part;
    }
    totals.push_back(total);
  }
  return totals;
}

SmallVector<Value> mlir::oqat::emitBlockSums(OpBuilder &builder, Location loc,
                                             ValueRange sums,
                                             ValueRange buffers) {
  BlockSum block(builder, loc);
  block.storeWarps(block.addLanes(sums), buffers);
  builder.create<gpu::BarrierOp>(loc);
  return block.addWarps(buffers);
}

SmallVector<Value> mlir::oqat::emitLaneSums(OpBuilder &builder, Location loc,
                                            ValueRange sums) {
  return BlockSum(builder, loc).addLanes(sums);
}
