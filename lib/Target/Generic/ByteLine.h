//===- ByteLine.h - Tables of bytes that are lines ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_BYTELINE_H
#define LIB_TARGET_GENERIC_BYTELINE_H

#include "oqat/Target/VectorTarget.h"

#include <array>
#include <optional>

namespace mlir::oqat {

/// A table of bytes, such as from the codes of one quantizer to those of
/// another, as
///   y = min(max((x * factor + offset) >> 8, 0) >> fraction, highest),
/// whose products of bytes and sums are of 16 unsigned bits, saturated.
struct ByteLine {
  uint16_t factor;
  /// 256 * getUp() + (low * factor >> 8), so that what is shifted by 8 is
  ///   (((x << 8) + low) * factor >> 16) + getUp().
  int32_t offset;
  uint8_t low;
  int32_t fraction;
  uint8_t highest;

  uint8_t operator()(uint8_t x) const;
  int32_t getUp() const { return (offset - (low * factor >> 8)) / 256; }
};

inline constexpr int32_t kMaxFraction = 8;

/// A line that gives every entry of the table, of a fraction up to that;
/// nothing where none was found.
std::optional<ByteLine> findByteLine(const std::array<uint8_t, 256> &table,
                                     int32_t maxFraction = kMaxFraction);

/// Lines of one fraction for tables that bytes take turns with; empty where
/// there are none.
SmallVector<ByteLine> findByteLines(ArrayRef<std::array<uint8_t, 256>> tables);

/// The bytes of a vector of bytes, the first by line `first` and the next by
/// the lines that follow in turn, which are of one fraction.
Value emitByteLines(KernelBuilder &builder, const VectorTarget &target,
                    ArrayRef<ByteLine> lines, int64_t first, Value bytes);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_BYTELINE_H
