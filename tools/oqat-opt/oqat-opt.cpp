//===- oqat-opt.cpp - Every pass and pipeline -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "oqat/Autodiff/Passes.h"
#include "oqat/Conversion/Passes.h"
#include "oqat/Interpreter/Passes.h"
#include "oqat/Pipelines/Passes.h"
#include "oqat/Pipelines/TrainingPlan.h"
#include "oqat/Support/ReadModule.h"
#include "oqat/Target/VectorTarget.h"
#include "oqat/Transforms/Passes.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::registerAllPasses();
  mlir::oqat::registerOqatAutodiffPasses();
  mlir::oqat::registerBitpackToLLVMPipeline();
  mlir::oqat::registerOqatConversionPasses();
  mlir::oqat::registerOqatInterpreterPasses();
  mlir::oqat::registerOqatPipelinesPasses();
  mlir::oqat::registerOqatTransformsPasses();
  mlir::oqat::registerTargets();
  mlir::oqat::registerTrainingPlanPipelines();
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllGPUToLLVMIRTranslations(registry);
  registry.insert<mlir::bitpack::BitpackDialect, mlir::oqat::OqatDialect>();

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
        llvm::errs() << place.getFilename().getValue() << ":" << place.getLine()
                     << ":" << place.getColumn() << ": error: " << diagnostic
                     << "\n";
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
