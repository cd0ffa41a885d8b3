//===- CostModel.cpp - What a fixed network costs -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/CostModel.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::oqat;

FailureOr<Cost> mlir::oqat::computeCost(SupernetOp network) {
  Cost total;
  WalkResult result = network.walk([&](CostOpInterface op) {
    FailureOr<Cost> cost = op.getCost();
    if (failed(cost))
      return WalkResult::interrupt();
    if (total.add(*cost))
      return WalkResult::advance();
    op->emitError("the network costs more than 64 bits can count");
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  return total;
}

void mlir::oqat::printCost(raw_ostream &os, const Cost &cost) {
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("macs", cost.macs);
    json.attribute("parameters", cost.parameters);
    json.attribute("bops", cost.bops);
    json.attribute("weightBytes", cost.weightBytes);
  });
}
