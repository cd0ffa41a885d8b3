//===- oqat-translate.cpp - Into and out of IR ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "oqat/Import/GenerateSupernet.h"
#include "oqat/Import/RandomNetwork.h"
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
  using mlir::oqat::ActivationQuantizers;
  cl::opt<ActivationQuantizers> activations(
      "activation-quantizers", cl::cat(category),
      cl::init(ActivationQuantizers::Unsigned),
      cl::desc("Quantizers of a supernet's activations that may be negative"),
      cl::values(
          clEnumValN(ActivationQuantizers::Unsigned, "unsigned",
                     "unsigned codes, which make them 0 (the papers')"),
          clEnumValN(ActivationQuantizers::Signed, "signed", "signed codes"),
          clEnumValN(ActivationQuantizers::LsqPlus, "lsq_plus",
                     "unsigned codes with a learned offset (LSQ+)")));
  cl::opt<uint64_t> seed(
      "generate-random-network", cl::cat(category), cl::value_desc("seed"),
      cl::desc("Write a random supernet instead, behind a comment with one of "
               "its subnets"));
  cl::opt<std::string> output("o", cl::cat(category), cl::init("-"),
                              cl::value_desc("file"),
                              cl::desc("Output file, - for standard output"));
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "oqat-translate: into and out of oqat IR\n");

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string comment;
  if (seed.getNumOccurrences()) {
    auto network = mlir::oqat::generateRandomNetwork(&context, seed);
    module = std::move(network.module);
    comment = "// " + ::oqat::formats::writeSubnet(network.subnet);
  } else {
    module = mlir::oqat::generateSupernet(&context, supernet, activations);
  }
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
  file->os() << comment;
  module->print(file->os());
  file->keep();
  return 0;
}
