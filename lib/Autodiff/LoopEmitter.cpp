//===- LoopEmitter.cpp - Loops over arrays, element by element ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::oqat;

SmallVector<Value> LoopEmitter::sizes(Value array) {
  SmallVector<Value> result;
  for (int64_t i = 0, e = cast<MemRefType>(array.getType()).getRank(); i < e;
       ++i)
    result.push_back(size(array, i));
  return result;
}

void LoopEmitter::loops(ArrayRef<Value> bounds, Body body) {
  SmallVector<Value> lower(bounds.size(), index(0));
  SmallVector<Value> step(bounds.size(), index(1));
  scf::buildLoopNest(
      builder, loc, lower, bounds, step,
      [&](OpBuilder &, Location, ValueRange indices) { body(indices); });
}

Value LoopEmitter::sumOver(ArrayRef<Value> bounds, Value start, SumBody body) {
  SmallVector<Value> lower(bounds.size(), index(0));
  SmallVector<Value> step(bounds.size(), index(1));
  scf::LoopNest nest =
      scf::buildLoopNest(builder, loc, lower, bounds, step, start,
                         [&](OpBuilder &, Location, ValueRange indices,
                             ValueRange sum) -> scf::ValueVector {
                           return {body(indices, sum.front())};
                         });
  return nest.results.front();
}
