//===- CompileNetwork.cpp - Packed layers to objects ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An object per distinct layer and target, one of the entry points, one of the
// weights, which all targets share. A kernel is called by the hash of its layer
// and of what it is compiled for, so its object is the same in every network
// and needs no more than to be linked.
//
// With several targets each has an object of what its entry points do besides,
// and those that are exported choose among them.
//
//===----------------------------------------------------------------------===//

#include "CompileNetwork.h"
#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Pipelines/Pipelines.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// What one target adds to a network.
struct TargetPart {
  const KernelSettings *settings;
  NetworkPlan plan;
  OwningOpRef<ModuleOp> entryPoints;
  NetworkDescription description;
};

/// A layer that is compiled by itself, for all that equal it.
struct Kernel {
  KernelSettings settings;
  const PlannedLayer *layer;
  StringRef isolated;
  std::string symbol;
  ObjectCache::Key key;
  std::optional<Bytes> object;
  std::string error;
};

class NetworkCompiler {
public:
  NetworkCompiler(bitpack::NetworkOp network, ObjectCache &cache)
      : network(network), cache(cache), loc(network.getLoc()) {}

  LogicalResult plan(ArrayRef<KernelSettings> targets);
  FailureOr<CompiledNetwork> run();

private:
  bool hasSeveral() const { return parts.size() > 1; }
  std::string getPrefix(const TargetPart &part) {
    return getTargetPrefix(network.getSymName(), part.settings->target->name);
  }
  void findKernels();
  void compileKernels(std::atomic<size_t> &next);
  LogicalResult buildEntryPoints(TargetPart &part);
  FailureOr<Bytes> compileEntryPoints(TargetPart &part);
  LogicalResult compileShared(std::vector<Bytes> &objects);
  FailureOr<NetworkDescription> describe();

  bitpack::NetworkOp network;
  ObjectCache &cache;
  Location loc;
  std::vector<TargetPart> parts;
  NetworkDescription description;
  /// Every layer by itself, for all targets.
  std::vector<std::string> isolated;
  std::vector<Kernel> kernels;
  std::vector<size_t> missing;
  std::vector<SymbolAlias> aliases;
};

} // namespace

LogicalResult NetworkCompiler::plan(ArrayRef<KernelSettings> targets) {
  for (const KernelSettings &settings : targets) {
    FailureOr<NetworkPlan> plan =
        planNetwork(network, *settings.target, settings.preferKernels);
    if (failed(plan))
      return failure();
    parts.push_back({&settings, std::move(*plan), {}, {}});
  }
  for (TargetPart &part : parts) {
    if (part.plan.packedWeights != parts.front().plan.packedWeights)
      return emitError(loc, "the targets want different packed weights");
    // Each target has a kernel for every layer.
    if (hasSeveral())
      for (PlannedLayer &layer : part.plan.layers)
        layer.symbol =
            getPrefix(part) + layer.symbol.substr(network.getSymName().size());
  }
  for (const PlannedLayer &layer : parts.front().plan.layers)
    isolated.push_back(isolateLayer(layer.op));
  return success();
}

/// Fills `kernels` with the distinct layers of every target, in the order of
/// the network.
void NetworkCompiler::findKernels() {
  std::map<ObjectCache::Key, size_t> places;
  for (const TargetPart &part : parts)
    for (auto [layer, contents] : llvm::zip(part.plan.layers, isolated)) {
      KernelSettings settings = part.settings->getOwner(layer.plan);
      ObjectCache::Key key = getKernelKey(settings, layer.plan, contents);
      auto [place, isNew] = places.try_emplace(key, kernels.size());
      if (isNew) {
        std::string symbol = getKernelSymbol(key);
        std::optional<Bytes> object = cache.find(key);
        if (!object)
          missing.push_back(kernels.size());
        kernels.push_back({std::move(settings), &layer, contents, symbol, key,
                           std::move(object), ""});
      }
      aliases.push_back({layer.symbol, kernels[place->second].symbol});
    }
}

/// One worker: takes the next missing kernel until there is none.
void NetworkCompiler::compileKernels(std::atomic<size_t> &next) {
  std::optional<LayerCompiler> compiler;
  std::string settings;
  for (size_t i = next++; i < missing.size(); i = next++) {
    Kernel &kernel = kernels[missing[i]];
    // Most of one target follow each other.
    if (settings != kernel.settings.describe())
      compiler.emplace(kernel.settings);
    settings = kernel.settings.describe();
    auto object =
        compiler->compile(kernel.isolated, kernel.layer->plan, kernel.symbol);
    if (!object) {
      kernel.error = llvm::toString(object.takeError());
      continue;
    }
    cache.add(kernel.key, *object);
    kernel.object = std::move(*object);
  }
}

