//===- OqatSelection.h - One value per choice -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_OQATSELECTION_H
#define OQAT_DIALECTS_OQAT_OQATSELECTION_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::oqat {

/// The values of a subnet's choices, as `ElasticOpInterface` sees them.
class Selection {
public:
  /// Decides a choice for all operations alike.
  void set(StringRef choice, int64_t value) { values[choice] = {value}; }
  /// Decides a per-layer choice, one value per quantized layer.
  void setPerLayer(StringRef choice, ArrayRef<int64_t> list) {
    values[choice].assign(list.begin(), list.end());
    perLayer[choice] = true;
  }
  /// Says which quantized layer an operation belongs to.
  void setLayer(Operation *op, unsigned layer) { layers[op] = layer; }

  /// The value of `choice` for `op`, or an error on `op`.
  FailureOr<int64_t> get(Operation *op, FlatSymbolRefAttr choice) const;

private:
  llvm::StringMap<SmallVector<int64_t, 1>> values;
  llvm::StringMap<bool> perLayer;
  DenseMap<Operation *, unsigned> layers;
};

} // namespace mlir::oqat

#endif // OQAT_DIALECTS_OQAT_OQATSELECTION_H
