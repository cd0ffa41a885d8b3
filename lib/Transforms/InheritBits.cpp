//===- InheritBits.cpp - Hand a network down from K to K-1 bits -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.1> : …
//   %q = oqat.fake_quantize %x step @b0.dw.input_step bits 4 : …
// After:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.2> : …
//   %q = oqat.fake_quantize %x step @b0.dw.input_step bits 3 : …
//
// With the step doubled no value moves by more than the old step (OQAT.md
// section 6). On a supernet the values of the choices that quantizers refer to
// go down by one. Refuses 2 bits, for which that bound does not hold.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Transforms/Passes.h"
#include <cmath>

namespace mlir::oqat {
#define GEN_PASS_DEF_INHERITBITS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

static LogicalResult requireInheritable(Operation *op, int64_t bits) {
  if (bits > 2)
    return success();
  return op->emitOpError("cannot inherit from 2 bits, expected at least 3");
}

static LogicalResult doubleStep(ParameterOp step) {
  auto value = dyn_cast<DenseElementsAttr>(step.getValueAttr());
  if (!value)
    return step.emitOpError("expected a dense value");
  float doubled = 2.0f * value.getSplatValue<float>();
  if (!std::isfinite(doubled))
    return step.emitOpError("expected a finite step, but got ") << doubled;
  step.setValueAttr(DenseElementsAttr::get(value.getType(), doubled));
  return success();
}

static LogicalResult lowerChoice(ChoiceOp choice) {
  SmallVector<int64_t> values(choice.getValues());
  for (int64_t &bits : values) {
    if (failed(requireInheritable(choice, bits)))
      return failure();
    --bits;
  }
  choice.setValues(values);
  return success();
}

static LogicalResult lowerQuantizers(SupernetOp network,
                                     DenseSet<Operation *> &choices) {
  WalkResult result = network.walk([&](FakeQuantizeOp op) {
    if (std::optional<int64_t> bits = op.getFixedBits()) {
      if (failed(requireInheritable(op, *bits)))
        return WalkResult::interrupt();
      op.setBitsAttr(OpBuilder(op).getI64IntegerAttr(*bits - 1));
      return WalkResult::advance();
    }
    ChoiceOp choice =
        network.lookupChoice(cast<FlatSymbolRefAttr>(op.getBits()));
    // Choices are shared by many quantizers and by networks.
    if (choices.insert(choice).second && failed(lowerChoice(choice)))
      return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Keeps the record of a fixed network true.
static LogicalResult lowerRecord(SupernetOp network) {
  if (!network.getSubnet())
    return success();
  std::string error;
  auto config = ::oqat::formats::parseSubnet(network.getSubnet()->str(),
                                             "subnet", "", error);
  if (!config)
    return network.emitOpError(error);
  for (const char *key : {"bits_w", "bits_a"})
    if (auto it = config->values.find(key); it != config->values.end())
      for (double &bits : it->second.entries)
        bits -= 1;
  std::string line = ::oqat::formats::writeSubnet(*config);
  network.setSubnet(StringRef(line).rtrim());
  return success();
}

namespace {
struct InheritBits : mlir::oqat::impl::InheritBitsBase<InheritBits> {
  using InheritBitsBase::InheritBitsBase;

  void runOnOperation() override {
    DenseSet<Operation *> choices;
    for (auto network : getOperation().getOps<SupernetOp>())
      if (failed(lowerQuantizers(network, choices)) ||
          failed(lowerRecord(network)))
        return signalPassFailure();
    for (auto parameter : getOperation().getOps<ParameterOp>()) {
      if (parameter.getKind() != ParameterKind::Step ||
          !parameter.getValueAttr())
        continue;
      if (failed(doubleStep(parameter)))
        return signalPassFailure();
      ++numSteps;
    }
  }
};
} // namespace
