//===- BitpackRequantization.cpp - Requantization forms -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Requantization.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Requantize.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

#define GET_ATTRDEF_CLASSES
#include "dialects/bitpack/BitpackAttrs.cpp.inc"

void BitpackDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/bitpack/BitpackAttrs.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// ThresholdsAttr
//===----------------------------------------------------------------------===//

LogicalResult
ThresholdsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       DenseIntElementsAttr values,
                       DenseBoolArrayAttr falling) {
  ShapedType type = values.getType();
  if (type.getRank() != 2 || type.getDimSize(1) == 0 ||
      !type.getElementType().isSignlessInteger(32))
    return emitError() << "expected thresholds of type tensor<CxTxi32>, but "
                          "got "
                       << type;
  int64_t count = type.getDimSize(1), index = 0;
  int32_t last = 0;
  for (int32_t value : values.getValues<int32_t>()) {
    if (index++ % count != 0 && value < last)
      return emitError() << "expected ascending thresholds, but got " << value
                         << " after " << last;
    last = value;
  }
  if (falling && falling.size() != type.getDimSize(0))
    return emitError() << "expected " << type.getDimSize(0)
                       << " entries of 'falling', but got " << falling.size();
  return success();
}

//===----------------------------------------------------------------------===//
// AccumulatorMapAttr
//===----------------------------------------------------------------------===//

LogicalResult
AccumulatorMapAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                           DenseI32ArrayAttr offsets,
                           DenseIntElementsAttr table) {
  ShapedType type = table.getType();
  if (type.getRank() != 1 || !type.getElementType().isSignlessInteger(8))
    return emitError() << "expected a table of type tensor<Nxi8>, but got "
                       << type;
  for (int32_t offset : offsets.asArrayRef())
    if (offset < 0 || offset >= type.getNumElements())
      return emitError() << "expected offsets from 0 to "
                         << type.getNumElements() - 1 << ", but got " << offset;
  return success();
}

//===----------------------------------------------------------------------===//
// Layers with such an attribute
//===----------------------------------------------------------------------===//

LogicalResult mlir::bitpack::verifyRequantization(LayerOpInterface layer,
                                                  Attribute form) {
  if (!form)
    return success();
  if (layer.getCodeBits() == 0 || layer.getGateValue() ||
      layer.getResidualValue())
    return layer.emitOpError("expected 'requantize' only where the result is "
                             "of codes, with no gate and no residual");
  int64_t outputs = layer.getResult().getType().getShape().back();
  auto thresholds = dyn_cast<ThresholdsAttr>(form);
  auto map = dyn_cast<AccumulatorMapAttr>(form);
  int64_t channels = thresholds ? thresholds.getChannels() : map.getChannels();
  if (channels != outputs)
    return layer.emitOpError() << "expected a requantization of " << outputs
                               << " channels, but got " << channels;
  int64_t highest = (1 << layer.getCodeBits()) - 1;
  if (thresholds) {
    int64_t count = thresholds.getValues().getType().getShape()[1];
    if (count != highest)
      return layer.emitOpError()
             << "expected " << highest << " thresholds per channel, but got "
             << count;
    return success();
  }
  for (uint8_t code : map.getTable().getValues<uint8_t>())
    if (code > highest)
      return layer.emitOpError() << "expected a table of codes up to "
                                 << highest << ", but got " << int(code);
  return success();
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

float mlir::bitpack::applyActivation(ActivationKind kind, float z) {
  switch (kind) {
  case ActivationKind::Relu:
    return numerics::relu(z);
  case ActivationKind::HSwish:
    return numerics::hSwish(z);
  case ActivationKind::HSigmoid:
    return numerics::hSigmoid(z);
  case ActivationKind::Relu6:
    return numerics::relu6(z);
  }
  return z;
}

CodeLookup::CodeLookup(Attribute form) {
  if (auto attr = dyn_cast<ThresholdsAttr>(form)) {
    llvm::append_range(thresholds, attr.getValues().getValues<int32_t>());
    count = attr.getValues().getType().getShape()[1];
    for (int64_t channel = 0; channel < attr.getChannels(); ++channel)
      falling.push_back(attr.isFalling(channel));
    return;
  }
  auto map = cast<AccumulatorMapAttr>(form);
  llvm::append_range(offsets, map.getOffsets().asArrayRef());
  llvm::append_range(table, map.getTable().getValues<uint8_t>());
}

std::optional<int32_t> CodeLookup::operator()(int64_t channel,
                                              int64_t accumulator) const {
  if (count != 0)
    return numerics::applyThresholds(accumulator, falling[channel],
                                     &thresholds[channel * count], count);
  int64_t index = accumulator + offsets[channel];
  if (index < 0 || index >= static_cast<int64_t>(table.size()))
    return std::nullopt;
  return table[index];
}
