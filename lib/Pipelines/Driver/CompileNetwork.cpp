//===- CompileNetwork.cpp - Packed layers to objects ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An object per distinct layer, one of the entry points, one of the weights. A
// kernel is called by the hash of its layer and of what it is compiled for, so
// its object is the same in every network and needs no more than to be linked.
//
//===----------------------------------------------------------------------===//

#include "CompileNetwork.h"
#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Pipelines/Pipelines.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/ThreadPool.h"
#include <atomic>

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// A layer that is compiled by itself, for all that equal it.
struct Kernel {
  const PlannedLayer *layer;
  std::string isolated, symbol;
  ObjectCache::Key key;
  std::optional<Bytes> object;
  std::string error;
};

class NetworkCompiler {
public:
  NetworkCompiler(const NetworkPlan &plan, const KernelSettings &settings,
                  ObjectCache &cache)
      : plan(plan), settings(settings), cache(cache),
        loc(bitpack::NetworkOp(plan.network).getLoc()) {}

  FailureOr<CompiledNetwork> run();

private:
  void findKernels();
  void compileKernels(std::atomic<size_t> &next);
  OwningOpRef<ModuleOp> buildEntryPoints();
  FailureOr<Bytes> compileEntryPoints(ModuleOp module,
                                      const NetworkDescription &description);
  ObjectCache::Key makeKey(StringRef kind, StringRef contents) const;

  const NetworkPlan &plan;
  const KernelSettings &settings;
  ObjectCache &cache;
  Location loc;
  std::vector<Kernel> kernels;
  std::vector<size_t> missing;
  std::vector<SymbolAlias> aliases;
};

} // namespace

ObjectCache::Key NetworkCompiler::makeKey(StringRef kind,
                                          StringRef contents) const {
  llvm::BLAKE3 hash;
  hash.update((kind + "\n" + settings.describe() + "\n").str());
  hash.update(contents);
  return hash.final();
}

/// Fills `kernels` with the distinct layers, in the order of the network.
void NetworkCompiler::findKernels() {
  std::map<ObjectCache::Key, size_t> places;
  for (const PlannedLayer &layer : plan.layers) {
    Kernel kernel;
    kernel.layer = &layer;
    kernel.isolated = isolateLayer(layer.op);
    kernel.key = makeKey("kernel " + layer.plan.kernel, kernel.isolated);
    auto [place, isNew] = places.try_emplace(kernel.key, kernels.size());
    if (isNew) {
      kernel.symbol =
          "oqat.kernel." + llvm::toHex(ArrayRef(kernel.key).take_front(8),
                                       /*LowerCase=*/true);
      kernel.object = cache.find(kernel.key);
      if (!kernel.object)
        missing.push_back(kernels.size());
      kernels.push_back(std::move(kernel));
    }
    aliases.push_back({layer.symbol, kernels[place->second].symbol});
  }
}

/// One worker: takes the next missing kernel until there is none.
void NetworkCompiler::compileKernels(std::atomic<size_t> &next) {
  std::optional<LayerCompiler> compiler;
  for (size_t i = next++; i < missing.size(); i = next++) {
    Kernel &kernel = kernels[missing[i]];
    if (!compiler)
      compiler.emplace(settings);
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

OwningOpRef<ModuleOp> NetworkCompiler::buildEntryPoints() {
  MLIRContext *context = loc.getContext();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
  declareKernelsAndWeights(*module, plan);
  emitEntryPoints(*module, plan);
  NamedAttrList description(describeNetwork(plan));
  if (settings.emulated)
    description.set("emulated", BoolAttr::get(context, true));
  (*module)->setAttr("oqat.network", description.getDictionary(context));
  return module;
}

FailureOr<Bytes>
NetworkCompiler::compileEntryPoints(ModuleOp module,
                                    const NetworkDescription &description) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, OpPrintingFlags().printGenericOpForm());
  ObjectCache::Key key = makeKey("entry points", text);
  if (std::optional<Bytes> object = cache.find(key))
    return std::move(*object);
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  buildKernelPhase(passes, /*emulateIntrinsics=*/false);
  if (failed(passes.run(module)))
    return failure();
  FailureOr<Bytes> object =
      emitNetwork(module, description, settings.getMachine());
  if (succeeded(object))
    cache.add(key, *object);
  return object;
}

FailureOr<CompiledNetwork> NetworkCompiler::run() {
  findKernels();
  OwningOpRef<ModuleOp> entryPoints = buildEntryPoints();
  FailureOr<NetworkDescription> description =
      readNetworkDescription(*entryPoints);
  if (failed(description))
    return failure();
  llvm::DefaultThreadPool pool;
  std::atomic<size_t> next = 0;
  for (size_t i = 0;
       i < std::min<size_t>(missing.size(), pool.getMaxConcurrency()); ++i)
    pool.async([&] { compileKernels(next); });
  FailureOr<Bytes> entry = compileEntryPoints(*entryPoints, *description);
  FailureOr<Bytes> weights = mlir::oqat::emitWeights(
      plan.packedWeights, getWeightSymbol(plan), settings.getMachine(), loc);
  pool.wait();
  if (failed(entry) || failed(weights))
    return failure();
  CompiledNetwork result{std::move(*description), {}, std::move(aliases)};
  result.objects = {std::move(*entry), std::move(*weights)};
  for (Kernel &kernel : kernels) {
    bitpack::LayerOpInterface op = kernel.layer->op;
    if (!kernel.object)
      return op.emitError() << kernel.error;
    result.objects.push_back(std::move(*kernel.object));
  }
  return result;
}

FailureOr<CompiledNetwork>
mlir::oqat::compileNetwork(bitpack::NetworkOp network,
                           const KernelSettings &settings, ObjectCache &cache) {
  FailureOr<NetworkPlan> plan =
      planNetwork(network, *settings.target, settings.preferKernels);
  if (failed(plan))
    return failure();
  return NetworkCompiler(*plan, settings, cache).run();
}
