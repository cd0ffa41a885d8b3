//===- Upstream.cpp - What MLIR itself brings -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file of its own, because these headers take a minute to compile: nothing of
// ours is included here, so it never has to be compiled again.
//
//===----------------------------------------------------------------------===//

#include "Upstream.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

void mlir::oqat::registerUpstreamPasses() { registerAllPasses(); }

void mlir::oqat::registerUpstreamDialects(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllGPUToLLVMIRTranslations(registry);
}
