//===- BuildIdentity.h - Which build of the compiler this is ----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_BUILDIDENTITY_H
#define OQAT_SUPPORT_BUILDIDENTITY_H

#include <string>

namespace mlir::oqat {

/// What differs between any two builds of this program or of a library that it
/// has loaded, LLVM's among them: their build ids, or where one has none, size
/// and time of its file.
std::string getBuildIdentity();

} // namespace mlir::oqat

#endif // OQAT_SUPPORT_BUILDIDENTITY_H
