//===- Compile.cpp - From a supernet to an artifact -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileNetwork.h"
#include "OutputFiles.h"
#include "TuneNetwork.h"
#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Conversion/TargetList.h"
#include "oqat/Export/Plan.h"
#include "oqat/Formats/Printable.h"
#include "oqat/Pipelines/Driver.h"
#include "oqat/Pipelines/TrainingPlan.h"
#include "oqat/Support/BuildIdentity.h"
#include "oqat/Support/ReadModule.h"
#include "oqat/Target/VectorTarget.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <iostream>

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// One run of the compiler: a context, the module in it, and the first error.
class Compilation {
public:
  Compilation(const CompileOptions &options, raw_ostream &errors)
      : options(options), errors(errors),
        context(MLIRContext::Threading::DISABLED),
        handler(&context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
            report(describe(diagnostic));
          return success();
        }) {
    context.loadDialect<OqatDialect, bitpack::BitpackDialect,
                        quant::QuantizationDialect, LLVM::LLVMDialect>();
    registerTargets();
  }

  LogicalResult run() {
    LogicalResult result = dispatch();
    if (failed(result) && !reported)
      report("compilation failed");
    return result;
  }

private:
  LogicalResult dispatch();
  LogicalResult checkOptions();
  LogicalResult findTargets();
  LogicalResult checkArtifactName();
  LogicalResult checkWeights();
  LogicalResult lower(Phase last);
  LogicalResult tune(bitpack::NetworkOp network, ObjectCache &cache);
  LogicalResult printPhase(Phase phase);
  LogicalResult printLowered();
  LogicalResult writeArtifact();
  FailureOr<CompiledNetwork> compileWhole();
  FailureOr<CompiledNetwork> compileLayers();
  void nameNetwork();
  void keepSource();

  /// `DIR/my-net` gives `my_net`.
  std::string networkName() const;
  LogicalResult write(StringRef text);
  std::string serialize();
  std::string describe(Diagnostic &diagnostic) const;

  /// Prints the first error only: later ones follow from it.
  void report(const Twine &message) {
    if (!reported)
      errors << "oqat-compile: error: "
             << ::oqat::formats::printable(message.str()) << "\n";
    reported = true;
  }
  LogicalResult fail(const Twine &message) {
    report(message);
    return failure();
  }
  LogicalResult check(llvm::Error error) {
    if (error)
      return fail(llvm::toString(std::move(error)));
    return success();
  }

  const CompileOptions &options;
  raw_ostream &errors;
  bool reported = false;
  MLIRContext context;
  ScopedDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
  /// The fastest first, those that are emulated last.
  std::vector<KernelSettings> kernels;
  /// The module after the integer phase, or after the packed one where
  /// compilation starts there; empty where it starts later.
  std::string bytecode;
};

} // namespace

/// `file:line:column: what (note: ...)`.
std::string Compilation::describe(Diagnostic &diagnostic) const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    stream << place.getFilename().getValue() << ":" << place.getLine() << ":"
           << place.getColumn() << ": ";
  stream << diagnostic.str();
  for (Diagnostic &note : diagnostic.getNotes())
    if (!note.str().empty() &&
        !StringRef(note.str()).starts_with("see current"))
      stream << " (" << note.str() << ")";
  for (char &c : text)
    if (c == '\n')
      c = ' ';
  return text;
}

std::string Compilation::networkName() const {
  std::string name = llvm::sys::path::filename(options.output).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(0, "net_");
  return name;
}

LogicalResult Compilation::checkOptions() {
  const PipelineOptions &pipeline = options.pipeline;
  if (options.output.empty() && options.emit <= Emit::TrainingPlan &&
      !options.compileTo)
    return fail("say where to write with -o");
  if (!options.output.empty() && options.output != "-" &&
      failed(check(checkOutputFolder(options.output))))
    return failure();
  if (!pipeline.weights.empty() && pipeline.randomWeights)
    return fail("--weights and --random-weights can't go together");
  if (options.emit == Emit::TrainingPlan || options.emit == Emit::CostServer)
    return success();
  if (failed(findTargets()))
    return failure();
  Phase last = options.compileTo.value_or(Phase::Target);
  if (last < options.compileFrom)
    return fail(
        "--compile-to=" + stringifyPhase(last) +
        " comes before --compile-from=" + stringifyPhase(options.compileFrom));
  if (options.emulate != Emulate::Never && options.compileFrom == Phase::Target)
    return fail("--emulate-target-intrinsics comes too late for "
                "--compile-from=target");
  if (options.emit == Emit::Artifact && !options.compileTo &&
      failed(checkArtifactName()))
    return failure();
  if (pipeline.subnet.empty() && options.compileFrom < Phase::Subnet &&
      last >= Phase::Subnet)
    return fail("say which subnet with --subnet=<file.json>");
  return success();
}

