//===- LookupPlan.h - Convolutions by table -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_LOOKUPPLAN_H
#define LIB_TARGET_GENERIC_LOOKUPPLAN_H

#include "Tiles.h"

namespace mlir::oqat {

/// How a convolution of at most 2 bits is computed by table: `group` products a
/// lookup, `rows` lookups an output, in 8 bits; after `segment` of them the sum
/// moves to 16 bits unless `segment` is `rows`.
struct LookupPlan {
  int64_t group, rows, segment;
  /// Per output, what makes every entry of the table non-negative, and the
  /// largest biased accumulator.
  std::vector<int64_t> biases;
  int64_t highest;
  /// Of each code of a weight what it stands for.
  std::array<int32_t, 4> values;

  bool isShort() const { return segment == rows; }
};

/// The plan of a layer on a target with table lookups; nothing where the layer
/// isn't such a convolution or its sums leave 16 bits.
std::optional<LookupPlan> planLookups(const VectorTarget &target,
                                      bitpack::Conv2DOp op);

/// The same of a depthwise convolution, one product a lookup; nothing where its
/// sums leave 8 bits.
std::optional<LookupPlan> planLookups(const VectorTarget &target,
                                      bitpack::DepthwiseConv2DOp op);

/// The table of single products: entry 4w + a, as often as there is room.
SmallVector<uint8_t> makeProductTable(const LookupPlan &plan,
                                      int64_t vectorBytes);

/// Row `a` holds the biased sums of the codes `a` with every combination of
/// weights, as often as the target's vector has room.
SmallVector<uint8_t> makeLookupTable(const LookupPlan &plan,
                                     int64_t vectorBytes);

/// Row `w` holds the biased sums of every combination of `taps` codes with the
/// weights `w`.
SmallVector<uint8_t> makeTapTable(const LookupPlan &plan, int64_t taps);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_LOOKUPPLAN_H
