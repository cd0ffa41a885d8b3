//===- Emulations.h - What intrinsics of x86 compute ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_X86_EMULATIONS_H
#define LIB_TARGET_X86_EMULATIONS_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::oqat {

/// Writes in the LLVM dialect, for any CPU, what an intrinsic makes of its
/// arguments, which have the types that LLVM declares.
using Emulation = Value (*)(ImplicitLocOpBuilder &builder, ValueRange args);

/// The emulation of an intrinsic, as "llvm.x86.avx2.pmadd.wd"; null without
/// one.
Emulation lookupEmulation(StringRef intrinsic);

/// The same of an intrinsic on tile registers, which has no result. They are in
/// kTileStateBytes of memory at `state`, of which the first 64 are 0 at first.
using TileEmulation = void (*)(ImplicitLocOpBuilder &builder, Value state,
                               ValueRange args);
inline constexpr int64_t kTileStateBytes = 64 + 8 * 1024;

/// The emulation of an intrinsic, as "llvm.x86.tdpbusd"; null without one.
TileEmulation lookupTileEmulation(StringRef intrinsic);

} // namespace mlir::oqat

#endif // LIB_TARGET_X86_EMULATIONS_H
