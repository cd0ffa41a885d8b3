//===- TensorNames.cpp - Which floats have a name -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A packed network holds one tensor per fused layer: what a convolution (or a
// squeeze-excite, or a value that several operations read) takes along is
// scale, activation, gate, summand and quantizer, in this order, as long as
// nothing else reads what is in between. Here the same chains are followed on
// the levels before, so that every level reports the same tensors. Quantizers
// of 32 bits are looked through, since a fixed network has none.
//
//===----------------------------------------------------------------------===//

#include "Engine.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// What a chain has done, in the only order that a layer can.
enum Step { Nothing, Dequantized, Scaled, Activated, Gated, Added, Quantized };

class Namer {
public:
  Namer(function_ref<bool(FakeQuantizeOp)> identity,
        function_ref<bool(AddOp)> stream, DenseMap<Value, std::string> &names)
      : identity(identity), stream(stream), names(names) {}

  void visit(Operation *op);
  void makeAvailable(Value value) { available.insert(value); }

private:
  bool append(Operation *op, Value &last, Step &done) const;
  void follow(Value start, Step done, const Twine &layer);
  void coverRescale(LinearOp op);
  void nameRepeated(FakeQuantizeOp op);
  std::string unique(const Twine &name);

  bool isIdentity(Operation *op) const {
    auto quantizer = dyn_cast<FakeQuantizeOp>(op);
    return quantizer && identity(quantizer);
  }

  Step stepOf(Operation *op) const;
  bool isStream(Operation *op) const {
    auto add = dyn_cast<AddOp>(op);
    return add && stream(add);
  }

  function_ref<bool(FakeQuantizeOp)> identity;
  function_ref<bool(AddOp)> stream;
  DenseMap<Value, std::string> &names;
  DenseSet<Value> available;
  DenseSet<Operation *> covered;
  llvm::StringMap<unsigned> counts;
};

} // namespace

std::string Namer::unique(const Twine &name) {
  unsigned count = counts[name.str()]++;
  return count == 0 ? name.str() : (name + "." + Twine(count)).str();
}

Step Namer::stepOf(Operation *op) const {
  if (isa<DequantizeOp>(op))
    return Dequantized;
  if (isa<BatchNormOp, BiasOp, RescaleOp>(op))
    return Scaled;
  if (isa<ActivationOp>(op))
    return Activated;
  if (isa<ScaleOp>(op))
    return Gated;
  if (isa<ResidualAddOp>(op) || isStream(op))
    return Quantized;
  if (isa<AddOp>(op))
    return Added;
  return isa<FakeQuantizeOp, QuantizeOp>(op) ? Quantized : Nothing;
}

/// Whether `op` joins the chain that ends in `last`.
bool Namer::append(Operation *op, Value &last, Step &done) const {
  if (isIdentity(op)) {
    last = op->getResult(0);
    return true;
  }
  Step step = stepOf(op);
  if (step <= done)
    return false;
  // A stream flows in as the second operand, which no chain carries.
  if (step == Quantized &&
      (op->getOperand(0) != last ||
       (op->getNumOperands() == 2 && !available.contains(op->getOperand(1)))))
    return false;
  if (auto add = dyn_cast<AddOp>(op); add && step == Added) {
    Value other = add.getLhs() == last ? add.getRhs() : add.getLhs();
    if (other != last && !available.contains(other))
      return false;
  }
  if (auto scale = dyn_cast<ScaleOp>(op);
      scale &&
      (scale.getInput() != last || !available.contains(scale.getGate())))
    return false;
  last = op->getResult(0);
  done = step;
  return true;
}

void Namer::follow(Value last, Step done, const Twine &layer) {
  while (last.hasOneUse() && append(*last.user_begin(), last, done))
    covered.insert(last.getDefiningOp());
  available.insert(last);
  std::string name = unique(layer);
  if (done != Quantized)
    names[last] = name + ".output";
}

/// What a linear layer does to its accumulators is part of it: a fixed one
/// gives the float in one operation, which has no name.
void Namer::coverRescale(LinearOp op) {
  Value last = op.getResult();
  while (last.hasOneUse() &&
         isa<DequantizeOp, BiasOp, RescaleOp>(*last.user_begin())) {
    covered.insert(*last.user_begin());
    last = last.user_begin()->getResult(0);
  }
  makeAvailable(last);
}

/// A stream may be quantized again on its way, with the same step: all but the
/// first of such quantizers have a number.
void Namer::nameRepeated(FakeQuantizeOp op) {
  if (!op || op.isWeight() || isIdentity(op))
    return;
  std::string name = op.getTensorName().str();
  if (unsigned before = counts[name + " quantizers"]++)
    names[op.getResult()] = name + ".codes." + std::to_string(before);
}

void Namer::visit(Operation *op) {
  if (isStream(op)) {
    std::string name = cast<AddOp>(op).getStreamName().str();
    names[op->getResult(0)] =
        name + "." + std::to_string(++counts[name + " additions"]);
  }
  nameRepeated(dyn_cast<FakeQuantizeOp>(op));
  if (covered.contains(op) || op->getNumResults() != 1)
    return;
  Value result = op->getResult(0);
  if (isa<DecodeOp>(op))
    return makeAvailable(result);
  if (isIdentity(op)) {
    if (available.contains(op->getOperand(0)))
      available.insert(result);
    return;
  }
  if (auto conv = dyn_cast<Conv2DOp>(op))
    return follow(result, Nothing, conv.getLayerName());
  if (auto linear = dyn_cast<LinearOp>(op))
    return coverRescale(linear);
  if (auto gate = dyn_cast<SqueezeExciteOp>(op))
    return follow(result, Gated, gate.getLayerName());
  if (auto pool = dyn_cast<PoolOp>(op)) {
    names[result] = unique(pool.getLayer().value_or("pool")) + ".output";
    return makeAvailable(result);
  }
  if (isa<MaxPoolOp>(op)) {
    names[result] = unique("max_pool") + ".output";
    return makeAvailable(result);
  }
  Step step = stepOf(op);
  if (step == Nothing ||
      isa_and_nonnull<WeightOp>(op->getOperand(0).getDefiningOp()))
    return;
  StringRef layer = op->getName().stripDialect();
  follow(result, step, step == Scaled ? "rescale" : layer);
}

void mlir::oqat::nameTensors(
    Block &block, function_ref<MutableArrayRef<Region>(StageOp)> active,
    function_ref<bool(FakeQuantizeOp)> identity,
    function_ref<bool(AddOp)> stream, DenseMap<Value, std::string> &names) {
  Namer namer(identity, stream, names);
  std::function<void(Block &)> walk = [&](Block &nested) {
    for (Value argument : nested.getArguments())
      namer.makeAvailable(argument);
    for (Operation &op : nested) {
      if (auto stage = dyn_cast<StageOp>(op)) {
        for (Region &region : active(stage))
          walk(region.front());
        namer.makeAvailable(stage.getResult());
        continue;
      }
      namer.visit(&op);
    }
  };
  walk(block);
}
