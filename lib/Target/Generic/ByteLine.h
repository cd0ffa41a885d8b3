//===- ByteLine.h - Tables of bytes that are lines ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_BYTELINE_H
#define LIB_TARGET_GENERIC_BYTELINE_H

#include "oqat/Conversion/KernelBuilder.h"

#include <array>
#include <optional>

namespace mlir::oqat {

/// A table of bytes, such as from the codes of one quantizer to those of
/// another, as
///   y = min(max((x * factor >> 8) + offset, 0) >> fraction, highest),
/// where no step of it leaves 16 unsigned bits.
struct ByteLine {
  uint16_t factor;
  int32_t offset;
  int32_t fraction;
  uint8_t highest;

  uint8_t operator()(uint8_t x) const;
};

/// A line that gives every entry of the table; nothing where none was found.
std::optional<ByteLine> findByteLine(const std::array<uint8_t, 256> &table);

/// The line's bytes of a vector of bytes.
Value emitByteLine(KernelBuilder &builder, const ByteLine &line, Value bytes);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_BYTELINE_H
