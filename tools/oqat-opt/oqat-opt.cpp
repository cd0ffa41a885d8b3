//===- oqat-opt.cpp - Every pass and pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "oqat/Autodiff/Passes.h"

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  mlir::oqat::registerOqatAutodiffPasses();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<mlir::oqat::OqatDialect>();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "oqat optimizer driver\n", registry));
}
