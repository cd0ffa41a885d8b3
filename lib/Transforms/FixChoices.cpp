//===- FixChoices.cpp - Decide some choices, leave the rest ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before: (with choices=bits_ends=32)
//   oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
//   %q = oqat.fake_quantize %x step @classifier.input_step bits @bits_ends : …
//   %l = oqat.linear %q, …
// After:
//   %l = oqat.linear %x, …
//
// Without keys every choice that has a default is decided by it. Only choices
// of bits can be decided alone, since all others change shapes. Steps that lose
// their last quantizer go.
//
//===----------------------------------------------------------------------===//

#include "Utils.h"

#include "dialects/oqat/Oqat.h"
#include "oqat/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_FIXCHOICES
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

static constexpr StringLiteral kBits = "bits";

namespace {
struct FixChoices : mlir::oqat::impl::FixChoicesBase<FixChoices> {
  using FixChoicesBase::FixChoicesBase;
  void runOnOperation() override;

private:
  LogicalResult readOption();
  FailureOr<std::optional<int64_t>> valueFor(ChoiceOp choice);
  LogicalResult fix(SupernetOp network, ChoiceOp choice, int64_t value);

  /// What the option says, and which of its keys a space has.
  llvm::StringMap<int64_t> wanted;
  llvm::StringSet<> found;
};
} // namespace

LogicalResult FixChoices::readOption() {
  wanted.clear();
  found.clear();
  for (StringRef entry : choices) {
    auto [key, text] = entry.split('=');
    int64_t value;
    if (key.empty() || text.getAsInteger(10, value))
      return emitError(getOperation().getLoc(),
                       "expected 'choices' as key=value, but got '")
             << entry << "'";
    wanted[key] = value;
  }
  return success();
}

/// Nothing where the choice stays open.
FailureOr<std::optional<int64_t>> FixChoices::valueFor(ChoiceOp choice) {
  if (wanted.empty()) {
    IntegerAttr value = choice.getDefaultValueAttr();
    return value ? std::optional<int64_t>(value.getInt()) : std::nullopt;
  }
  auto it = wanted.find(choice.getKey());
  if (it == wanted.end())
    return std::optional<int64_t>();
  found.insert(choice.getKey());
  if (llvm::is_contained(choice.getValues(), it->second))
    return std::optional<int64_t>(it->second);
  InFlightDiagnostic error = choice.emitOpError("expected '")
                             << choice.getKey() << "' to be one of ";
  llvm::interleaveComma(choice.getValues(), error);
  return error << ", but got " << it->second;
}

/// A step parameter may have an entry per value of the choice.
static void chooseEntry(FakeQuantizeOp op, int64_t bits) {
  auto step =
      SymbolTable::lookupNearestSymbolFrom<ParameterOp>(op, op.getStepAttr());
  if (auto entry = op.getStepEntry(step.getTensorType(), bits))
    op.setEntryAttr(Builder(op.getContext()).getI64IntegerAttr(*entry));
}

/// Puts the value where `choice` stands in the network.
LogicalResult FixChoices::fix(SupernetOp network, ChoiceOp choice,
                              int64_t value) {
  auto symbol = FlatSymbolRefAttr::get(choice.getSymNameAttr());
  IntegerAttr bits = Builder(&getContext()).getI64IntegerAttr(value);
  WalkResult result = network.walk([&](ElasticOpInterface op) {
    SmallVector<FlatSymbolRefAttr> symbols;
    op.getChoices(symbols);
    if (!llvm::is_contained(symbols, symbol))
      return WalkResult::advance();
    if (op->getAttr(kBits) != symbol) {
      InFlightDiagnostic error =
          op->emitOpError("changes its shape by choice '")
          << choice.getSymName() << "', which cannot be decided alone";
      error.attachNote(choice.getLoc()) << "the choice is here";
      return WalkResult::interrupt();
    }
    if (auto quantizer = dyn_cast<FakeQuantizeOp>(op.getOperation()))
      chooseEntry(quantizer, value);
    op->setAttr(kBits, bits);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Removes what 32 bits make the identity; `steps` takes the steps it had.
static void removeIdentities(SupernetOp network, DenseSet<Attribute> &steps) {
  IRRewriter rewriter(network.getContext());
  network.walk([&](Operation *op) {
    auto bits = dyn_cast_or_null<IntegerAttr>(op->getAttr(kBits));
    if (!bits || bits.getInt() != FakeQuantizeOp::kFloatBits)
      return;
    if (auto quantizer = dyn_cast<FakeQuantizeOp>(op)) {
      steps.insert(quantizer.getStepAttr().getAttr());
      if (auto offset = quantizer.getScheme().getOffsetParameter())
        steps.insert(offset.getAttr());
      rewriter.replaceOp(quantizer, quantizer.getInput());
    } else if (auto add = dyn_cast<AddOp>(op)) {
      steps.insert(add.getStepAttr().getAttr());
      add.makeFloat();
    } else if (auto gate = dyn_cast<SqueezeExciteOp>(op)) {
      for (auto step : gate.getStepsAttr().getAsRange<FlatSymbolRefAttr>())
        steps.insert(step.getAttr());
      gate.makeFloat();
    }
  });
}

void FixChoices::runOnOperation() {
  if (failed(readOption()))
    return signalPassFailure();
  DenseSet<Attribute> steps;
  SmallVector<ChoiceOp> decided;
  for (auto network : getOperation().getOps<SupernetOp>()) {
    SpaceOp space = network.lookupSpace();
    if (!space)
      continue;
    for (auto choice : space.getBody().getOps<ChoiceOp>()) {
      FailureOr<std::optional<int64_t>> value = valueFor(choice);
      if (failed(value))
        return signalPassFailure();
      if (!*value)
        continue;
      if (failed(fix(network, choice, **value)))
        return signalPassFailure();
      // Networks may share a space.
      if (!llvm::is_contained(decided, choice))
        decided.push_back(choice);
    }
    removeIdentities(network, steps);
  }
  for (StringRef key : wanted.keys())
    if (!found.contains(key)) {
      emitError(getOperation().getLoc(), "no choice has the key '")
          << key << "'";
      return signalPassFailure();
    }
  for (ChoiceOp choice : decided)
    choice.erase();
  numChoices += decided.size();
  eraseUnusedParameters(getOperation(), [&](ParameterOp parameter) {
    return steps.contains(parameter.getSymNameAttr());
  });
}
