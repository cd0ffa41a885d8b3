//===- RunIntrinsics.h - Functions of the LLVM dialect, run ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_UNIT_TARGET_RUNINTRINSICS_H
#define TEST_UNIT_TARGET_RUNINTRINSICS_H

#include "llvm/ADT/StringRef.h"
#include <string>

/// Whether this CPU has all features, which are separated by commas.
bool hostHas(llvm::StringRef features);

/// The name of the function that is run.
inline constexpr const char *kFunction = "_mlir_ciface_run";

/// A module of the LLVM dialect, compiled and loaded.
class Library {
public:
  ~Library();
  /// The address of kFunction, compiled with emulated intrinsics for the least
  /// CPU or for this one; null if that fails. It lives as long as the library.
  void *compile(const std::string &module, bool emulated);

private:
  void *handle = nullptr;
};

#endif // TEST_UNIT_TARGET_RUNINTRINSICS_H
