//===- TargetList.h - Several targets in one object -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_TARGETLIST_H
#define OQAT_CONVERSION_TARGETLIST_H

#include "oqat/Conversion/KernelTarget.h"

namespace mlir::oqat {

/// The targets of a list, `avx2,amx`, the fastest first: each once, all of one
/// CPU family. A target is taken to be faster than those that were registered
/// before it, as `native` does.
llvm::Expected<std::vector<const KernelTarget *>>
lookupKernelTargets(StringRef names);

} // namespace mlir::oqat

#endif // OQAT_CONVERSION_TARGETLIST_H
