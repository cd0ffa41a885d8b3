//===- WeightElement.cpp - Arithmetic of the host's kernels ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightElement.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::oqat;

/// The memory that `memref` is a shape of.
static Value baseOf(Value memref) {
  while (auto collapse = memref.getDefiningOp<memref::CollapseShapeOp>())
    memref = collapse.getSrc();
  return memref;
}

Value WeightElement::findStored(llvm::function_ref<bool(Value)> isTarget,
                                const Twine &to) {
  SmallVector<memref::StoreOp> stores;
  kernel.walk([&](memref::StoreOp store) {
    if (isTarget(baseOf(store.getMemRef())))
      stores.push_back(store);
  });
  if (stores.size() == 1)
    return stores.front().getValueToStore();
  kernel.emitOpError("must store to ")
      << to << " in one place to become a GPU kernel, but does in "
      << stores.size();
  return {};
}

Value WeightElement::storedTo(unsigned argument) {
  return findStored(
      [&](Value memory) { return memory == kernel.getArgument(argument); },
      "argument " + Twine(argument));
}

Value WeightElement::storedToOwnMemory() {
  return findStored(
      [](Value memory) { return !!memory.getDefiningOp<memref::AllocaOp>(); },
      "memory of its own");
}

Value WeightElement::compute(OpBuilder &builder, Value value, Load load) {
  if (Value computed = known.lookupOrNull(value))
    return computed;
  Operation *op = value.getDefiningOp();
  if (auto from = dyn_cast_or_null<memref::LoadOp>(op))
    if (auto argument = dyn_cast<BlockArgument>(baseOf(from.getMemRef()))) {
      std::optional<int64_t> index;
      if (from.getIndices().size() == 1)
        index = getConstantIntValue(from.getIndices().front());
      Value loaded = load(argument.getArgNumber(), index.value_or(0));
      known.map(value, loaded);
      return loaded;
    }
  if (!op || !isPure(op) || op->getNumRegions() != 0) {
    (op ? op->emitOpError("is nothing")
        : kernel.emitOpError("stores what is nothing"))
        << " that a thread can compute from an element";
    return {};
  }
  for (Value operand : op->getOperands())
    if (!compute(builder, operand, load))
      return {};
  builder.clone(*op, known);
  return known.lookup(value);
}
