//===- LoadWeights.cpp - Parameter values from a safetensors file ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gives every parameter the tensor of its name.
//
// Before:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32>
// After:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.1> :
//   tensor<f32>
//
// Tensors must be F32 and of exactly the parameter's shape; a step may also be
// stored with shape [1]. Tensors that no parameter is named after are left
// alone: a checkpoint holds more than weights. Constants keep their value.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Formats/Safetensors.h"
#include "oqat/Transforms/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_LOADWEIGHTS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace formats = ::oqat::formats;

namespace {
struct LoadWeights : mlir::oqat::impl::LoadWeightsBase<LoadWeights> {
  using LoadWeightsBase::LoadWeightsBase;
  void runOnOperation() override;
};
} // namespace

static std::string printShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os);
  os << ']';
  return text;
}

static LogicalResult loadParameter(ParameterOp op,
                                   const formats::MappedTensors &file,
                                   StringRef path) {
  const formats::TensorView *tensor = file.find(op.getSymName().str());
  if (!tensor)
    return op.emitOpError("expected parameter '")
           << op.getSymName() << "' in '" << path << "'";
  if (tensor->dtype != formats::DType::F32)
    return op.emitOpError("expected parameter '")
           << op.getSymName() << "' in '" << path << "' to be F32, but got "
           << formats::dtypeName(tensor->dtype);
  RankedTensorType type = op.getTensorType();
  ArrayRef<int64_t> shape(tensor->shape);
  bool isScalar = type.getRank() == 0 && shape == ArrayRef<int64_t>{1};
  if (shape != type.getShape() && !isScalar)
    return op.emitOpError("expected parameter '")
           << op.getSymName() << "' in '" << path << "' to have shape "
           << printShape(type.getShape()) << ", but got " << printShape(shape);
  op.setValueAttr(DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef<char>(tensor->bytes.data(), tensor->bytes.size())));
  return success();
}

void LoadWeights::runOnOperation() {
  std::string error;
  std::optional<formats::MappedTensors> tensors =
      formats::mapSafetensors(file, error);
  if (!tensors) {
    emitError(getOperation().getLoc(), error);
    return signalPassFailure();
  }
  for (auto op : getOperation().getOps<ParameterOp>())
    if (!op.getConstant() && failed(loadParameter(op, *tensors, file)))
      return signalPassFailure();
}
