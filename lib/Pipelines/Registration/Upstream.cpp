//===- Upstream.cpp - What MLIR itself brings -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Through the C API, since the headers that name every dialect and every pass
// take minutes to compile. What the C functions call is what these headers
// call: registerAllPasses, registerAllDialects and registerAllExtensions.
//
//===----------------------------------------------------------------------===//

#include "Upstream.h"
#include "mlir-c/RegisterEverything.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

void mlir::oqat::registerUpstreamPasses() { mlirRegisterAllPasses(); }

void mlir::oqat::registerUpstreamDialects(DialectRegistry &registry) {
  mlirRegisterAllDialects({&registry});
  registerAllGPUToLLVMIRTranslations(registry);
}
