//===- ThreadKernel.cpp - One training kernel as threads ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The body of the generic operation runs once per pixel of a thread, on vectors
// of channels. What does not change with the pixel is read before the loop, and
// what is summed over pixels stays in registers until its end.
//
//===----------------------------------------------------------------------===//

#include "ThreadKernel.h"
#include "BlockSum.h"
#include "GpuKernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "oqat/Numerics/GpuGrid.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace ::oqat::numerics;

static VectorType getThreadType(Type element) {
  return VectorType::get({kGpuVector}, element);
}

namespace {
/// Loops of a training kernel.
enum Loop : unsigned { Image, Pixel, Channel, NumLoops };

class ThreadKernel {
public:
  ThreadKernel(func::FuncOp kernel, gpu::GPUModuleOp module, SumTarget target)
      : kernel(kernel), module(module), target(target), loc(kernel.getLoc()),
        builder(module.getContext()) {}

  LogicalResult emit();

private:
  LogicalResult findGeneric();
  void startFunction();
  void findPlace();
  void readUniformValues();
  void emitPixels();
  SmallVector<Value> emitPixel(Value pixel, ValueRange sums);
  std::pair<Value, SmallVector<Value>> emitUnrolled(Value start, Value step,
                                                    ValueRange zeros);
  void storeSums(ValueRange sums);

  bool isSum(unsigned index) {
    return index >= generic.getNumDpsInputs() &&
           generic.getIndexingMapsArray()[index].getNumResults() < NumLoops;
  }
  Value getArgument(unsigned index) {
    return arguments.lookup(generic->getOperand(index));
  }
  SmallVector<Value> getIndices(unsigned index, Value pixel);
  Value load(unsigned index, Value pixel) {
    return builder.create<memref::LoadOp>(loc, getArgument(index),
                                          getIndices(index, pixel));
  }
  Type getArgumentType(BlockArgument argument);
  Value getOnVectors(Value value);
  void cloneOnVectors(Operation &op);
  Value index(int64_t value) {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  }
  Value id(bool ofBlock, gpu::Dimension dimension) {
    if (ofBlock)
      return builder.create<gpu::BlockIdOp>(loc, dimension);
    return builder.create<gpu::ThreadIdOp>(loc, dimension);
  }

  func::FuncOp kernel;
  gpu::GPUModuleOp module;
  SumTarget target;
  Location loc;
  OpBuilder builder;
  linalg::GenericOp generic;
  gpu::GPUFuncOp function;
  /// From the function's values to this kernel's.
  IRMapping arguments;
  /// The same inside the body, on vectors.
  IRMapping vectors;
  /// Operands of the generic operation that are the same for all pixels.
  llvm::SmallDenseMap<unsigned, Value> uniform;
  SmallVector<unsigned> sumOperands;
  Value image, vector, lastVector, numPixels;
};
} // namespace

LogicalResult ThreadKernel::findGeneric() {
  SmallVector<linalg::GenericOp> generics(kernel.getOps<linalg::GenericOp>());
  if (generics.size() != 1 || generics.front().getNumLoops() != NumLoops)
    return kernel.emitOpError("must have one 'linalg.generic' of three loops "
                              "to become a GPU kernel");
  generic = generics.front();
  for (Value operand : generic->getOperands())
    if (!isa<BlockArgument>(operand))
      return generic.emitOpError("has an operand that is no argument of '")
             << kernel.getSymName() << "'";
  for (unsigned i = generic.getNumDpsInputs(), e = generic->getNumOperands();
       i < e; ++i) {
    if (!isSum(i))
      continue;
    sumOperands.push_back(i);
    unsigned output = i - generic.getNumDpsInputs();
    Operation *sum =
        generic.getBlock()->getTerminator()->getOperand(output).getDefiningOp();
    if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(sum) ||
        sum->getOperand(0) != generic.getRegionOutputArgs()[output])
      return generic.emitOpError("reduces output ")
             << output << " by something other than an addition to it";
  }
  return success();
}

/// Scalars that are read before the generic operation stay as they are.
Type ThreadKernel::getArgumentType(BlockArgument argument) {
  auto type = dyn_cast<MemRefType>(argument.getType());
  if (!type)
    return argument.getType();
  if (llvm::any_of(argument.getUsers(), llvm::IsaPred<memref::LoadOp>))
    return type;
  bool isPartial = target == SumTarget::Partial &&
                   llvm::any_of(sumOperands, [&](unsigned operand) {
                     return generic->getOperand(operand) == argument;
                   });
  int64_t rank = isPartial ? static_cast<int64_t>(NumLoops) : type.getRank();
  SmallVector<int64_t> shape(static_cast<size_t>(rank), ShapedType::kDynamic);
  return MemRefType::get(shape, getThreadType(type.getElementType()));
}

