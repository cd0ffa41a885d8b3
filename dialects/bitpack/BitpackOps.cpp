//===- BitpackOps.cpp - Layers --------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// No layer folds: constants went into the layers when the dialect was entered.
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Bitpack.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::bitpack;

#define GET_OP_CLASSES
#include "dialects/bitpack/BitpackOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Shared constraints
//===----------------------------------------------------------------------===//

static LogicalResult verifySpatial(Operation *op, RankedTensorType input,
                                   RankedTensorType result, int64_t kernelH,
                                   int64_t kernelW, int64_t stride) {
  if (input.getRank() != 4 || result.getRank() != 4 ||
      input.getDimSize(0) != 1 || result.getDimSize(0) != 1)
    return op->emitOpError() << "expected 1xHxWxC operands, but got " << input
                             << " and " << result;
  if (stride < 1)
    return op->emitOpError()
           << "expected a positive stride, but got " << stride;
  if (kernelH < 1 || kernelW < 1 || kernelH % 2 == 0 || kernelW % 2 == 0)
    return op->emitOpError()
           << "expected an odd kernel, but got " << kernelH << "x" << kernelW;
  for (unsigned dim : {1u, 2u}) {
    int64_t expected = (input.getDimSize(dim) - 1) / stride + 1;
    if (input.getDimSize(dim) < 1 || result.getDimSize(dim) != expected)
      return op->emitOpError()
             << "expected " << expected << " outputs in dimension " << dim
             << ", but got " << result.getDimSize(dim);
  }
  return success();
}

template <typename ConvOp>
static LogicalResult verifyQuantizedConv(ConvOp op, int64_t inputsPerOutput) {
  ArrayRef<int64_t> kernel = op.getKernel();
  if (kernel.size() != 2)
    return op.emitOpError()
           << "expected 2 kernel sides, but got " << kernel.size();
  RankedTensorType result = op.getResult().getType();
  if (failed(verifySpatial(op, op.getInput().getType(), result, kernel[0],
                           kernel[1], op.getStride())))
    return failure();
  int64_t bits = op.getWeightBits();
  if (bits < 1 || bits > 8)
    return op.emitOpError() << "expected 1 to 8 weight bits, but got " << bits;
  int64_t codes =
      result.getDimSize(3) * kernel[0] * kernel[1] * inputsPerOutput;
  int64_t bytes = (codes * bits + 7) / 8;
  if (op.getWeights().getNumElements() != bytes)
    return op.emitOpError()
           << "expected " << bytes << " bytes of packed weights, but got "
           << op.getWeights().getNumElements();
  if (!op.getScaleAttr() || !op.getBiasAttr())
    return op.emitOpError() << "expected 'scale' and 'bias'";
  return success();
}

//===----------------------------------------------------------------------===//
// Conv2DOp, DepthwiseConv2DOp
//===----------------------------------------------------------------------===//

LogicalResult Conv2DOp::verify() {
  return verifyQuantizedConv(*this, getInput().getType().getShape().back());
}

int64_t Conv2DOp::getMacs() {
  return getResult().getType().getNumElements() * getKernel()[0] *
         getKernel()[1] * getInput().getType().getShape().back();
}

LogicalResult DepthwiseConv2DOp::verify() {
  if (getInput().getType().getShape().back() !=
      getResult().getType().getShape().back())
    return emitOpError() << "expected as many channels in the result as in the "
                            "input, but got "
                         << getResult().getType() << " and "
                         << getInput().getType();
  return verifyQuantizedConv(*this, 1);
}

int64_t DepthwiseConv2DOp::getMacs() {
  return getResult().getType().getNumElements() * getKernel()[0] *
         getKernel()[1];
}

//===----------------------------------------------------------------------===//
// FloatConv2DOp
//===----------------------------------------------------------------------===//

LogicalResult FloatConv2DOp::verify() {
  RankedTensorType input = getInput().getType();
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  RankedTensorType result = getResult().getType();
  if (weights.size() != 4)
    return emitOpError() << "expected NxKxKxC weights, but got "
                         << getWeights().getType();
  if (failed(verifySpatial(*this, input, result, weights[1], weights[2],
                           getStride())))
    return failure();
  int64_t channels = input.getDimSize(3);
  if (weights[0] != result.getDimSize(3) || weights[3] != channels)
    return emitOpError() << "expected weights of " << result.getDimSize(3)
                         << " outputs and " << channels << " inputs, but got "
                         << getWeights().getType();
  bool image = !input.getElementType().isF32();
  for (DenseElementsAttr values : {getInputScaleAttr(), getInputBiasAttr()})
    if (image != static_cast<bool>(values) ||
        (image && values.getNumElements() != channels))
      return emitOpError() << "expected 'normalize' of " << channels
                           << " channels exactly when the input is of bytes";
  return success();
}

int64_t FloatConv2DOp::getMacs() {
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  return getResult().getType().getNumElements() * weights[1] * weights[2] *
         weights[3];
}

//===----------------------------------------------------------------------===//
// LinearOp, ElementwiseOp, PoolOp
//===----------------------------------------------------------------------===//

LogicalResult LinearOp::verify() {
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  if (weights.size() != 2 ||
      weights[0] != getResult().getType().getNumElements() ||
      weights[1] != getInput().getType().getNumElements() ||
      weights[0] != getResult().getType().getShape().back())
    return emitOpError() << "expected NxK weights for " << getInput().getType()
                         << " and " << getResult().getType() << ", but got "
                         << getWeights().getType();
  return success();
}

int64_t LinearOp::getMacs() { return getWeights().getNumElements(); }

LogicalResult ElementwiseOp::verify() {
  if (getInput().getType().getShape() != getResult().getType().getShape())
    return emitOpError() << "expected input and result of one shape, but got "
                         << getInput().getType() << " and "
                         << getResult().getType();
  return success();
}

int64_t ElementwiseOp::getMacs() { return 0; }

LogicalResult PoolOp::verify() {
  RankedTensorType input = getInput().getType();
  if (input.getRank() != 4 || input.getDimSize(0) != 1 ||
      getResult().getType().getNumElements() != input.getDimSize(3) ||
      getResult().getType().getShape().back() != input.getDimSize(3))
    return emitOpError() << "expected a 1xHxWxC input and C results, but got "
                         << input << " and " << getResult().getType();
  int32_t fraction = static_cast<int32_t>(getFraction());
  if (fraction < -126 || fraction > 126)
    return emitOpError() << "expected a fraction in [-126, 126], but got "
                         << fraction;
  return success();
}

//===----------------------------------------------------------------------===//
// Epilogue operands
//===----------------------------------------------------------------------===//

Value Conv2DOp::getGateValue() { return getGate(); }
Value Conv2DOp::getResidualValue() { return getResidual(); }
Value DepthwiseConv2DOp::getGateValue() { return getGate(); }
Value DepthwiseConv2DOp::getResidualValue() { return getResidual(); }
Value FloatConv2DOp::getGateValue() { return getGate(); }
Value FloatConv2DOp::getResidualValue() { return getResidual(); }
Value LinearOp::getGateValue() { return getGate(); }
Value LinearOp::getResidualValue() { return getResidual(); }
Value ElementwiseOp::getGateValue() { return getGate(); }
Value ElementwiseOp::getResidualValue() { return getResidual(); }
