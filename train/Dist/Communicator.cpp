//===- Communicator.cpp - The processes of one run ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Dist/Communicator.h"
#include "train/Dist/Gloo.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

namespace oqat::train {

std::string Communicator::prefix() const {
  return isAlone() ? "" : "rank " + std::to_string(ownRank) + ": ";
}

std::string Communicator::others() const {
  return count == 2
             ? "rank " + std::to_string(1 - ownRank)
             : "one of the other " + std::to_string(count - 1) + " ranks";
}

std::pair<int64_t, int64_t> Communicator::share(int64_t total) const {
  int64_t first = total * ownRank / count;
  return {first, total * (ownRank + 1) / count - first};
}

void Communicator::expectSame(uint64_t digest, const std::string &what) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  all[static_cast<size_t>(ownRank)] = static_cast<int64_t>(digest);
  sum(all.data(), count);
  for (size_t i = 1; i < all.size(); ++i)
    if (all[i] != all[0])
      throw Error("expected all ranks to have the same " + what +
                  ", but got others on rank " + std::to_string(i) +
                  " than on rank 0");
}

Communicator &aloneRank() {
  static Communicator alone;
  return alone;
}

/// The number that an environment variable holds.
static std::optional<int64_t> readNumber(const char *name, int64_t most) {
  const char *text = std::getenv(name);
  if (!text)
    return std::nullopt;
  std::string value = text;
  bool isNumber = !value.empty() && value.size() < 10 &&
                  value.find_first_not_of("0123456789") == std::string::npos;
  if (!isNumber || std::stoll(value) > most)
    throw Error(std::string("environment: expected ") + name +
                " to be a number from 0 to " + std::to_string(most) +
                ", but got '" + value + "'");
  return std::stoll(value);
}

static Error lacking(const std::string &name, const std::string &beside) {
  return Error("environment: expected " + name + " beside " + beside +
               ", but it is not set");
}

std::unique_ptr<Communicator> joinRanks(int timeout) {
  constexpr int64_t kMostRanks = 65536, kMostPort = 65535;
  auto rank = readNumber("RANK", kMostRanks);
  auto size = readNumber("WORLD_SIZE", kMostRanks);
  if (!rank && !size)
    return std::make_unique<Communicator>();
  if (!rank || !size)
    throw rank ? lacking("WORLD_SIZE", "RANK") : lacking("RANK", "WORLD_SIZE");
  if (*rank >= *size)
    throw Error("environment: expected RANK below WORLD_SIZE, but got " +
                std::to_string(*rank) + " of " + std::to_string(*size));
  if (*size == 1)
    return std::make_unique<Communicator>();
  const char *address = std::getenv("MASTER_ADDR");
  auto port = readNumber("MASTER_PORT", kMostPort);
  if (!address || !port)
    throw lacking(address ? "MASTER_PORT" : "MASTER_ADDR", "RANK");
  const char *agent = std::getenv("TORCHELASTIC_USE_AGENT_STORE");
  const char *attempt = std::getenv("TORCHELASTIC_RESTART_COUNT");
  Rendezvous where;
  where.rank = *rank;
  where.size = *size;
  where.address = address;
  where.port = static_cast<int>(*port);
  where.isServed = agent && std::string(agent) == "True";
  where.attempt = attempt ? attempt : "0";
  return connectGloo(where, timeout);
}

std::string deviceOfRank(const std::string &device, const Communicator &ranks) {
  constexpr int64_t kMostDevice = 127;
  if (ranks.isAlone() || device != "cuda")
    return device;
  auto local = readNumber("LOCAL_RANK", kMostDevice);
  if (!local)
    throw lacking("LOCAL_RANK", "RANK");
  return device + ":" + std::to_string(*local);
}

int64_t ranksPerMachine(const Communicator &ranks) {
  if (ranks.isAlone())
    return 1;
  return std::max<int64_t>(
      1, readNumber("LOCAL_WORLD_SIZE", ranks.size()).value_or(1));
}

} // namespace oqat::train
