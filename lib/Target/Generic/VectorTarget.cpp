//===- VectorTarget.cpp - Kernels of any CPU with vectors -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Target/VectorTarget.h"

#include "Emitters.h"
#include "oqat/Numerics/Packing.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

int64_t mlir::oqat::maxWeightSum(DenseIntElementsAttr weights, int64_t bits,
                                 int64_t outputs, int64_t codesPerOutput) {
  SmallVector<uint8_t> bytes;
  for (const APInt &byte : weights.getValues<APInt>())
    bytes.push_back(static_cast<uint8_t>(byte.getZExtValue()));
  int64_t largest = 0;
  for (int64_t n = 0; n < outputs; ++n) {
    int64_t sum = 0;
    for (int64_t k = 0; k < codesPerOutput; ++k)
      sum += std::abs(static_cast<int>(numerics::unpackCode(
          bytes.data(), n * codesPerOutput + k, static_cast<int>(bits))));
    largest = std::max(largest, sum);
  }
  return largest;
}

/// Accumulators are 32 bits wide: the actual weights must prove it is enough.
template <typename ConvOp>
static LogicalResult verifyAccumulator(ConvOp op, int64_t codesPerOutput) {
  unsigned inputBits =
      cast<CodesType>(op.getInput().getType().getElementType()).getBits();
  int64_t sum =
      maxWeightSum(op.getWeights(), op.getWeightBits(),
                   op.getResult().getType().getDimSize(3), codesPerOutput);
  int64_t bound = sum * ((1 << inputBits) - 1);
  if (bound > INT32_MAX)
    return op.emitOpError()
           << "the accumulator of layer '" << op.getLayer() << "' may reach "
           << bound << " and doesn't fit 32 bits";
  return success();
}

/// Taps of a row are unrolled, so there may not be any number of them.
static LogicalResult verifyTaps(LayerOpInterface layer, int64_t kernelH,
                                int64_t kernelW, int64_t stride) {
  if (std::max({kernelH, kernelW, stride}) <= 31)
    return success();
  return layer.emitOpError()
         << "a kernel of " << kernelH << "x" << kernelW << " at stride "
         << stride << " is too large, 31 is the limit";
}

FailureOr<LayerPlan> VectorTarget::plan(LayerOpInterface layer) const {
  using Result = FailureOr<LayerPlan>;
  return llvm::TypeSwitch<Operation *, Result>(layer)
      .Case([&](Conv2DOp op) -> Result {
        ArrayRef<int64_t> kernel = op.getKernel();
        int64_t inputs = op.getInput().getType().getDimSize(3);
        if (failed(verifyTaps(op, kernel[0], kernel[1], op.getStride())) ||
            failed(verifyAccumulator(op, kernel[0] * kernel[1] * inputs)))
          return failure();
        return planConv2D(*this, op);
      })
      .Case([&](DepthwiseConv2DOp op) -> Result {
        ArrayRef<int64_t> kernel = op.getKernel();
        if (failed(verifyTaps(op, kernel[0], kernel[1], op.getStride())) ||
            failed(verifyAccumulator(op, kernel[0] * kernel[1])))
          return failure();
        return planDepthwise(*this, op);
      })
      .Case([&](FloatConv2DOp op) -> Result {
        ArrayRef<int64_t> shape = op.getWeights().getType().getShape();
        if (failed(verifyTaps(op, shape[1], shape[2], op.getStride())))
          return failure();
        return planFloatConv2D(*this, op);
      })
      .Case([&](ElementwiseOp op) -> Result {
        return planElementwise(*this, op);
      })
      .Case([&](PoolOp op) -> Result { return planPool(*this, op); })
      .Case([&](LinearOp op) -> Result { return planLinear(*this, op); })
      .Default([&](Operation *op) -> Result {
        return op->emitOpError()
               << "target '" << name << "' has no kernel for this layer";
      });
}

void VectorTarget::emit(LayerOpInterface layer, const LayerPlan &plan,
                        KernelFrame &frame) const {
  EmitContext context{*this, plan, frame};
  llvm::TypeSwitch<Operation *>(layer)
      .Case([&](Conv2DOp op) { emitConv2D(context, op); })
      .Case([&](DepthwiseConv2DOp op) { emitDepthwise(context, op); })
      .Case([&](FloatConv2DOp op) { emitFloatConv2D(context, op); })
      .Case([&](ElementwiseOp op) { emitElementwise(context, op); })
      .Case([&](PoolOp op) { emitPool(context, op); })
      .Case([&](LinearOp op) { emitLinear(context, op); });
}

//===----------------------------------------------------------------------===//
// The dot product of plain integer vectors: one code times one weight
//===----------------------------------------------------------------------===//

Value VectorTarget::loadCodes(KernelBuilder &builder, Value pointer) const {
  Value code = builder.create<arith::ExtUIOp>(
      builder.getI32Type(), builder.load(builder.getI8Type(), pointer));
  return builder.splat(code, lanes);
}

Value VectorTarget::loadWeights(KernelBuilder &builder, Value pointer) const {
  Value weights =
      builder.load(builder.vectorOf(builder.getI16Type(), lanes), pointer);
  return builder.create<arith::ExtSIOp>(
      builder.vectorOf(builder.getI32Type(), lanes), weights);
}

Value VectorTarget::dot(KernelBuilder &builder, Value accumulator, Value codes,
                        Value weights) const {
  return builder.create<arith::AddIOp>(
      accumulator, builder.create<arith::MulIOp>(codes, weights));
}
