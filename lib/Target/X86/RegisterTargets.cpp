//===- RegisterTargets.cpp - The targets of this library ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "X86Target.h"

#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::oqat;

static void registerGenericTarget() {
  auto target = std::make_unique<VectorTarget>();
  target->name = "generic";
  target->description = "plain vector code for the CPU family of this machine";
  target->triple = llvm::sys::getProcessTriple();
  bool isX86 = llvm::Triple(target->triple).getArch() == llvm::Triple::x86_64;
  target->cpu = isX86 ? "x86-64" : "generic";
  target->runsHere = true;
  target->dots.push_back(std::make_unique<DotProduct>(target->lanes));
  registerKernelTarget(std::move(target));
}

void mlir::oqat::registerTargets() {
  static const bool once = [] {
    registerGenericTarget();
    registerX86Targets();
    return true;
  }();
  (void)once;
}
