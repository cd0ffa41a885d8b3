//===- FusedEpilogue.h - What a layer takes along -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONVERSION_OQATTOBITPACK_FUSEDEPILOGUE_H
#define LIB_CONVERSION_OQATTOBITPACK_FUSEDEPILOGUE_H

#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::oqat {

/// The operations after an accumulator that become its layer's epilogue, in the
/// order that bitpack.LayerOpInterface gives them.
struct FusedEpilogue {
  DenseElementsAttr scale, bias;
  bitpack::ActivationKindAttr activation;
  Value gate, residual; // bitpack values
  StringAttr codeName;
  FloatAttr reciprocal;
  /// The last value covered, and the type of the layer's result.
  Value last;
  RankedTensorType resultType;

  /// Takes in `op`, which uses `last`, if it fits behind what is there.
  /// `residuals` are the values that are available as residual.
  bool append(Operation *op, const IRMapping &residuals);

  /// Takes in all that follows `value`, as long as each value has one use.
  void extend(Value value, const IRMapping &residuals,
              llvm::SmallPtrSetImpl<Operation *> &covered);

private:
  enum Step { Nothing, Scaled, Activated, Gated, Added, Quantized };
  Step done() const;
};

/// Bits of unsigned codes from 0 to 2^bits - 1, or 0 for any other type.
unsigned unsignedBits(Type elementType);
/// Bits of signed codes around 0, or 0 for any other type.
unsigned signedBits(Type elementType);

} // namespace mlir::oqat

#endif // LIB_CONVERSION_OQATTOBITPACK_FUSEDEPILOGUE_H