void ThreadKernel::startFunction() {
  SmallVector<Type> types, buffers;
  for (BlockArgument argument : kernel.getArguments())
    types.push_back(getArgumentType(argument));
  for (unsigned operand : sumOperands)
    buffers.push_back(getSumBufferType(
        getThreadType(getElementTypeOrSelf(generic->getOperand(operand)))));
  function = createGpuKernel(builder, loc, module, kernel.getSymName(), types,
                             buffers);
  for (auto [from, to] :
       llvm::zip(kernel.getArguments(), function.getArguments()))
    arguments.map(from, to);
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (!isa<linalg::GenericOp>(op))
      builder.clone(op, arguments);
}

/// Image and vector of channels; threads past the last vector have it too, and
/// no pixels.
void ThreadKernel::findPlace() {
  image = id(/*ofBlock=*/true, gpu::Dimension::z);
  Value x = arguments.lookup(generic->getOperand(0));
  Value numVectors = builder.create<memref::DimOp>(loc, x, index(Channel));
  Value pixels = builder.create<memref::DimOp>(loc, x, index(Pixel));
  Value blockX = builder.create<gpu::BlockDimOp>(loc, gpu::Dimension::x);
  Value first = builder.create<arith::MulIOp>(
      loc, id(/*ofBlock=*/true, gpu::Dimension::x), blockX);
  vector = builder.create<arith::AddIOp>(
      loc, first, id(/*ofBlock=*/false, gpu::Dimension::x));
  Value isActive = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ult,
                                                 vector, numVectors);
  numPixels = builder.create<arith::SelectOp>(loc, isActive, pixels, index(0));
  lastVector = builder.create<arith::SubIOp>(loc, numVectors, index(1));
  lastVector = builder.create<arith::MinUIOp>(loc, vector, lastVector);
}

SmallVector<Value> ThreadKernel::getIndices(unsigned index, Value pixel) {
  SmallVector<Value> indices;
  for (AffineExpr result : generic.getIndexingMapsArray()[index].getResults())
    switch (cast<AffineDimExpr>(result).getPosition()) {
    case Image:
      indices.push_back(image);
      break;
    case Pixel:
      indices.push_back(pixel);
      break;
    case Channel:
      indices.push_back(lastVector);
      break;
    }
  return indices;
}

void ThreadKernel::readUniformValues() {
  for (unsigned i = 0, e = generic.getNumDpsInputs(); i < e; ++i)
    if (!generic.getIndexingMapsArray()[i].isFunctionOfDim(Pixel))
      uniform[i] = load(i, Value());
  generic.getBody()->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (operand.getParentBlock() != generic.getBody() &&
          !vectors.contains(operand))
        vectors.map(operand, builder.create<vector::BroadcastOp>(
                                 loc, getThreadType(operand.getType()),
                                 arguments.lookup(operand)));
  });
}

void ThreadKernel::cloneOnVectors(Operation &op) {
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    types.push_back(getThreadType(type));
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(vectors.lookup(operand));
  SmallVector<NamedAttribute> attributes(op.getAttrs());
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto value = DenseElementsAttr::get(cast<ShapedType>(types.front()),
                                        Attribute(constant.getValue()));
    attributes = {{constant.getValueAttrName(), value}};
  }
  Operation *clone = builder.create(OperationState(
      loc, op.getName().getIdentifier(), operands, types, attributes));
  vectors.map(op.getResults(), clone->getResults());
}

SmallVector<Value> ThreadKernel::emitPixel(Value pixel, ValueRange sums) {
  unsigned numInputs = generic.getNumDpsInputs();
  for (unsigned i = 0, e = generic->getNumOperands(); i < e; ++i) {
    BlockArgument element = generic.getBlock()->getArgument(i);
    if (isSum(i) || (i >= numInputs && element.use_empty()))
      continue;
    auto known = uniform.find(i);
    vectors.map(element,
                known != uniform.end() ? known->second : load(i, pixel));
  }
  for (auto [operand, sum] : llvm::zip_equal(sumOperands, sums))
    vectors.map(generic.getBlock()->getArgument(operand), sum);
  for (Operation &op : generic.getBlock()->without_terminator())
    cloneOnVectors(op);
  SmallVector<Value> next;
  for (auto [i, result] :
       llvm::enumerate(generic.getBlock()->getTerminator()->getOperands())) {
    Value value = vectors.lookup(result);
    unsigned operand = numInputs + static_cast<unsigned>(i);
    if (isSum(operand))
      next.push_back(value);
    else
      builder.create<memref::StoreOp>(loc, value, getArgument(operand),
                                      getIndices(operand, pixel));
  }
  return next;
}

