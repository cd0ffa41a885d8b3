//===- CommandLine.cpp - The options of oqat-compile ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/CommandLine.h"
#include "oqat/Pipelines/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace mlir::oqat;
namespace cl = llvm::cl;

namespace {

/// The options, in a struct so that they are made after libLLVM's are gone.
struct Flags {
  cl::OptionCategory category{"Options of oqat-compile"};
  cl::cat here{category};

  cl::opt<std::string> input{here, cl::Positional, cl::desc("<supernet.mlir>"),
                             cl::Required};
  cl::opt<std::string> output{
      here, "o", cl::value_desc("DIR/net"),
      cl::desc("writes DIR/net.so, .h, .json and .mlirbc")};
  cl::opt<std::string> subnet{
      here, "subnet", cl::value_desc("file.json[#id]"),
      cl::desc("the subnet: image_size, ks, e, d, bits_w, bits_a")};
  cl::opt<std::string> weights{here, "weights", cl::value_desc("safetensors"),
                               cl::desc("trained parameters")};
  cl::opt<uint64_t> randomWeights{
      here, "random-weights", cl::value_desc("seed"),
      cl::desc("random calibrated parameters instead")};
  cl::opt<bool> randomAllCodes{
      here, "random-weights-use-all-codes", cl::init(true),
      cl::desc("their steps use all codes (the default: it tests most), not "
               "those that LSQ starts from (=false: as trained ones)")};
  cl::opt<std::string> target{
      here, "target", cl::init("native"), cl::value_desc("name[,name...]"),
      cl::desc("the CPU to compile for (native: the best for this one), or "
               "several: the object runs the fastest that its CPU has")};
  cl::opt<Emulate> emulate{
      here,
      "emulate-target-intrinsics",
      cl::ValueOptional,
      cl::init(Emulate::Never),
      cl::desc("run the target's kernels on any CPU of its family, slowly:"),
      cl::values(
          clEnumValN(Emulate::Always, "", ""),
          clEnumValN(Emulate::Always, "always", "the same as without a value"),
          clEnumValN(Emulate::Missing, "missing",
                     "only where this machine lacks the target"))};
  cl::opt<std::string> requantization{
      here, "requantization", cl::value_desc("form"),
      cl::desc("how layers make codes of accumulators: float, map, "
               "thresholds, or auto, the form of the fewest instructions (the "
               "default; a packed input is compiled as it stands)")};
  cl::opt<std::string> cacheFolder{
      here, "cache-dir", cl::value_desc("folder"),
      cl::desc("keeps the objects of layers, which are compiled once for all "
               "networks (default: OQAT_CACHE_DIR or ~/.cache/oqat)")};
  cl::opt<bool> noCache{here, "no-cache",
                        cl::desc("compiles every layer, keeps none")};
  cl::opt<bool> cacheStatistics{
      here, "cache-stats",
      cl::desc("prints how many objects came from the cache")};
  cl::opt<bool> tune{
      here, "tune",
      cl::desc("measures each layer's kernels on this machine and takes the "
               "fastest; shapes that were measured before are not again")};
  cl::opt<std::string> tuningFile{
      here, "tuning-file", cl::value_desc("file"),
      cl::desc("where measurements are kept (default: tuning.json in the cache "
               "folder)")};
  cl::opt<std::string> preferKernels{
      here, "prefer-kernels", cl::value_desc("start"),
      cl::desc("kernels whose names in the manifest start so, where a layer "
               "has one, instead of the best")};
  cl::opt<Emit> emit{
      here, "emit", cl::init(Emit::Artifact), cl::desc("what to make:"),
      cl::values(
          clEnumValN(Emit::Artifact, "artifact", "a compiled network"),
          clEnumValN(Emit::TrainingPlan, "training-plan",
                     "what oqat-train needs of a supernet, in the folder -o"),
          clEnumValN(Emit::CostServer, "cost-server",
                     "reads subnets from stdin, one a line, prints their cost"),
          clEnumValN(Emit::LLVMIR, "llvm-ir", "optimised LLVM IR to read"),
          clEnumValN(Emit::Assembly, "assembly", "assembly to read"))};
  cl::list<std::string> gpus{
      here, "gpu", cl::CommaSeparated, cl::value_desc("sm_80,..."),
      cl::desc("GPUs whose code goes into a training plan, beside PTX that all "
               "from sm_80 on take; 'none' leaves that out, too")};
  cl::opt<Phase> compileTo{here, "compile-to",
                           cl::desc("print the IR after a phase:"), phases()};
  cl::opt<Phase> compileFrom{here, "compile-from", cl::init(Phase::Supernet),
                             cl::desc("the phase that the input is in:"),
                             phases()};

  static cl::ValuesClass phases() {
    return cl::values(
        clEnumValN(Phase::Supernet, "supernet", "elastic, as written"),
        clEnumValN(Phase::Subnet, "subnet", "every choice decided"),
        clEnumValN(Phase::Integer, "integer", "on integer codes"),
        clEnumValN(Phase::Packed, "packed", "bitpack kernels"),
        clEnumValN(Phase::Target, "target", "the LLVM dialect"));
  }
};

} // namespace

/// The folder that is meant without --cache-dir; none where there is no home.
static std::string findCacheFolder() {
  if (auto folder = llvm::sys::Process::GetEnv("OQAT_CACHE_DIR"))
    return *folder;
  llvm::SmallString<128> folder;
  if (!llvm::sys::path::cache_directory(folder))
    return "";
  llvm::sys::path::append(folder, "oqat");
  // A home that can't be written to is no error.
  if (llvm::sys::fs::create_directories(folder))
    return "";
  return folder.str().str();
}

int mlir::oqat::compileMain(int argc, char **argv) {
  cl::ResetCommandLineParser();
  Flags flags;
  cl::ParseCommandLineOptions(
      argc, argv,
      "compiles a subnet of a quantized supernet to a self-contained object\n\n"
      "  oqat-compile supernet.mlir --subnet=x.json --weights=w.safetensors "
      "-o DIR/net\n");
  CompileOptions options;
  options.input = flags.input;
  options.output = flags.output;
  options.emit = flags.emit;
  options.emulate = flags.emulate;
  options.compileFrom = flags.compileFrom;
  options.cacheStatistics = flags.cacheStatistics;
  if (!flags.noCache)
    options.cacheFolder =
        flags.cacheFolder.empty() ? findCacheFolder() : flags.cacheFolder;
  options.tune = flags.tune;
  options.gpus.assign(flags.gpus.begin(), flags.gpus.end());
  options.tuningFile = flags.tuningFile;
  if (options.tuningFile.empty() && !options.cacheFolder.empty())
    options.tuningFile = options.cacheFolder + "/tuning.json";
  if (flags.compileTo.getNumOccurrences())
    options.compileTo = flags.compileTo;
  options.pipeline = {flags.subnet, flags.weights,        std::nullopt,
                      flags.target, flags.requantization, flags.preferKernels};
  // A packed network may bring forms of its own, which are kept.
  if (!flags.requantization.getNumOccurrences() &&
      flags.compileFrom < Phase::Packed)
    options.pipeline.requantization = "auto";
  if (flags.randomWeights.getNumOccurrences())
    options.pipeline.randomWeights = flags.randomWeights;
  options.pipeline.randomAllCodes = flags.randomAllCodes;
  return failed(compile(options, llvm::errs()));
}
