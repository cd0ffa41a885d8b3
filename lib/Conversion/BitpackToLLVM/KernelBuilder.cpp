//===- KernelBuilder.cpp - Writing kernels --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/KernelBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::oqat;

Value KernelBuilder::index(int64_t value) {
  return create<arith::ConstantOp>(getI64IntegerAttr(value));
}

Value KernelBuilder::add(Value lhs, Value rhs) {
  return createOrFold<arith::AddIOp>(lhs, rhs);
}

Value KernelBuilder::add(Value lhs, int64_t rhs) {
  return rhs == 0 ? lhs : add(lhs, index(rhs));
}

Value KernelBuilder::sub(Value lhs, Value rhs) {
  return createOrFold<arith::SubIOp>(lhs, rhs);
}

Value KernelBuilder::mul(Value lhs, int64_t rhs) {
  return rhs == 1 ? lhs : createOrFold<arith::MulIOp>(lhs, index(rhs));
}

Value KernelBuilder::min(Value lhs, Value rhs) {
  return createOrFold<arith::MinSIOp>(lhs, rhs);
}

Value KernelBuilder::max(Value lhs, Value rhs) {
  return createOrFold<arith::MaxSIOp>(lhs, rhs);
}

Value KernelBuilder::isBelow(Value value, int64_t bound) {
  return create<arith::CmpIOp>(arith::CmpIPredicate::ult, value, index(bound));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::at(Value pointer, Value bytes) {
  return create<LLVM::GEPOp>(pointer.getType(), getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{bytes});
}

Value KernelBuilder::allocate(int64_t bytes) {
  return create<LLVM::AllocaOp>(LLVM::LLVMPointerType::get(getContext()),
                                getI8Type(), index(bytes + 64),
                                /*alignment=*/64);
}

Value KernelBuilder::at(Value pointer, int64_t bytes) {
  return bytes == 0 ? pointer : at(pointer, index(bytes));
}

Value KernelBuilder::load(Type type, Value pointer) {
  return create<LLVM::LoadOp>(type, pointer, /*alignment=*/1);
}

void KernelBuilder::store(Value value, Value pointer) {
  create<LLVM::StoreOp>(value, pointer, /*alignment=*/1);
}

void KernelBuilder::prefetch(Value pointer) {
  constexpr unsigned kRead = 0, kSecondLevel = 2, kData = 1;
  create<LLVM::Prefetch>(pointer, kRead, kSecondLevel, kData);
}

void KernelBuilder::storeFirst(Value vector, int64_t count, Value pointer) {
  auto type = cast<VectorType>(vector.getType());
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  for (int64_t done = 0, chunk = type.getNumElements(); done < count;
       chunk /= 2)
    if (done + chunk <= count) {
      store(slice(vector, done, chunk), at(pointer, done * bytes));
      done += chunk;
    }
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

VectorType KernelBuilder::vectorOf(Type element, int64_t lanes) {
  return VectorType::get({lanes}, element);
}

Value KernelBuilder::splat(Value scalar, int64_t lanes) {
  VectorType type = vectorOf(scalar.getType(), lanes);
  Value poison = create<LLVM::PoisonOp>(type);
  Value zero = create<LLVM::ConstantOp>(getI32Type(), 0);
  Value first = create<LLVM::InsertElementOp>(type, poison, scalar, zero);
  return create<LLVM::ShuffleVectorOp>(first, poison,
                                       SmallVector<int32_t>(lanes, 0));
}

Value KernelBuilder::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr scalar =
      isa<FloatType>(element)
          ? TypedAttr(getFloatAttr(element, value))
          : TypedAttr(getIntegerAttr(element, static_cast<int64_t>(value)));
  if (auto vector = dyn_cast<VectorType>(type))
    scalar = DenseElementsAttr::get(vector, Attribute(scalar));
  return create<arith::ConstantOp>(scalar);
}

Value KernelBuilder::slice(Value vector, int64_t first, int64_t count) {
  if (first == 0 &&
      cast<VectorType>(vector.getType()).getNumElements() == count)
    return vector;
  SmallVector<int32_t> lanes;
  for (int64_t i = 0; i < count; ++i)
    lanes.push_back(static_cast<int32_t>(first + i));
  return create<LLVM::ShuffleVectorOp>(vector, vector, lanes);
}

Value KernelBuilder::select(arith::CmpFPredicate predicate, Value lhs,
                            Value rhs, Value then, Value otherwise) {
  Value condition = create<arith::CmpFOp>(predicate, lhs, rhs);
  return create<arith::SelectOp>(condition, then, otherwise);
}

/// In the mode that <net>_run sets (N9): one instruction of most CPUs. The
/// freeze keeps LLVM 19 from folding a load into SSE2's, which must be aligned.
Value KernelBuilder::round(Value floats) {
  floats = create<LLVM::FreezeOp>(floats);
  auto type = cast<VectorType>(floats.getType());
  return create<LLVM::CallIntrinsicOp>(
             vectorOf(getI32Type(), type.getNumElements()),
             getStringAttr("llvm.lrint"), ValueRange{floats})
      .getResults();
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Value> KernelBuilder::loop(
    Value lower, Value upper, int64_t step, ValueRange carried,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = create<scf::ForOp>(lower, upper, index(step), carried);
  {
    OpBuilder::InsertionGuard guard(*this);
    if (carried.empty())
      setInsertionPoint(loop.getBody()->getTerminator());
    else
      setInsertionPointToEnd(loop.getBody());
    SmallVector<Value> next =
        body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (!carried.empty())
      create<scf::YieldOp>(next);
  }
  return SmallVector<Value>(loop.getResults());
}

void KernelBuilder::loop(Value lower, Value upper, int64_t step,
                         llvm::function_ref<void(Value)> body) {
  loop(lower, upper, step, ValueRange(), [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>();
  });
}

void KernelBuilder::when(Value condition, llvm::function_ref<void()> body,
                         llvm::function_ref<void()> otherwise) {
  bool hasElse = static_cast<bool>(otherwise);
  auto branch = create<scf::IfOp>(condition, hasElse);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPoint(branch.thenBlock()->getTerminator());
  body();
  if (!hasElse)
    return;
  setInsertionPoint(branch.elseBlock()->getTerminator());
  otherwise();
}