void ThreadKernel::storeSums(ValueRange sums) {
  SmallVector<Value> totals =
      emitBlockSums(builder, loc, sums, function.getWorkgroupAttributions());
  Value y = id(/*ofBlock=*/false, gpu::Dimension::y);
  Value isRow =
      builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, y, index(0));
  Value isVector = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq,
                                                 vector, lastVector);
  Value stores = builder.create<arith::AndIOp>(loc, isRow, isVector);
  builder.create<scf::IfOp>(loc, stores, [&](OpBuilder &body, Location) {
    for (auto [operand, total] : llvm::zip_equal(sumOperands, totals)) {
      SmallVector<Value> indices = {
          image, id(/*ofBlock=*/true, gpu::Dimension::y), vector};
      Value value = total;
      if (target == SumTarget::Result) {
        indices = getIndices(operand, Value());
        Value old = load(operand, Value());
        value = isa<FloatType>(getElementTypeOrSelf(value))
                    ? body.create<arith::AddFOp>(loc, old, value).getResult()
                    : body.create<arith::AddIOp>(loc, old, value);
      }
      body.create<memref::StoreOp>(loc, value, getArgument(operand), indices);
    }
    body.create<scf::YieldOp>(loc);
  });
}

void ThreadKernel::emitPixels() {
  Value blockY = builder.create<gpu::BlockDimOp>(loc, gpu::Dimension::y);
  Value gridY = builder.create<gpu::GridDimOp>(loc, gpu::Dimension::y);
  Value start = builder.create<arith::AddIOp>(
      loc,
      builder.create<arith::MulIOp>(
          loc, id(/*ofBlock=*/true, gpu::Dimension::y), blockY),
      id(/*ofBlock=*/false, gpu::Dimension::y));
  Value step = builder.create<arith::MulIOp>(loc, blockY, gridY);
  SmallVector<Value> zeros;
  for (unsigned operand : sumOperands) {
    auto type =
        getThreadType(getElementTypeOrSelf(generic->getOperand(operand)));
    zeros.push_back(
        builder.create<arith::ConstantOp>(loc, builder.getZeroAttr(type)));
  }
  if (target == SumTarget::Result)
    std::tie(start, zeros) = emitUnrolled(start, step, zeros);
  auto loop = builder.create<scf::ForOp>(
      loc, start, numPixels, step, zeros,
      [&](OpBuilder &body, Location, Value pixel, ValueRange sums) {
        body.create<scf::YieldOp>(loc, emitPixel(pixel, sums));
      });
  if (!sumOperands.empty())
    storeSums(loop.getResults());
}

/// Few blocks add what many have left, so each has to wait for memory as seldom
/// as it can: nothing is stored between the loads of kGpuUnrolled pixels. The
/// order of sums stays. Returns the first pixel that is left, and the sums.
std::pair<Value, SmallVector<Value>>
ThreadKernel::emitUnrolled(Value start, Value step, ValueRange zeros) {
  Value last =
      builder.create<arith::MulIOp>(loc, step, index(kGpuUnrolled - 1));
  Value end = builder.create<arith::SubIOp>(loc, numPixels, last);
  Value stride = builder.create<arith::MulIOp>(loc, step, index(kGpuUnrolled));
  SmallVector<Value> initial(zeros);
  initial.push_back(start);
  auto loop = builder.create<scf::ForOp>(
      loc, start, end, stride, initial,
      [&](OpBuilder &body, Location, Value pixel, ValueRange carried) {
        SmallVector<Value> next(carried.drop_back());
        for (int64_t i = 0; i < kGpuUnrolled; ++i) {
          next = emitPixel(pixel, next);
          pixel = body.create<arith::AddIOp>(loc, pixel, step);
        }
        next.push_back(pixel);
        body.create<scf::YieldOp>(loc, next);
      });
  ValueRange results = loop.getResults();
  return {results.back(), SmallVector<Value>(results.drop_back())};
}

LogicalResult ThreadKernel::emit() {
  if (failed(findGeneric()))
    return failure();
  startFunction();
  findPlace();
  readUniformValues();
  emitPixels();
  builder.create<gpu::ReturnOp>(loc);
  return success();
}

LogicalResult mlir::oqat::emitThreadKernel(func::FuncOp kernel,
                                           gpu::GPUModuleOp module,
                                           SumTarget target) {
  return ThreadKernel(kernel, module, target).emit();
}
