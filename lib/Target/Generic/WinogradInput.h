//===- WinogradInput.h - Codes on their way to minimal filtering ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_WINOGRADINPUT_H
#define LIB_TARGET_GENERIC_WINOGRADINPUT_H

#include "WinogradPlan.h"

namespace mlir::oqat {

/// Transforms the codes that a tile of outputs reads
/// (numerics::winogradInput), moved by the plan's offsets into unsigned bytes.
class WinogradInput {
public:
  WinogradInput(KernelFrame &frame, const Geometry &geometry,
                const WinogradShape &shape, const WinogradPlan &plan,
                int64_t zeroPoint, int64_t lanes);

  /// Stores those of `tile` at `row`, and every further position's `block` rows
  /// behind the last one's. Tiles past the last one are that one again. What
  /// lies behind the last code may be anything: its weights are 0.
  void emit(KernelBuilder &builder, Value tile, Value row) const;

private:
  using Pointers = std::array<Value, ::oqat::numerics::kWinogradPositions>;
  Pointers locate(KernelBuilder &builder, Value tile) const;

  const Geometry &geometry;
  const WinogradShape &shape;
  const WinogradPlan &plan;
  Value input, padding;
  /// How many codes are transformed at a time.
  int64_t chunk;
};

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_WINOGRADINPUT_H
