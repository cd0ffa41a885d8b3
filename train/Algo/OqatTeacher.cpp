//===- OqatTeacher.cpp - A teacher other than the step's largest subnet ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Algo/OqatTeacher.h"
#include "oqat/Numerics/Digest.h"
#include "train/Algo/Loss.h"
#include "train/Algo/Oqat.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <cmath>

namespace oqat::train {

uint64_t digestOf(const Parameters &parameters) {
  uint64_t digest = 0;
  for (const Parameter &p : parameters.all())
    digest = numerics::combineSeeds(
        digest, numerics::fnv1a64(p.data(), p.value.nbytes()));
  return digest;
}

Teacher::Teacher(const formats::Plan &plan, const std::string &path)
    : parameters(plan, 0) {
  CheckpointInfo from = readCheckpoint(path, parameters);
  if (!from.network.empty() && from.network != plan.network)
    throw Error(path + ": expected a teacher of network '" + plan.network +
                "', but got one of '" + from.network + "'");
  if (!from.bits)
    throw Error(path + ": does not say its bits, which a teacher has to");
  bits = from.bits;
  digest =
      std::to_string(bits) + " bits, " + std::to_string(digestOf(parameters));
  // It only goes forward.
  for (Parameter &p : parameters.all())
    p.grad = p.momentum = at::Tensor();
}

std::vector<float> Teacher::answer(const Network &network, const Batch &batch,
                                   int64_t size, const RunMode &mode) {
  formats::SubnetConfig subnet = maximalSubnet(network.plan);
  if (!imageSizes(network.plan).empty())
    subnet.set("image_size", static_cast<double>(size));
  Selection selection(network.plan, subnet, bits);
  int64_t images = static_cast<int64_t>(batch.labels.size());
  Program program(network, selection, parameters, mode, images);
  std::copy(batch.views.begin(), batch.views.end(), program.input());
  program.forward();
  const float *logits = program.logits();
  int64_t count = images * network.plan.classes;
  if (!std::all_of(logits, logits + count,
                   [](float x) { return std::isfinite(x); }))
    return {};
  return softmax(logits, images, network.plan.classes);
}

void OqatTrainer::loadTeacher() {
  teacher.reset();
  int64_t source = recipe.teacher(static_cast<size_t>(phaseIndex));
  if (source == Recipe::kLargest)
    return;
  teacher.emplace(network.plan,
                  source == Recipe::kGiven ? files.teacher : phasePath(source));
}

} // namespace oqat::train
