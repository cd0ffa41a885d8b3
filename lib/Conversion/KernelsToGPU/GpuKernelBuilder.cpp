//===- GpuKernelBuilder.cpp - Short words for a gpu.func ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GpuKernelBuilder.h"
#include "BlockSum.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "oqat/Numerics/GpuGrid.h"

using namespace mlir;
using namespace mlir::oqat;

gpu::GPUFuncOp mlir::oqat::createGpuKernel(OpBuilder &builder, Location loc,
                                           gpu::GPUModuleOp module,
                                           StringRef name, TypeRange arguments,
                                           TypeRange buffers) {
  builder.setInsertionPointToEnd(module.getBody());
  if (!module.getBody()->empty() &&
      module.getBody()->back().hasTrait<OpTrait::IsTerminator>())
    builder.setInsertionPoint(module.getBody()->getTerminator());
  auto function = builder.create<gpu::GPUFuncOp>(
      loc, name, builder.getFunctionType(arguments, TypeRange()), buffers);
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  // Registers for that many threads.
  function->setAttr(NVVM::NVVMDialect::getMaxntidAttrName(),
                    builder.getDenseI32ArrayAttr(
                        {static_cast<int32_t>(::oqat::numerics::kGpuThreads)}));
  builder.setInsertionPointToStart(&function.getBody().front());
  return function;
}

GpuKernelBuilder::GpuKernelBuilder(gpu::GPUModuleOp module, Location loc,
                                   StringRef name, TypeRange arguments,
                                   TypeRange buffers)
    : builder(module.getContext()), loc(loc),
      function(
          createGpuKernel(builder, loc, module, name, arguments, buffers)) {}

GpuKernelBuilder::~GpuKernelBuilder() { builder.create<gpu::ReturnOp>(loc); }

Value GpuKernelBuilder::blockId(gpu::Dimension dimension) {
  return builder.create<gpu::BlockIdOp>(loc, dimension);
}
Value GpuKernelBuilder::blockDim(gpu::Dimension dimension) {
  return builder.create<gpu::BlockDimOp>(loc, dimension);
}
Value GpuKernelBuilder::gridDim(gpu::Dimension dimension) {
  return builder.create<gpu::GridDimOp>(loc, dimension);
}
Value GpuKernelBuilder::threadId(gpu::Dimension dimension) {
  return builder.create<gpu::ThreadIdOp>(loc, dimension);
}

Value GpuKernelBuilder::index(int64_t value) {
  return builder.create<arith::ConstantIndexOp>(loc, value);
}
Value GpuKernelBuilder::add(Value a, Value b) {
  return builder.create<arith::AddIOp>(loc, a, b);
}
Value GpuKernelBuilder::sub(Value a, Value b) {
  return builder.create<arith::SubIOp>(loc, a, b);
}
Value GpuKernelBuilder::mul(Value a, Value b) {
  return builder.create<arith::MulIOp>(loc, a, b);
}
Value GpuKernelBuilder::min(Value a, Value b) {
  return builder.create<arith::MinSIOp>(loc, a, b);
}
Value GpuKernelBuilder::max(Value a, Value b) {
  return builder.create<arith::MaxSIOp>(loc, a, b);
}
Value GpuKernelBuilder::isLess(Value a, Value b) {
  return builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, a, b);
}
Value GpuKernelBuilder::both(Value a, Value b) {
  return builder.create<arith::AndIOp>(loc, a, b);
}
Value GpuKernelBuilder::select(Value condition, Value a, Value b) {
  return builder.create<arith::SelectOp>(loc, condition, a, b);
}

Value GpuKernelBuilder::isBelow(Value a, Value b) {
  return builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ult, a, b);
}

Value GpuKernelBuilder::int32(int64_t value) {
  return builder.create<arith::ConstantIntOp>(loc, value, 32);
}
Value GpuKernelBuilder::narrow(Value value) {
  return builder.create<arith::IndexCastOp>(loc, builder.getI32Type(), value);
}
Value GpuKernelBuilder::widen(Value value) {
  return builder.create<arith::IndexCastOp>(loc, builder.getIndexType(), value);
}

std::pair<Value, Value> GpuKernelBuilder::divRem(Value a, Value b) {
  Value narrowA = narrow(a), narrowB = narrow(b);
  Value quotient = builder.create<arith::DivUIOp>(loc, narrowA, narrowB);
  return {widen(quotient), widen(sub(narrowA, mul(quotient, narrowB)))};
}

Value GpuKernelBuilder::item() {
  using gpu::Dimension;
  return add(mul(blockId(Dimension::x), blockDim(Dimension::y)),
             threadId(Dimension::y));
}
Value GpuKernelBuilder::vector() {
  using gpu::Dimension;
  return add(mul(blockId(Dimension::y), blockDim(Dimension::x)),
             threadId(Dimension::x));
}