LogicalResult Compilation::findTargets() {
  auto found = lookupKernelTargets(options.pipeline.target);
  if (!found)
    return check(found.takeError());
  for (const KernelTarget *target : *found)
    kernels.push_back(
        {target,
         options.emulate == Emulate::Always ||
             (options.emulate == Emulate::Missing && !target->runsHere),
         options.pipeline.preferKernels});
  // What is emulated is slower than anything that isn't.
  llvm::stable_sort(kernels,
                    [](const KernelSettings &lhs, const KernelSettings &rhs) {
                      return lhs.emulated < rhs.emulated;
                    });
  bool isArtifact = options.emit == Emit::Artifact && !options.compileTo &&
                    options.compileFrom != Phase::Target;
  // Phases before the last are the same for all targets.
  bool isShared = options.compileTo && *options.compileTo < Phase::Target;
  if (options.tune && !isArtifact)
    return fail("--tune chooses the kernels of an artifact, and none is made "
                "here from packed layers");
  if (kernels.size() > 1 && !isArtifact && !isShared)
    return fail("several targets make an artifact and nothing else, but "
                "--target=" +
                options.pipeline.target + " names " + Twine(kernels.size()));
  return success();
}

/// The last part of -o is a name, and no file of the artifact is an input:
/// `--subnet=x.json -o x` would lose x.json to the manifest.
LogicalResult Compilation::checkArtifactName() {
  StringRef name = llvm::sys::path::filename(options.output);
  if (name == "-" || name == "." || name == ".." ||
      llvm::sys::fs::is_directory(options.output))
    return fail("an artifact is several files: say -o DIR/<name>, but got '" +
                options.output + "'");
  StringRef subnet = StringRef(options.pipeline.subnet).split('#').first;
  for (StringRef input :
       {StringRef(options.input), subnet, StringRef(options.pipeline.weights)})
    for (StringRef extension : {".so", ".h", ".json", ".mlirbc"}) {
      std::string output = options.output + extension.str();
      if (llvm::sys::fs::exists(output) &&
          llvm::sys::fs::equivalent(input, output))
        return fail("the output '" + output + "' is an input as well");
    }
  return success();
}

/// Parameters may have their values in the IR; where some have none, the user
/// must say where to take them from.
LogicalResult Compilation::checkWeights() {
  const PipelineOptions &pipeline = options.pipeline;
  if (!pipeline.weights.empty() || pipeline.randomWeights)
    return success();
  for (ParameterOp parameter : module->getOps<ParameterOp>())
    if (!parameter.getValue())
      return fail("'" + parameter.getSymName() +
                  "' has no value: say where the weights come from with "
                  "--weights=<file> or --random-weights=<seed>");
  return success();
}

/// The network takes the artifact's name, which prefixes its C functions.
void Compilation::nameNetwork() {
  if (options.output.empty() || options.output == "-")
    return;
  for (SupernetOp network : module->getOps<SupernetOp>())
    network.setSymName(networkName());
  for (auto network : module->getOps<bitpack::NetworkOp>())
    network.setSymName(networkName());
}

LogicalResult Compilation::lower(Phase last) {
  PipelineOptions pipeline = options.pipeline;
  pipeline.emulateIntrinsics = !kernels.empty() && kernels.front().emulated;
  for (int i = static_cast<int>(options.compileFrom);
       i <= static_cast<int>(last); ++i) {
    Phase phase = static_cast<Phase>(i);
    bool isGiven = phase == options.compileFrom && phase != Phase::Supernet;
    if (phase == Phase::Integer && !isGiven && failed(checkWeights()))
      return failure();
    if (phase >= Phase::Packed && !isGiven)
      keepSource();
    PassManager passes(&context, ModuleOp::getOperationName());
    passes.enableVerifier(true);
    isGiven ? buildPhaseCheck(phase, passes)
            : buildPhase(phase, passes, pipeline);
    if (failed(passes.run(*module)))
      return failure();
  }
  return success();
}

/// Names the network and keeps its bytecode, once: of the integer level where
/// compilation goes through that.
void Compilation::keepSource() {
  if (!bytecode.empty())
    return;
  nameNetwork();
  bytecode = serialize();
}

/// Bytecode without the places in files that the operations came from.
std::string Compilation::serialize() {
  OwningOpRef<ModuleOp> copy = module->clone();
  copy->walk([&](Operation *op) { op->setLoc(UnknownLoc::get(&context)); });
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(*copy, stream, BytecodeWriterConfig("oqat"))))
    report("the integer-level module can't be serialized");
  return bytes;
}

LogicalResult Compilation::write(StringRef text) {
  if (options.output.empty() || options.output == "-") {
    llvm::outs() << text;
    return success();
  }
  OutputFiles files;
  if (failed(check(files.add(options.output, text))))
    return failure();
  return check(files.keep());
}

LogicalResult Compilation::printPhase(Phase phase) {
  if (failed(lower(phase)))
    return failure();
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  stream << "\n";
  return write(text);
}

