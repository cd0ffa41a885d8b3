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

} // namespace mlir::oqat

#endif // LIB_TARGET_X86_EMULATIONS_H
