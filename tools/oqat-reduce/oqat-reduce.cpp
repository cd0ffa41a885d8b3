//===- oqat-reduce.cpp - Shrinks a failing module -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's reducer with our dialects and passes:
//   oqat-reduce net.mlir --oqat-reduce-network=test=SCRIPT
// SCRIPT gets a module and exits with 1 where it still shows the failure;
// computes-differently.py is for such scripts.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "oqat/Pipelines/Registration.h"

int main(int argc, char **argv) {
  mlir::oqat::registerEveryPass();
  mlir::DialectRegistry registry;
  mlir::oqat::registerEveryDialect(registry);
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