Value GpuKernelBuilder::dim(Value memref, int64_t axis) {
  return builder.create<memref::DimOp>(loc, memref, index(axis));
}
Value GpuKernelBuilder::load(Value memref, ValueRange indices) {
  return builder.create<memref::LoadOp>(loc, memref, indices);
}
void GpuKernelBuilder::store(Value value, Value memref, ValueRange indices) {
  builder.create<memref::StoreOp>(loc, value, memref, indices);
}
Value GpuKernelBuilder::zero(Type type) {
  return builder.create<arith::ConstantOp>(
      loc, cast<TypedAttr>(builder.getZeroAttr(type)));
}

Value GpuKernelBuilder::toFloat(Value value) {
  auto type = cast<VectorType>(value.getType());
  if (isa<FloatType>(type.getElementType()))
    return value;
  return builder.create<arith::UIToFPOp>(loc, type.clone(builder.getF32Type()),
                                         value);
}

Value GpuKernelBuilder::toDouble(Value value) {
  return builder.create<arith::ExtFOp>(loc, builder.getF64Type(), value);
}
Value GpuKernelBuilder::toInteger(Value value) {
  return builder.create<arith::FPToSIOp>(loc, builder.getI64Type(), value);
}
Value GpuKernelBuilder::toSingle(Value value) {
  Type f32 = builder.getF32Type();
  if (value.getType().isInteger())
    return builder.create<arith::SIToFPOp>(loc, f32, value);
  return builder.create<arith::TruncFOp>(loc, f32, value);
}

Value GpuKernelBuilder::addFloats(Value a, Value b) {
  return builder.create<arith::AddFOp>(loc, a, b);
}

Value GpuKernelBuilder::multiplyFloats(Value a, Value b) {
  return builder.create<arith::MulFOp>(loc, a, b);
}

Value GpuKernelBuilder::multiplyAdd(Value a, Value b, Value sum, bool isFused) {
  if (a.getType() != b.getType())
    a = builder.create<vector::BroadcastOp>(loc, b.getType(), a);
  if (isFused)
    return builder.create<math::FmaOp>(loc, a, b, sum);
  return addFloats(sum, multiplyFloats(a, b));
}

SmallVector<Value> GpuKernelBuilder::loop(
    Value from, Value to, Value step, ValueRange init,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = builder.create<scf::ForOp>(loc, from, to, step, init);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  builder.setInsertionPointToEnd(loop.getBody());
  if (!init.empty())
    builder.create<scf::YieldOp>(loc, next);
  return llvm::to_vector(ValueRange(loop.getResults()));
}

void GpuKernelBuilder::when(Value condition, llvm::function_ref<void()> body) {
  auto branch = builder.create<scf::IfOp>(loc, condition);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  body();
}

SmallVector<Value>
GpuKernelBuilder::when(Value condition,
                       llvm::function_ref<SmallVector<Value>()> body,
                       llvm::function_ref<SmallVector<Value>()> otherwise) {
  auto both = [&](llvm::function_ref<SmallVector<Value>()> way) {
    return [this, way](OpBuilder &nested, Location loc) {
      OpBuilder::InsertionGuard guard(builder);
      builder.restoreInsertionPoint(nested.saveInsertionPoint());
      SmallVector<Value> values = way();
      builder.create<scf::YieldOp>(loc, values);
    };
  };
  auto branch =
      builder.create<scf::IfOp>(loc, condition, both(body), both(otherwise));
  return llvm::to_vector(ValueRange(branch.getResults()));
}

SmallVector<Value> GpuKernelBuilder::sumLanes(ValueRange sums) {
  return emitLaneSums(builder, loc, sums);
}

static VectorType asVector(Type type) { return VectorType::get({1}, type); }

MemRefType GpuKernelBuilder::bufferOf(Type sum) {
  return getSumBufferType(asVector(sum));
}

Value GpuKernelBuilder::sumLanes(Value sum) {
  Value vector =
      builder.create<vector::BroadcastOp>(loc, asVector(sum.getType()), sum);
  return builder.create<vector::ExtractOp>(
      loc, emitLaneSums(builder, loc, vector).front(), 0);
}

Value GpuKernelBuilder::sumBlock(Value sum) {
  Value vector =
      builder.create<vector::BroadcastOp>(loc, asVector(sum.getType()), sum);
  SmallVector<Value> total =
      emitBlockSums(builder, loc, vector, function.getWorkgroupAttributions());
  return builder.create<vector::ExtractOp>(loc, total.front(), 0);
}
