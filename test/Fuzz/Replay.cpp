//===- Replay.cpp - Runs a fuzz target without libFuzzer ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   fuzz-subnet corpus/ [--mutations=N] [--seed=S]
//
// Every file as it is, then N changed versions of each: bytes set, pieces cut
// out, doubled, or taken from another file. The same seed gives the same
// inputs.
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "oqat/Numerics/Random.h"
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using oqat::numerics::Random;
namespace fs = std::filesystem;

static std::vector<std::string> readAll(const std::vector<fs::path> &places) {
  std::vector<fs::path> paths;
  for (const fs::path &place : places) {
    if (!fs::is_directory(place)) {
      paths.push_back(place);
      continue;
    }
    for (const auto &entry : fs::directory_iterator(place))
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const fs::path &path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    inputs.push_back(text.str());
  }
  return inputs;
}

/// A piece of at most 64 bytes.
static std::string piece(Random &random, const std::string &text) {
  if (text.empty())
    return text;
  size_t begin = random.below(text.size());
  return text.substr(begin, 1 + random.below(64));
}

static std::string mutate(Random &random,
                          const std::vector<std::string> &inputs,
                          std::string text) {
  for (uint64_t changes = 1 + random.below(4); changes; --changes) {
    size_t at = text.empty() ? 0 : random.below(text.size());
    switch (random.below(6)) {
    case 0:
      if (!text.empty())
        text[at] = static_cast<char>(random.below(256));
      break;
    case 1:
      if (!text.empty())
        text[at] = "0123456789-.[]{}<>\"'?x,:@ e"[random.below(27)];
      break;
    case 2:
      text.erase(at, 1 + random.below(32));
      break;
    case 3:
      text.insert(at, piece(random, text));
      break;
    case 4:
      text.insert(at, piece(random, inputs[random.below(inputs.size())]));
      break;
    default:
      text.insert(at,
                  std::to_string(int64_t(random.next()) >> random.below(64)));
    }
  }
  return text;
}

static void runOne(const std::string &text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(text.data()),
                         text.size());
}

int main(int argc, char **argv) {
  uint64_t mutations = 0, seed = 1;
  std::vector<fs::path> places;
  for (int i = 1; i < argc; ++i) {
    if (!std::strncmp(argv[i], "--mutations=", 12))
      mutations = std::strtoull(argv[i] + 12, nullptr, 10);
    else if (!std::strncmp(argv[i], "--seed=", 7))
      seed = std::strtoull(argv[i] + 7, nullptr, 10);
    else
      places.emplace_back(argv[i]);
  }
  std::vector<std::string> inputs = readAll(places);
  std::printf("seed %llu: %zu files", static_cast<unsigned long long>(seed),
              inputs.size());
  std::fflush(stdout);
  uint64_t count = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    runOne(inputs[i]);
    Random random(oqat::numerics::combineSeeds(seed, i));
    for (uint64_t m = 0; m < mutations; ++m, ++count)
      runOne(mutate(random, inputs, inputs[i]));
  }
  std::printf(" and %llu changed ones, no crash\n",
              static_cast<unsigned long long>(count));
  return inputs.empty();
}
