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

#include <optional>

namespace mlir::oqat {

/// The operations after an accumulator that become its layer's epilogue, in the
/// order that bitpack.LayerOpInterface gives them.
struct FusedEpilogue {
  DenseElementsAttr scale, bias;
  bitpack::ActivationKindAttr activation;
  Value gate, residual; // bitpack values
  StringAttr codeName;
  Attribute reciprocal;
  int64_t zeroPoint = 0;
  /// The last value covered, and the type of the layer's result.
  Value last;
  RankedTensorType resultType;

  /// Takes in `op`, which uses `last`, if it fits behind what is there.
  /// `residuals` are the values that are available as residual.
  bool append(Operation *op, const IRMapping &residuals);

  /// Takes in all that follows `value`, as long as each value has one use.
  void extend(Value value, const IRMapping &residuals,
              llvm::SmallPtrSetImpl<Operation *> &covered);

  /// Quantizes before a pool that is all that reads the layer's floats, where
  /// it is of the largest ones and a quantizer all that reads it: codes grow
  /// with what they are of. Not where a float may be a NaN, which has the code
  /// 0 but is passed over by a pool.
  void quantizeBeforePool();

  /// The quantizer's reciprocals, one per channel.
  SmallVector<float> getReciprocals(int64_t channels) const;

private:
  enum Step { Nothing, Scaled, Activated, Gated, Added, Quantized };
  Step done() const;
  bool appendQuantizer(QuantizeOp op);
  bool appendStream(ResidualAddOp op, const IRMapping &residuals);
};

/// What quantizes the floats of a pool, if that is all that reads it.
QuantizeOp getOnlyQuantizer(MaxPoolOp op);

/// How the codes of a quantizer are stored: as unsigned bytes of `bits` bits, a
/// signed code with 2^(bits-1) added.
struct StoredCodes {
  unsigned bits;
  /// The stored code of 0, and that of the quantizer's own code 0.
  int64_t zeroPoint, offset;

  bitpack::CodesType getType(MLIRContext *context) const {
    return bitpack::CodesType::get(context, bits);
  }
};

/// Nothing for a type whose codes are neither 0 to 2^bits - 1 nor -2^(bits-1)
/// to 2^(bits-1) - 1, or have a zero point for each channel.
std::optional<StoredCodes> storedCodes(Type elementType);

bitpack::ActivationKindAttr convertActivation(ActivationOp op);

} // namespace mlir::oqat

#endif // LIB_CONVERSION_OQATTOBITPACK_FUSEDEPILOGUE_H