/// LLVM IR or assembly.
LogicalResult Compilation::printLowered() {
  if (failed(lower(Phase::Target)))
    return failure();
  FailureOr<NetworkDescription> network = readNetworkDescription(*module);
  if (failed(network))
    return failure();
  CodeTarget machine = kernels.front().getMachine();
  llvm::LLVMContext llvmContext;
  auto llvmModule = translateNetwork(*module, *network, machine, llvmContext);
  if (!llvmModule)
    return failure();
  if (options.emit == Emit::LLVMIR) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvmModule->print(stream, nullptr);
    return write(text);
  }
  FailureOr<Bytes> assembly =
      emitObject(*llvmModule, machine, module->getLoc(), /*assembly=*/true);
  if (failed(assembly))
    return failure();
  return write({assembly->data(), assembly->size()});
}

/// What comes from the target phase on is one module.
FailureOr<CompiledNetwork> Compilation::compileWhole() {
  if (failed(lower(Phase::Target)))
    return failure();
  FailureOr<NetworkDescription> network = readNetworkDescription(*module);
  if (failed(network))
    return failure();
  CodeTarget machine = kernels.front().getMachine();
  if (network->emulated)
    machine = baselineTarget(machine);
  FailureOr<Bytes> object = emitNetwork(*module, *network, machine);
  if (failed(object))
    return failure();
  return CompiledNetwork{std::move(*network), {std::move(*object)}, {}};
}

LogicalResult Compilation::tune(bitpack::NetworkOp network,
                                ObjectCache &cache) {
  auto statistics = tuneNetwork(
      network, kernels, {options.tuningFile, getBuildIdentity()}, cache);
  if (!statistics)
    return check(statistics.takeError());
  errors << "oqat-compile: of " << statistics->layers
         << " layers with a choice of kernels, " << statistics->measured
         << " shapes were measured and " << statistics->changed
         << " take another one than they would untuned\n";
  return success();
}

FailureOr<CompiledNetwork> Compilation::compileLayers() {
  if (failed(lower(Phase::Packed)))
    return failure();
  keepSource();
  PassManager passes(&context, ModuleOp::getOperationName());
  buildRequantization(passes, options.pipeline);
  if (failed(passes.run(*module)))
    return failure();
  auto cache = std::make_unique<ObjectCache>();
  if (!options.cacheFolder.empty()) {
    auto opened = ObjectCache::open(options.cacheFolder, getBuildIdentity());
    if (!opened)
      return check(opened.takeError());
    cache = std::move(*opened);
  }
  FailureOr<bitpack::NetworkOp> network = getOnlyNetwork(*module);
  if (failed(network) || (options.tune && failed(tune(*network, *cache))))
    return failure();
  FailureOr<CompiledNetwork> result = compileNetwork(*network, kernels, *cache);
  cache->prune();
  if (options.cacheStatistics && cache->isOpen())
    errors << "oqat-compile: " << cache->getHits()
           << " objects from the cache, " << cache->getMisses()
           << " compiled\n";
  return result;
}

LogicalResult Compilation::writeArtifact() {
  FailureOr<CompiledNetwork> network =
      options.compileFrom == Phase::Target ? compileWhole() : compileLayers();
  if (failed(network))
    return failure();
  Location loc = module->getLoc();
  std::string soname =
      (llvm::sys::path::filename(options.output) + ".so").str();
  FailureOr<Bytes> linked =
      linkSharedObject(network->objects, soname, loc, network->aliases);
  if (failed(linked))
    return failure();
  OutputFiles files;
  auto add = [&](StringRef extension, StringRef bytes, bool executable) {
    return check(
        files.add(options.output + extension.str(), bytes, executable));
  };
  if ((!bytecode.empty() && failed(add(".mlirbc", bytecode, false))) ||
      failed(add(".h", emitHeader(network->description), false)) ||
      failed(
          add(".json", emitManifest(network->description, *linked), false)) ||
      failed(add(".so", {linked->data(), linked->size()}, true)))
    return failure();
  return check(files.keep());
}

LogicalResult Compilation::dispatch() {
  if (failed(checkOptions()))
    return failure();
  module = readModule(options.input, &context);
  if (!module)
    return failure();
  if (options.compileTo)
    return printPhase(*options.compileTo);
  switch (options.emit) {
  case Emit::Artifact:
    return writeArtifact();
  case Emit::LLVMIR:
  case Emit::Assembly:
    return printLowered();
  case Emit::TrainingPlan:
    return exportTrainingPlan(*module, options.output, options.gpus);
  case Emit::CostServer:
    return serveCosts(*module, std::cin, llvm::outs());
  }
  return failure();
}

LogicalResult mlir::oqat::compile(const CompileOptions &options,
                                  raw_ostream &errors) {
  return Compilation(options, errors).run();
}
