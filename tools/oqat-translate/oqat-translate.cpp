//===- oqat-translate.cpp - Into and out of IR ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "oqat/Import/GenerateSupernet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

namespace cl = llvm::cl;

int main(int argc, char **argv) {
  cl::OptionCategory category("oqat-translate options");
  // cl::desc only refers to its text.
  std::string description = "Write the supernet of a search space: " +
                            llvm::join(mlir::oqat::getSupernetNames(), ", ");
  cl::opt<std::string> supernet("generate-supernet", cl::cat(category),
                                cl::value_desc("name"), cl::desc(description));
  cl::opt<std::string> output("o", cl::cat(category), cl::init("-"),
                              cl::value_desc("file"),
                              cl::desc("Output file, - for standard output"));
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "oqat-translate: into and out of oqat IR\n");

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::oqat::generateSupernet(&context, supernet);
  if (!module) {
    llvm::errs() << "error: expected one of "
                 << llvm::join(mlir::oqat::getSupernetNames(), ", ")
                 << " for --generate-supernet, but got '" << supernet << "'\n";
    return 1;
  }
  std::string reason;
  std::unique_ptr<llvm::ToolOutputFile> file =
      mlir::openOutputFile(output, &reason);
  if (!file) {
    llvm::errs() << "error: " << reason << "\n";
    return 1;
  }
  module->print(file->os());
  file->keep();
  return 0;
}
