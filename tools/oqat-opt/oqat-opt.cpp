//===- oqat-opt.cpp - Every pass and pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "oqat/Formats/Printable.h"
#include "oqat/Pipelines/Registration.h"
#include "oqat/Support/ReadModule.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::oqat::registerEveryPass();
  mlir::DialectRegistry registry;
  mlir::oqat::registerEveryDialect(registry);

  auto [input, output] = mlir::registerAndParseCLIOptions(
      argc, argv, "oqat-opt: passes and pipelines over oqat IR\n", registry);
  // A diagnostic is one line here, unless the whole operation is asked for.
  llvm::StringRef printOp = "mlir-print-op-on-diagnostic";
  llvm::cl::Option *option = llvm::cl::getRegisteredOptions().lookup(printOp);
  if (option && option->getNumOccurrences() == 0)
    option->addOccurrence(0, printOp, "false");
  mlir::MLIRContext context;
  mlir::ScopedDiagnosticHandler handler(
      &context, [](mlir::Diagnostic &diagnostic) {
        auto place = llvm::cast<mlir::FileLineColLoc>(diagnostic.getLocation());
        std::string text;
        llvm::raw_string_ostream(text)
            << place.getFilename().getValue() << ":" << place.getLine() << ":"
            << place.getColumn() << ": error: " << diagnostic;
        llvm::errs() << oqat::formats::printable(text) << "\n";
      });
  std::unique_ptr<llvm::MemoryBuffer> buffer =
      mlir::oqat::openModuleFile(input, &context);
  if (!buffer)
    return 1;
  std::string reason;
  std::unique_ptr<llvm::ToolOutputFile> file =
      mlir::openOutputFile(output, &reason);
  if (!file) {
    llvm::errs() << "error: " << reason << "\n";
    return 1;
  }
  mlir::MlirOptMainConfig config =
      mlir::MlirOptMainConfig::createFromCLOptions();
  if (failed(
          mlir::MlirOptMain(file->os(), std::move(buffer), registry, config)))
    return 1;
  file->keep();
  return 0;
}
