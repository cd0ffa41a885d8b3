//===- KernelTarget.cpp - The registry of targets -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/KernelTarget.h"

using namespace mlir;
using namespace mlir::oqat;

static std::vector<std::unique_ptr<KernelTarget>> &registry() {
  static std::vector<std::unique_ptr<KernelTarget>> targets;
  return targets;
}

void mlir::oqat::registerKernelTarget(std::unique_ptr<KernelTarget> target) {
  registry().push_back(std::move(target));
}

llvm::Expected<const KernelTarget *>
mlir::oqat::lookupKernelTarget(StringRef name) {
  const KernelTarget *native = nullptr;
  std::string known = "native";
  for (const std::unique_ptr<KernelTarget> &target : registry()) {
    if (target->name == name)
      return target.get();
    if (target->runsHere)
      native = target.get();
    known += ", " + target->name;
  }
  if (name == "native" && native)
    return native;
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "unknown target '" + name.str() +
                                     "', known are: " + known);
}

std::string mlir::oqat::describeKernelTargets() {
  std::string text = "  native: the best of these for this machine\n";
  for (const std::unique_ptr<KernelTarget> &target : registry())
    text += "  " + target->name + ": " + target->description + "\n";
  return text;
}
