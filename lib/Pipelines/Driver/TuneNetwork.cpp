//===- TuneNetwork.cpp - Kernels chosen by measurement --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before:
//   %2 = bitpack.conv2d "b1" %1 weights dense<...> ...
// After, on a machine with AVX2:
//   %2 = bitpack.conv2d "b1" %1 weights dense<...> ...
//          {bitpack.kernel = {avx2 = "lookup8-12x32"}}
//
// Layers of one shape share a measurement: all that a kernel's time depends on
// but the values of weights and steps, and the names of its candidates, which
// depend on those.
//
//===----------------------------------------------------------------------===//

#include "TuneNetwork.h"
#include "KernelTimer.h"
#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Formats/File.h"
#include "oqat/Formats/Tuning.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/TargetParser/Host.h"

#include <atomic>

using namespace mlir;
using namespace mlir::oqat;
namespace formats = ::oqat::formats;

/// What a candidate's function that unpacks is called.
static constexpr char kUnpackSymbol[] = "oqat.unpack";

static llvm::Error makeError(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// The CPU and the compiler.
static std::string describeMachine(StringRef identity) {
  std::string model = llvm::sys::getHostCPUName().str(), error;
  constexpr size_t kMost = 1 << 20;
  if (auto text = formats::readFile("/proc/cpuinfo", kMost, error)) {
    auto [before, after] = StringRef(*text).split("model name");
    StringRef line = after.split('\n').first;
    if (!line.empty())
      model = line.ltrim(" \t:").str() + " (" + model + ")";
  }
  return model + ", compiler " +
         llvm::toHex(
             llvm::BLAKE3::hash<8>(llvm::arrayRefFromStringRef(identity)),
             /*LowerCase=*/true);
}

/// What the time of a layer's kernels depends on, as text.
static std::string describeShape(bitpack::LayerOpInterface layer,
                                 StringRef target, ArrayRef<LayerPlan> plans) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << target << ' ' << layer->getName().stripDialect();
  for (NamedAttribute named : layer->getAttrs()) {
    Attribute value = named.getValue();
    StringRef name = named.getName().getValue();
    if (isa<StringAttr>(value) || name == "operandSegmentSizes")
      continue;
    stream << ' ' << name;
    // Values of weights, scales, tables and thresholds are no shape.
    if (isa<IntegerAttr, DenseArrayAttr>(value) || name == "activation") {
      stream << '=';
      value.print(stream, /*elideType=*/true);
    }
  }
  for (Value operand : layer->getOperands())
    stream << ' ' << operand.getType();
  stream << " -> " << layer.getResult().getType() << " by";
  for (const LayerPlan &plan : plans)
    stream << ' ' << plan.kernel;
  return text;
}

namespace {

/// A kernel that is to be measured.
struct Candidate {
  LayerPlan plan;
  ObjectCache::Key key;
  std::string symbol;
  Bytes kernel, unpack;
  std::string error;
};

class Tuner {
public:
  Tuner(const KernelSettings &settings, formats::Tuning::Layers &known,
        ObjectCache &cache, TuneStatistics &statistics)
      : settings(settings), known(known), cache(cache), statistics(statistics) {
  }

  llvm::Error tune(bitpack::LayerOpInterface layer);

private:
  llvm::Error measure(bitpack::LayerOpInterface layer, LayerPlans plans,
                      std::vector<formats::KernelTime> &times);
  void compile(StringRef isolated, std::vector<Candidate> &candidates,
               std::atomic<size_t> &next);

  const KernelSettings &settings;
  formats::Tuning::Layers &known;
  ObjectCache &cache;
  TuneStatistics &statistics;
};

} // namespace

/// One worker: takes the next candidate until there is none.
void Tuner::compile(StringRef isolated, std::vector<Candidate> &candidates,
                    std::atomic<size_t> &next) {
  for (size_t i = next++; i < candidates.size(); i = next++) {
    Candidate &candidate = candidates[i];
    LayerCompiler compiler(settings.getOwner(candidate.plan));
    auto keep = [&](llvm::Expected<Bytes> object, Bytes &place) {
      if (object)
        place = std::move(*object);
      else
        candidate.error = llvm::toString(object.takeError());
      return candidate.error.empty();
    };
    if (candidate.kernel.empty() &&
        keep(compiler.compile(isolated, candidate.plan, candidate.symbol),
             candidate.kernel))
      cache.add(candidate.key, candidate.kernel);
    if (candidate.plan.panel && candidate.error.empty())
      keep(compiler.compileUnpack(*candidate.plan.panel, kUnpackSymbol),
           candidate.unpack);
  }
}

