//===- oqat-fuzz-networks.cpp - Random networks, compiled and compared ----===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/FuzzNetworks.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

namespace cl = llvm::cl;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // libLLVM's own options
  cl::OptionCategory category("Options of oqat-fuzz-networks");
  cl::opt<uint64_t> seed("seed", cl::desc("seed of the first network (1)"),
                         cl::init(1), cl::cat(category));
  cl::opt<uint64_t> count("count", cl::desc("how many networks (1)"),
                          cl::init(1), cl::cat(category));
  cl::list<std::string> targets(
      "targets", cl::CommaSeparated, cl::value_desc("name,..."),
      cl::desc("kernel targets to take in turn (native), emulated where "
               "this machine lacks them"),
      cl::cat(category));
  cl::opt<std::string> folder(
      "folder", cl::desc("where the files of a failing network stay (.)"),
      cl::init("."), cl::cat(category));
  cl::opt<bool> verbose("v", cl::desc("one line per network"),
                        cl::cat(category));
  cl::ParseCommandLineOptions(
      argc, argv,
      "compiles random networks and compares them with the interpreter\n\n"
      "  oqat-fuzz-networks --seed=1 --count=500 --folder=/tmp/networks\n");

  mlir::oqat::FuzzOptions options;
  options.seed = seed;
  options.count = count;
  options.folder = folder;
  options.verbose = verbose;
  if (!targets.empty())
    options.targets.assign(targets.begin(), targets.end());
  llvm::Error error =
      llvm::errorCodeToError(llvm::sys::fs::create_directories(folder));
  if (!error)
    error = mlir::oqat::fuzzNetworks(options, llvm::outs());
  if (!error)
    return 0;
  llvm::WithColor::error(llvm::errs(), "oqat-fuzz-networks")
      << llvm::toString(std::move(error)) << "\n";
  return 1;
}
