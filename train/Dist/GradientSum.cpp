//===- GradientSum.cpp - Gradients of all ranks, added in the background --===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Dist/GradientSum.h"

#include <cstring>
#include <utility>

namespace oqat::train {

static size_t bytesOf(const Parameter &p) {
  return sizeof(float) * static_cast<size_t>(p.value.numel());
}

/// The plan lists parameters from the input on; backward ends there.
void GradientSum::fill(const Program &program, Parameters &parameters) {
  buckets.clear();
  bucketOf.clear();
  auto &all = parameters.all();
  for (auto p = all.rbegin(); p != all.rend(); ++p) {
    if (!p->isTrained())
      continue;
    if (buckets.empty() || buckets.back().elements >= bucketFloats)
      buckets.emplace_back();
    buckets.back().members.push_back(&*p);
    buckets.back().elements += p->value.numel();
    bucketOf[&*p] = buckets.size() - 1;
  }
  for (const auto &op : program.operations())
    for (const Parameter *p : op->trained())
      ++buckets[bucketOf.at(p)].pending;
}

void GradientSum::start(Bucket &bucket, Communicator &ranks) {
  bucket.flat = makeFloats({bucket.elements});
  float *to = bucket.flat.data_ptr<float>();
  for (Parameter *p : bucket.members) {
    std::memcpy(to, p->gradData(), bytesOf(*p));
    to += p->value.numel();
  }
  ranks.startSum(bucket.flat);
}

void GradientSum::takeBack(Bucket &bucket) {
  const float *from = bucket.flat.data_ptr<float>();
  for (Parameter *p : bucket.members) {
    std::memcpy(p->gradData(), from, bytesOf(*p));
    from += p->value.numel();
  }
}

void GradientSum::run(Program &program, Parameters &parameters,
                      Communicator &ranks) {
  if (ranks.isAlone())
    return program.backward();
  fill(program, parameters);
  bool isStarted = false;
  auto startOthers = [&] {
    if (std::exchange(isStarted, true))
      return;
    for (Bucket &bucket : buckets)
      if (bucket.pending == 0)
        start(bucket, ranks);
  };
  // A GPU has what the subnets before added.
  if (!program.isOnGpu())
    startOthers();
  program.backward([&](const Operation &op) {
    startOthers();
    for (const Parameter *p : op.trained()) {
      Bucket &bucket = buckets[bucketOf.at(p)];
      if (--bucket.pending == 0)
        start(bucket, ranks);
    }
  });
  ranks.finishSums();
  for (Bucket &bucket : buckets)
    takeBack(bucket);
}

} // namespace oqat::train
