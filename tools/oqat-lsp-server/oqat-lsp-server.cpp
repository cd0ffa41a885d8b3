//===- oqat-lsp-server.cpp - The dialects in an editor --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Speaks the Language Server Protocol on standard input and output: errors as
// you type, go to definition, hover. Point the editor's MLIR extension at it.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "oqat/Pipelines/Registration.h"
#include "llvm/Support/LogicalResult.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::oqat::registerEveryDialect(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
