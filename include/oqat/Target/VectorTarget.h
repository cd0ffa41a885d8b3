//===- VectorTarget.h - Kernels of any CPU with vectors -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One emitter per kind of layer, written once over the vector length and the
// number of registers. A CPU family brings its integer dot products.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TARGET_VECTORTARGET_H
#define OQAT_TARGET_VECTORTARGET_H

#include "oqat/Conversion/KernelBuilder.h"
#include "oqat/Conversion/KernelTarget.h"
#include "oqat/Target/DotProduct.h"

namespace mlir::oqat {

class VectorTarget : public KernelTarget {
public:
  /// Elements of 32 bits in a vector register, and how many registers there
  /// are.
  int64_t lanes = 4, registers = 16;
  /// How many dot products of 512 bits start in a cycle.
  int64_t productsPerCycle = 1;

  FailureOr<LayerPlans> candidates(bitpack::LayerOpInterface layer,
                                   bool tiles = false) const override;
  std::optional<LayerPair> planPlanes(bitpack::LayerOpInterface producer,
                                      bitpack::LayerOpInterface consumer,
                                      const LayerPair &plans,
                                      bool always) const override;
  void emit(bitpack::LayerOpInterface layer, const LayerPlan &plan,
            KernelFrame &frame) const override;

  /// The integer dot products of the target, those of most products an
  /// instruction first; the last one is exact for every layer.
  std::vector<std::unique_ptr<DotProduct>> dots;

  /// Whether floats are multiplied and added with one rounding at the price of
  /// one operation.
  virtual bool hasFma() const { return false; }
  /// Whether multiplyPairs(), multiplyHigh(), takeHigh() and pack() are there.
  virtual bool hasPairs() const { return false; }
  /// Of every two adjacent bytes of two vectors, unsigned codes and signed
  /// weights, the sum of both products in 16 bits, saturated.
  virtual Value multiplyPairs(KernelBuilder &builder, Value codes,
                              Value weights) const {
    return {};
  }
  /// Of two vectors of signed 16 bits, (lhs * rhs + 2^14) >> 15; not of twice
  /// -2^15.
  virtual Value multiplyHigh(KernelBuilder &builder, Value lhs,
                             Value rhs) const {
    return {};
  }

  /// Of two vectors of 16 bits, lhs * rhs >> 16.
  virtual Value takeHigh(KernelBuilder &builder, Value lhs, Value rhs,
                         bool isSigned) const {
    return {};
  }

  /// The signed elements of two vectors as one vector of elements half as wide,
  /// saturated to signed or unsigned ones: of every 16 bytes, those of `low`
  /// and then those of `high`.
  virtual Value pack(KernelBuilder &builder, Value low, Value high,
                     bool isSigned) const {
    return {};
  }

  //===--------------------------------------------------------------------===//
  // Lookups of bytes by bytes: `lookupGroup` products of 2 bits at once.
  //===--------------------------------------------------------------------===//

  /// Bytes of a vector, and of a row of the table; 0 where there are none.
  virtual int64_t lookupBytes() const { return 0; }
  virtual int64_t lookupGroup() const { return 0; }
  /// Of every byte, the entry that its low 2 * lookupGroup() bits name, where
  /// row `entries` repeats every so many bytes. The other bits are 0.
  virtual Value lookUp(KernelBuilder &builder, Value entries,
                       Value indices) const {
    return {};
  }
  /// Whether addLookup() saturates.
  bool addsSaturate() const { return productsPerCycle > 1; }
  /// `sum` and what `entries` has for `indices`, where that doesn't leave
  /// unsigned bytes.
  Value addLookup(KernelBuilder &builder, Value sum, Value entries,
                  Value indices) const;
  /// Whether lookUp() chooses among all bytes of a vector and selectBits() is
  /// there.
  virtual bool selectsBits() const { return false; }
  /// Of every byte of `shifts`, of the 8 bytes of `bits` at its place, the
  /// eight bits from that one on, round and round.
  virtual Value selectBits(KernelBuilder &builder, Value bits,
                           Value shifts) const {
    return {};
  }
};

/// Makes the targets of this library known to the lowering. Idempotent.
void registerTargets();

} // namespace mlir::oqat

#endif // OQAT_TARGET_VECTORTARGET_H
