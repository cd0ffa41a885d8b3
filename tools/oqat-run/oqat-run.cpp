//===- oqat-run.cpp - Run, time and check a compiled network --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Printable.h"
#include "oqat/Pipelines/Runner.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

namespace cl = llvm::cl;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser(); // libLLVM's own options, such as --threads
  cl::OptionCategory category("Options of oqat-run");
  cl::opt<std::string> object(cl::Positional, cl::Required,
                              cl::desc("<net.so>"), cl::cat(category));
  cl::opt<std::string> data(
      "data",
      cl::desc("classify the pictures of this folder, one folder of "
               "JPEGs per class: top-1 and latency"),
      cl::value_desc("folder"), cl::cat(category));
  cl::opt<std::string> check(
      "check", cl::ValueOptional,
      cl::desc("compare every tensor of N random pictures, or of N of --data, "
               "with the interpreter on <net.mlirbc> (default: 4)"),
      cl::value_desc("N"), cl::cat(category));
  cl::opt<std::string> trace(
      "trace",
      cl::desc("compare every tensor of --data with the trainer's trace"),
      cl::value_desc("file.safetensors"), cl::cat(category));
  cl::opt<bool> bench("bench", cl::desc("print the latency as JSON"),
                      cl::cat(category));
  cl::opt<bool> profile(
      "profile",
      cl::desc("print every layer's time; what takes the time after each layer "
               "slows it a little"),
      cl::cat(category));
  cl::opt<double> peak(
      "peak",
      cl::desc("with --profile: the share of so many GMAC/s per thread, as "
               "oqat-bench-peak measures them"),
      cl::value_desc("GMAC/s"), cl::cat(category));
  cl::opt<std::string> target(
      "target",
      cl::desc("run this target of the object's (default: the fastest that "
               "this CPU has)"),
      cl::value_desc("name"), cl::cat(category));
  cl::opt<bool> json("json", cl::desc("print the result as JSON"),
                     cl::cat(category));
  cl::opt<unsigned> threads("threads", cl::desc("threads to run on (1)"),
                            cl::init(1), cl::cat(category));
  cl::opt<uint64_t> seed("seed", cl::desc("seed of random pictures (1)"),
                         cl::init(1), cl::cat(category));
  cl::ParseCommandLineOptions(
      argc, argv,
      "runs, times and checks a network that oqat-compile has written\n\n"
      "  oqat-run net.so --data test/\n  oqat-run net.so --check=20\n"
      "  oqat-run net.so --bench --threads=2\n  oqat-run net.so --profile\n");

  std::optional<double> given;
  if (peak.getNumOccurrences())
    given = peak;
  mlir::oqat::RunOptions options{object,  data, trace,   "",    bench, json,
                                 threads, seed, profile, given, target};
  if (check.getNumOccurrences())
    options.check = check.empty() ? "4" : check.getValue();
  if (llvm::Error error = mlir::oqat::runArtifact(options, llvm::outs())) {
    llvm::handleAllErrors(std::move(error), [](const llvm::ErrorInfoBase &e) {
      llvm::WithColor::error(llvm::errs(), "oqat-run")
          << oqat::formats::printable(e.message()) << "\n";
    });
    return 1;
  }
  return 0;
}
