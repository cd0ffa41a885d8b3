//===- Runner.cpp - Running, timing and checking artifacts ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/Runner.h"
#include "RunnerParts.h"
#include "oqat/Numerics/Random.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <cstring>

using namespace mlir::oqat;

std::vector<uint8_t> mlir::oqat::randomPicture(uint64_t seed, uint64_t index,
                                               size_t bytes) {
  ::oqat::numerics::Random random(::oqat::numerics::combineSeeds(seed, index));
  uint64_t low = random.below(200), range = 1 + random.below(256 - low);
  std::vector<uint8_t> picture(bytes);
  for (uint8_t &byte : picture)
    byte = static_cast<uint8_t>(low + random.below(range));
  return picture;
}

std::optional<std::string>
mlir::oqat::firstDifference(llvm::StringRef dtype, llvm::ArrayRef<char> got,
                            llvm::ArrayRef<char> expected) {
  if (got.size() != expected.size())
    return llvm::formatv("{0} bytes, but expected {1}", got.size(),
                         expected.size())
        .str();
  size_t width = dtype == "f32" ? 4 : 1;
  for (size_t at = 0; at + width <= got.size(); at += width) {
    if (!std::memcmp(&got[at], &expected[at], width))
      continue;
    if (width == 1)
      return llvm::formatv("element {0} is {1}, but expected {2}", at,
                           unsigned(uint8_t(got[at])),
                           unsigned(uint8_t(expected[at])))
          .str();
    uint32_t bits[2];
    std::memcpy(&bits[0], &got[at], 4);
    std::memcpy(&bits[1], &expected[at], 4);
    return llvm::formatv("element {0} is {1:e9} ({2:x8}), but expected {3:e9} "
                         "({4:x8})",
                         at / 4, llvm::bit_cast<float>(bits[0]), bits[0],
                         llvm::bit_cast<float>(bits[1]), bits[1])
        .str();
  }
  return std::nullopt;
}

static llvm::Error checkOptions(const RunOptions &options) {
  if (options.threads < 1 || options.threads > 1024)
    return makeError("--threads must be between 1 and 1024, but is " +
                     llvm::Twine(options.threads));
  if (!options.trace.empty() && options.data.empty())
    return makeError("--trace needs --data");
  if (!options.check.empty() && options.bench)
    return makeError("--check and --bench can't go together");
  if (options.profile)
    for (auto [flag, given] : {std::pair("--bench", options.bench),
                               {"--check", !options.check.empty()},
                               {"--data", !options.data.empty()}})
      if (given)
        return makeError(llvm::Twine(flag) +
                         " and --profile can't go together");
  if (options.peak && !options.profile)
    return makeError("--peak needs --profile");
  if (options.peak && !(*options.peak > 0 && std::isfinite(*options.peak)))
    return makeError("--peak must be positive, but is " +
                     llvm::formatv("{0:f3}", *options.peak).str());
  if (options.data.empty() && options.check.empty() && !options.bench &&
      !options.profile)
    return makeError("nothing to do: say --data, --check, --bench or "
                     "--profile");
  return llvm::Error::success();
}

llvm::Error mlir::oqat::runArtifact(const RunOptions &options,
                                    llvm::raw_ostream &out) {
  if (llvm::Error error = checkOptions(options))
    return error;
  Stopwatch sinceLoad;
  auto artifact =
      Artifact::load(options.object, options.threads, options.target,
                     /*isDirty=*/!options.check.empty());
  if (!artifact)
    return artifact.takeError();
  if (!options.check.empty())
    return runCheck(**artifact, options, out);
  if (options.bench)
    return runBench(**artifact, options, sinceLoad, out);
  if (options.profile)
    return runProfile(**artifact, options, out);
  return runClassify(**artifact, options, out);
}
