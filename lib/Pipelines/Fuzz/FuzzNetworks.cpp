//===- FuzzNetworks.cpp - Random networks against the interpreter ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/FuzzNetworks.h"
#include "NetworkTrial.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Pipelines/Artifact.h"
#include "llvm/Support/Format.h"
#include <chrono>

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// What was covered.
struct Coverage {
  std::map<std::string, int64_t> features;
  int64_t networks = 0, demanding = 0, redrawn = 0;
  int64_t ties = 0, quantizers = 0, tensors = 0;

  void add(const NetworkTrial &trial);
  void print(llvm::raw_ostream &out, double seconds) const;
};

} // namespace

void Coverage::add(const NetworkTrial &trial) {
  const std::set<std::string> &has = trial.getNetwork().features;
  ++networks;
  for (const std::string &feature : has)
    ++features[feature];
  demanding += llvm::all_of(kDemandingFeatures,
                            [&](const char *name) { return has.count(name); });
  ties += trial.numTies;
  quantizers += trial.numQuantizers;
  tensors += trial.numTensors;
}

void Coverage::print(llvm::raw_ostream &out, double seconds) const {
  out << networks << " networks: every one of " << tensors
      << " tensors equals the interpreter's on every level, canonicalized or "
         "not, and in the object\n";
  out << "  " << demanding << " with ";
  llvm::interleave(
      kDemandingFeatures, out, [&](const char *name) { out << name; }, ", ");
  out << " all at once\n  " << quantizers
      << " quantizers, each of which uses at least half of its codes\n  "
      << ties << " values exactly between two codes, some in every network\n  "
      << redrawn << " draws were not of this kind and were drawn again\n  "
      << llvm::format("%.2f", seconds / double(networks))
      << " s per network\n  with";
  const char *separator = " ";
  for (auto &[name, count] : features) {
    out << separator << name << " " << count;
    separator = ", ";
  }
  out << "\n";
}

/// Seeds are drawn again until the quantizers have codes to use; the attempts
/// of one seed are its own.
static llvm::Expected<std::unique_ptr<NetworkTrial>>
drawTrial(uint64_t seed, Coverage &coverage) {
  constexpr uint64_t kAttempts = 50;
  for (uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    auto trial = std::make_unique<NetworkTrial>(
        ::oqat::numerics::combineSeeds(seed, attempt));
    if (llvm::Error error = trial->draw())
      return error;
    llvm::Expected<bool> good = trial->observe();
    if (!good)
      return good.takeError();
    if (*good)
      return trial;
    ++coverage.redrawn;
  }
  return makeError("none of " + Twine(kAttempts) +
                   " draws lets every quantizer use half of its codes");
}

static llvm::Error fuzzOne(uint64_t seed, const FuzzOptions &options,
                           Coverage &coverage) {
  auto trial = drawTrial(seed, coverage);
  if (!trial)
    return trial.takeError();
  if (llvm::Error error = (*trial)->compareLevels())
    return error;
  const std::string &target = options.targets[seed % options.targets.size()];
  if (llvm::Error error = (*trial)->compareObject(options.folder, target))
    return error;
  coverage.add(**trial);
  return llvm::Error::success();
}

llvm::Error mlir::oqat::fuzzNetworks(const FuzzOptions &options,
                                     llvm::raw_ostream &out) {
  using Clock = std::chrono::steady_clock;
  auto start = Clock::now();
  auto elapsed = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  if (options.count < 1 || options.targets.empty())
    return makeError("expected at least one network and one target");
  Coverage coverage;
  for (uint64_t i = 0; i < options.count; ++i) {
    uint64_t seed = options.seed + i;
    double before = elapsed();
    if (llvm::Error error = fuzzOne(seed, options, coverage))
      return makeError(
          "seed " + Twine(seed) + ": " + llvm::toString(std::move(error)) +
          " (again with --seed=" + Twine(seed) +
          " --count=1; what was written is in '" + options.folder + "')");
    if (options.verbose)
      out << "seed " << seed << ": equal, "
          << llvm::format("%.2f", elapsed() - before) << " s\n";
    out.flush();
  }
  coverage.print(out, elapsed());
  return llvm::Error::success();
}
