//===- device-ranks.cpp - Sums over ranks by a plug-in --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// device-ranks PLUGIN, once per rank, whose device is the CPU: sums of every
// kind, then one for which only the first rank comes. Of a run of one process,
// whose device is the first GPU, it shows how the plug-in takes part.
//
//===----------------------------------------------------------------------===//

#include "train/Dist/DeviceRanks.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

#include <cstdlib>
#include <iostream>

using namespace oqat::train;

/// Larger than what travels at once; int64 beyond what f64 holds.
static bool isSummed(Communicator &ranks, at::ScalarType type) {
  constexpr int64_t kCount = 20001;
  int64_t size = ranks.size(), first = type == at::kLong ? int64_t(1) << 53 : 0;
  at::Tensor own = at::arange(kCount, type) * (ranks.rank() + 1) + first;
  ranks.sumOnDevice(own);
  ranks.awaitDevice();
  return own.equal(at::arange(kCount, type) * (size * (size + 1) / 2) +
                   first * size);
}

static bool runsInBackground(Communicator &ranks) {
  at::Tensor one = at::full({3}, 1.0f), two = at::full({40000}, 2.0f);
  ranks.startSum(one);
  ranks.startSum(two);
  ranks.finishSums();
  float size = static_cast<float>(ranks.size());
  return one.equal(at::full({3}, size)) &&
         two.equal(at::full({40000}, 2 * size));
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 1;
  std::string prefix;
  try {
    auto control = joinRanks(5);
    prefix = control->prefix();
    std::string device = deviceOfRank("cuda", *control);
    std::cerr << prefix << device << std::endl;
    auto ranks =
        joinDevices(loadCollectives(argv[1]), *control, at::kCPU, nullptr, 1);
    std::cerr << prefix << "joined" << std::endl;
    if (control->isAlone())
      return 0;
    bool isRight = runsInBackground(*ranks);
    for (at::ScalarType type : {at::kLong, at::kFloat, at::kDouble})
      isRight &= isSummed(*ranks, type);
    double own = static_cast<double>(ranks->rank());
    int64_t size = ranks->size();
    isRight &= ranks->sumOf(own) == static_cast<double>(size * (size - 1) / 2);
    std::cerr << prefix << (isRight ? "right" : "WRONG") << std::endl;
    ranks->meet();
    if (ranks->isFirst())
      isSummed(*ranks, at::kLong);
    // Not before the first one has noticed.
    control->meet();
    return isRight ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "device-ranks: error: " << prefix << error.what() << std::endl;
    std::_Exit(1);
  }
}