/// A module of what is between the layers of one target, and its description.
LogicalResult NetworkCompiler::buildEntryPoints(TargetPart &part) {
  MLIRContext *context = loc.getContext();
  part.entryPoints = ModuleOp::create(UnknownLoc::get(context));
  ModuleOp module = *part.entryPoints;
  declareKernelsAndWeights(module, part.plan);
  emitEntryPoints(module, part.plan);
  NamedAttrList attributes(describeNetwork(part.plan));
  if (part.settings->emulated)
    attributes.set("emulated", BoolAttr::get(context, true));
  module->setAttr("oqat.network", attributes.getDictionary(context));
  FailureOr<NetworkDescription> read = readNetworkDescription(module);
  if (failed(read))
    return failure();
  part.description = std::move(*read);
  return success();
}

FailureOr<Bytes> NetworkCompiler::compileEntryPoints(TargetPart &part) {
  ModuleOp module = *part.entryPoints;
  const KernelSettings &settings = *part.settings;
  std::string text, prefix = hasSeveral() ? getPrefix(part) : "";
  llvm::raw_string_ostream stream(text);
  module->print(stream, OpPrintingFlags().printGenericOpForm());
  ObjectCache::Key key =
      makeObjectKey(settings, "entry points of " + prefix, text);
  if (std::optional<Bytes> object = cache.find(key))
    return std::move(*object);
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  buildKernelPhase(passes, /*emulateIntrinsics=*/false);
  if (failed(passes.run(module)))
    return failure();
  FailureOr<Bytes> object =
      emitNetwork(module, part.description, settings.getMachine(), prefix);
  if (succeeded(object))
    cache.add(key, *object);
  return object;
}

/// What an artifact of these targets says of itself.
FailureOr<NetworkDescription> NetworkCompiler::describe() {
  NetworkDescription all = parts.front().description;
  if (!hasSeveral())
    return all;
  all.target.clear();
  for (const TargetPart &part : parts) {
    const NetworkDescription &own = part.description;
    FailureOr<uint64_t> features =
        requiredCpuFeatures(part.settings->getMachine(), loc);
    if (failed(features))
      return failure();
    std::vector<std::string> names;
    for (const LayerDescription &layer : own.layers)
      names.push_back(layer.kernel);
    all.target += (all.target.empty() ? "" : ",") + own.target;
    all.emulated &= own.emulated;
    all.preparedBytes = std::max(all.preparedBytes, own.preparedBytes);
    all.scratchBytes = std::max(all.scratchBytes, own.scratchBytes);
    all.targets.push_back({own.target, own.emulated, *features,
                           own.preparedBytes, std::move(names)});
  }
  return all;
}

/// The weights, and what chooses among several targets.
LogicalResult NetworkCompiler::compileShared(std::vector<Bytes> &objects) {
  const TargetPart &first = parts.front();
  CodeTarget machine = first.settings->getMachine();
  FailureOr<Bytes> weights = mlir::oqat::emitWeights(
      first.plan.packedWeights, getWeightSymbol(first.plan), machine, loc);
  if (failed(weights))
    return failure();
  objects.push_back(std::move(*weights));
  if (!hasSeveral())
    return success();
  FailureOr<Bytes> choice = emitTargetChoice(description, machine, loc);
  if (failed(choice))
    return failure();
  objects.push_back(std::move(*choice));
  return success();
}

FailureOr<CompiledNetwork> NetworkCompiler::run() {
  findKernels();
  for (TargetPart &part : parts)
    if (failed(buildEntryPoints(part)))
      return failure();
  FailureOr<NetworkDescription> described = describe();
  if (failed(described))
    return failure();
  description = std::move(*described);
  llvm::DefaultThreadPool pool;
  std::atomic<size_t> next = 0;
  for (size_t i = 0;
       i < std::min<size_t>(missing.size(), pool.getMaxConcurrency()); ++i)
    pool.async([&] { compileKernels(next); });
  CompiledNetwork result;
  LogicalResult entries = success();
  for (TargetPart &part : parts) {
    FailureOr<Bytes> entry = compileEntryPoints(part);
    if (succeeded(entry))
      result.objects.push_back(std::move(*entry));
    else
      entries = failure();
  }
  LogicalResult shared = compileShared(result.objects);
  pool.wait();
  if (failed(entries) || failed(shared))
    return failure();
  for (Kernel &kernel : kernels) {
    bitpack::LayerOpInterface op = kernel.layer->op;
    if (!kernel.object)
      return op.emitError() << kernel.error;
    result.objects.push_back(std::move(*kernel.object));
  }
  result.description = std::move(description);
  result.aliases = std::move(aliases);
  return result;
}

FailureOr<CompiledNetwork>
mlir::oqat::compileNetwork(bitpack::NetworkOp network,
                           ArrayRef<KernelSettings> targets,
                           ObjectCache &cache) {
  NetworkCompiler compiler(network, cache);
  if (failed(compiler.plan(targets)))
    return failure();
  return compiler.run();
}
