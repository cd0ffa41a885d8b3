//===- InheritBits.cpp - Hand a network down from K to K-1 bits -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With the step doubled no value moves by more than the old step (Numerics.md,
// "Inheriting bits"). From 2 to 1 bit that does not hold, which is refused.
//
// On a supernet whose steps have an entry per bit-width, entries are set and
// the choices stay. Before, with `bits_w` of values [2, 3, 4] and from=4:
//   oqat.parameter @b0.dw.weight_step kind step : tensor<3xf32>
//       = dense<[0.0, 0.0, 0.1]> : …
// After:
//   oqat.parameter @b0.dw.weight_step kind step : tensor<3xf32>
//       = dense<[0.0, 0.2, 0.1]> : …
//
// On a fixed network the bits go down and the steps in use are doubled. Before:
//   %q = oqat.fake_quantize %x step @b0.dw.input_step bits 4 : …
// After, with twice the value of @b0.dw.input_step:
//   %q = oqat.fake_quantize %x step @b0.dw.input_step bits 3 : …
// A supernet of scalar steps is handed down the same way: its one step serves
// all bit-widths, so the values of its choices go down by one.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include <cmath>

namespace mlir::oqat {
#define GEN_PASS_DEF_INHERITBITS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// Hands down the networks of one module.
class Inheritance {
public:
  explicit Inheritance(int64_t from) : from(from) {}
  LogicalResult inheritNetwork(SupernetOp network);

  unsigned numSteps = 0;

private:
  LogicalResult inheritEntries(ParameterOp step, ChoiceOp choice);
  LogicalResult lowerChoice(ChoiceOp choice);
  LogicalResult lowerQuantizer(FakeQuantizeOp op);
  LogicalResult lowerRecord(SupernetOp network);
  LogicalResult setTwice(ParameterOp step, int64_t to, int64_t from,
                         int64_t entries);
  LogicalResult doubleOnce(FakeQuantizeOp op, int64_t bits);
  ParameterOp lookupStep(FakeQuantizeOp op) {
    return symbols.lookupNearestSymbolFrom<ParameterOp>(op, op.getStepAttr());
  }

  /// 0: from all.
  int64_t from;
  SymbolTableCollection symbols;
  /// Networks and quantizers may share choices and steps.
  DenseSet<Operation *> lowered;
  DenseSet<std::pair<Operation *, int64_t>> doubled;
};

struct InheritBits : mlir::oqat::impl::InheritBitsBase<InheritBits> {
  using InheritBitsBase::InheritBitsBase;
  void runOnOperation() override;
};

} // namespace

static LogicalResult requireInheritable(Operation *op, int64_t bits) {
  if (bits > 2)
    return success();
  return op->emitOpError("cannot inherit from ")
         << bits << " bits, expected at least 3";
}

/// Entry `to` of a step of `entries` entries becomes twice entry `from`.
LogicalResult Inheritance::setTwice(ParameterOp step, int64_t to, int64_t from,
                                    int64_t entries) {
  if (!step.getValueAttr())
    return success();
  auto value = dyn_cast<DenseElementsAttr>(step.getValueAttr());
  if (!value)
    return step.emitOpError("expected a dense value");
  SmallVector<float> all(value.getValues<float>());
  size_t size = all.size() / entries;
  for (size_t i = 0; i < size; ++i) {
    float twice = 2.0f * all[from * size + i];
    if (!std::isfinite(twice))
      return step.emitOpError("expected a finite step, but got ") << twice;
    all[to * size + i] = twice;
  }
  step.setValueAttr(
      DenseElementsAttr::get(value.getType(), ArrayRef<float>(all)));
  ++numSteps;
  return success();
}

//===----------------------------------------------------------------------===//
// Steps with entries
//===----------------------------------------------------------------------===//

LogicalResult Inheritance::inheritEntries(ParameterOp step, ChoiceOp choice) {
  ArrayRef<int64_t> values = choice.getValues();
  auto entries = static_cast<int64_t>(values.size());
  auto entryOf = [&](int64_t bits) -> int64_t {
    return llvm::find(values, bits) - values.begin();
  };
  int64_t highest = from ? from : values.back();
  int64_t lowest = from ? from : 3;
  bool isAny = false;
  for (int64_t bits = highest; bits >= lowest; --bits) {
    int64_t source = entryOf(bits), target = entryOf(bits - 1);
    if (source == entries || target == entries)
      continue;
    isAny = true;
    if (failed(setTwice(step, target, source, entries)))
      return failure();
  }
  if (isAny)
    return success();
  InFlightDiagnostic error = choice.emitOpError("expected the values ");
  if (from)
    error << from - 1 << " and " << from;
  else
    error << "K-1 and K for some K above 2";
  error << ", but got ";
  llvm::interleaveComma(values, error);
  return error;
}