llvm::Error Tuner::measure(bitpack::LayerOpInterface layer, LayerPlans plans,
                           std::vector<formats::KernelTime> &times) {
  std::vector<Candidate> candidates;
  std::string isolated = isolateLayer(layer);
  for (LayerPlan &plan : plans) {
    ObjectCache::Key key =
        getKernelKey(settings.getOwner(plan), plan, isolated);
    Bytes known = cache.find(key).value_or(Bytes());
    candidates.push_back({std::move(plan), key, getKernelSymbol(key),
                          std::move(known), Bytes(), ""});
  }
  llvm::DefaultThreadPool pool;
  std::atomic<size_t> next = 0;
  for (unsigned i = 0; i < pool.getMaxConcurrency(); ++i)
    pool.async([&] { compile(isolated, candidates, next); });
  pool.wait();
  KernelTimer timer(layer, /*seed=*/1);
  for (Candidate &candidate : candidates) {
    if (!candidate.error.empty())
      return makeError(candidate.error);
    if (llvm::Error error =
            timer.add(candidate.plan, candidate.symbol, candidate.kernel,
                      kUnpackSymbol, candidate.unpack))
      return error;
  }
  for (auto [candidate, least] : llvm::zip_equal(candidates, timer.run()))
    times.push_back({candidate.plan.kernel, least});
  return llvm::Error::success();
}

llvm::Error Tuner::tune(bitpack::LayerOpInterface layer) {
  MLIRContext *context = layer.getContext();
  FailureOr<LayerPlans> plans =
      settings.target->candidates(layer, /*tiles=*/true);
  if (failed(plans))
    return makeError("a layer has no kernel");
  if (plans->size() == 1)
    return llvm::Error::success();
  ++statistics.layers;
  std::string best = plans->front().kernel;
  std::string shape = describeShape(layer, settings.target->name, *plans);
  std::vector<formats::KernelTime> &times = known[shape];
  if (times.empty()) {
    ++statistics.measured;
    if (llvm::Error error = measure(layer, std::move(*plans), times))
      return error;
  }
  auto fastest = llvm::min_element(times, [](const auto &lhs, const auto &rhs) {
    return lhs.minUs < rhs.minUs;
  });
  statistics.changed += fastest->name != best;
  NamedAttrList choices(layer->getAttrOfType<DictionaryAttr>("bitpack.kernel"));
  choices.set(settings.target->name, StringAttr::get(context, fastest->name));
  layer->setAttr("bitpack.kernel", choices.getDictionary(context));
  return llvm::Error::success();
}

/// What the file says, if there is one.
static llvm::Expected<formats::Tuning> readTuning(StringRef file) {
  std::string error;
  if (file.empty() || !llvm::sys::fs::exists(file))
    return formats::Tuning();
  constexpr size_t kMost = size_t(64) << 20;
  std::optional<formats::Tuning> tuning;
  if (auto text = formats::readFile(file.str(), kMost, error))
    tuning = formats::parseTuning(*text, file.str(), error);
  if (!tuning)
    return makeError(error);
  return std::move(*tuning);
}

llvm::Expected<TuneStatistics>
mlir::oqat::tuneNetwork(bitpack::NetworkOp network,
                        ArrayRef<KernelSettings> targets,
                        const TuneOptions &options, ObjectCache &cache) {
  auto tuning = readTuning(options.file);
  if (!tuning)
    return tuning.takeError();
  formats::Tuning::Layers &known =
      tuning->machines[describeMachine(options.identity)];
  TuneStatistics statistics;
  bool any = false;
  for (const KernelSettings &settings : targets) {
    if (!settings.target->runsHere || settings.emulated)
      continue;
    any = true;
    FailureOr<NetworkPlan> plan =
        planNetwork(network, *settings.target, /*preferKernels=*/"");
    if (failed(plan))
      return makeError("a layer has no kernel");
    Tuner tuner(settings, known, cache, statistics);
    for (const PlannedLayer &layer : plan->layers)
      // What was chosen by hand stays, and so do pairs of layers that have
      // planes between them.
      if (!isa_and_nonnull<StringAttr>(layer.op->getAttr("bitpack.kernel")) &&
          !layer.plan.inputPlanes && !layer.plan.resultPlanes)
        if (llvm::Error error = tuner.tune(layer.op))
          return error;
  }
  if (!any)
    return makeError("--tune measures on this machine, which runs none of the "
                     "targets as they are");
  std::string error, text = formats::writeTuning(*tuning);
  if (!options.file.empty() && statistics.measured != 0 &&
      !formats::writeFileAtomically(options.file, {text}, error))
    return makeError(error);
  return statistics;
}