//===----------------------------------------------------------------------===//
// Steps in use, and bits
//===----------------------------------------------------------------------===//

LogicalResult Inheritance::doubleOnce(FakeQuantizeOp op, int64_t bits) {
  ParameterOp step = lookupStep(op);
  std::optional<int64_t> entry = op.getStepEntry(step.getTensorType(), bits);
  if (!doubled.insert({step, entry.value_or(0)}).second)
    return success();
  int64_t entries = entry ? step.getTensorType().getDimSize(0) : 1;
  return setTwice(step, entry.value_or(0), entry.value_or(0), entries);
}

LogicalResult Inheritance::lowerChoice(ChoiceOp choice) {
  SmallVector<int64_t> values(choice.getValues());
  for (int64_t &bits : values) {
    if (failed(requireInheritable(choice, bits)))
      return failure();
    --bits;
  }
  choice.setValues(values);
  return success();
}

LogicalResult Inheritance::lowerQuantizer(FakeQuantizeOp op) {
  if (std::optional<int64_t> bits = op.getFixedBits()) {
    if (from && *bits != from)
      return success();
    if (failed(requireInheritable(op, *bits)) || failed(doubleOnce(op, *bits)))
      return failure();
    op.setBitsAttr(OpBuilder(op).getI64IntegerAttr(*bits - 1));
    return success();
  }
  ChoiceOp choice = op->getParentOfType<SupernetOp>().lookupChoice(
      cast<FlatSymbolRefAttr>(op.getBits()));
  if (from)
    return op.emitOpError("has one step for all bits, expected an entry for "
                          "every value of '")
           << choice.getSymName() << "' to inherit from " << from;
  if (lowered.insert(choice).second && failed(lowerChoice(choice)))
    return failure();
  return doubleOnce(op, /*bits=*/0);
}

/// Keeps the record of a fixed network true.
LogicalResult Inheritance::lowerRecord(SupernetOp network) {
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
        if (!from || bits == static_cast<double>(from))
          bits -= 1;
  std::string line = ::oqat::formats::writeSubnet(*config);
  network.setSubnet(StringRef(line).rtrim());
  return success();
}

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

LogicalResult Inheritance::inheritNetwork(SupernetOp network) {
  SmallVector<FakeQuantizeOp> others;
  llvm::MapVector<Operation *, ChoiceOp> elastic;
  WalkResult result = network.walk([&](FakeQuantizeOp op) -> WalkResult {
    ParameterOp step = lookupStep(op);
    auto symbol = dyn_cast<FlatSymbolRefAttr>(op.getBits());
    ChoiceOp choice = symbol ? network.lookupChoice(symbol) : ChoiceOp();
    // Of 32 bits: whether a value is quantized, not how finely.
    if (choice && choice.getValues().back() > 8)
      return WalkResult::advance();
    if (op.getScheme().getScheme() != ::oqat::numerics::Scheme::Lsq)
      return op.emitOpError("expected an LSQ quantizer to inherit bits, but "
                            "got ")
             << op.getScheme();
    if (!symbol || !op.getStepEntry(step.getTensorType(), /*bits=*/0)) {
      others.push_back(op);
      return WalkResult::advance();
    }
    ChoiceOp first = elastic.try_emplace(step, choice).first->second;
    if (first.getValues() != choice.getValues())
      return op.emitOpError("shares step '")
             << op.getStep() << "' with a quantizer of other bits";
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  // The bits of a network with entries stay open, and so do all quantizers
  // that have none: ends of fixed bits, for example.
  for (auto [step, choice] : elastic)
    if (doubled.insert({step, -1}).second &&
        failed(inheritEntries(cast<ParameterOp>(step), choice)))
      return failure();
  if (!elastic.empty())
    return success();
  for (FakeQuantizeOp op : others)
    if (failed(lowerQuantizer(op)))
      return failure();
  return lowerRecord(network);
}

void InheritBits::runOnOperation() {
  if (from && from < 3) {
    emitError(getOperation().getLoc(), "cannot inherit from ")
        << from.getValue() << " bits, expected at least 3";
    return signalPassFailure();
  }
  Inheritance inheritance(from);
  for (auto network : getOperation().getOps<SupernetOp>())
    if (failed(inheritance.inheritNetwork(network)))
      return signalPassFailure();
  numSteps += inheritance.numSteps;
}
