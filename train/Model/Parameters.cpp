//===- Parameters.cpp - The trained tensors of a network ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Parameters.h"
#include "oqat/Numerics/Random.h"
#include "train/Model/Support.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace oqat::train {

/// A stream of its own per parameter, so that adding one changes no other.
static uint64_t streamOf(uint64_t seed, const std::string &name) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3ull;
  return numerics::combineSeeds(seed, hash);
}

static void initializeWeight(Parameter &p, uint64_t seed) {
  numerics::Random random(streamOf(seed, p.name));
  auto shape = p.value.sizes();
  // The variance of LibTorch's own layers: 1 / (3 fan-in).
  double fan = 1;
  for (size_t i = 1; i < shape.size(); ++i)
    fan *= static_cast<double>(shape[i]);
  double deviation = 1.0 / std::sqrt(3.0 * fan);
  float *data = p.data();
  for (int64_t i = 0; i < p.value.numel(); ++i)
    data[i] = static_cast<float>(deviation * random.normal());
}

static void initialize(Parameter &p, uint64_t seed) {
  if (p.kind == "weight") {
    initializeWeight(p, seed);
  } else if (p.kind == "gamma" || p.kind == "variance") {
    p.value.fill_(1.0f);
  } else if (p.kind == "transform") {
    int64_t taps = p.value.size(0);
    for (int64_t i = 0; i < taps; ++i)
      p.data()[i * taps + i] = 1.0f;
  }
}

Parameters::Parameters(const formats::Plan &plan, uint64_t seed) {
  for (const formats::PlanParameter &declared : plan.parameters) {
    Parameter p;
    p.name = declared.name;
    p.kind = declared.kind;
    p.value = at::zeros(declared.shape, at::kFloat);
    p.grad = at::zeros(declared.shape, at::kFloat);
    p.momentum = at::zeros(declared.shape, at::kFloat);
    initialize(p, seed);
    index[p.name] = entries.size();
    entries.push_back(std::move(p));
  }
}

Parameter &Parameters::operator[](const std::string &name) {
  auto it = index.find(name);
  if (it == index.end())
    throw Error("the plan has no parameter '" + name + "'");
  return entries[it->second];
}

const Parameter &Parameters::operator[](const std::string &name) const {
  return const_cast<Parameters &>(*this)[name];
}

Parameters Parameters::copyOfValues() const {
  Parameters copy = *this;
  for (Parameter &p : copy.entries)
    p.value = p.value.clone();
  return copy;
}

void Parameters::zeroGradients() {
  for (Parameter &p : entries)
    p.grad.zero_();
}

} // namespace oqat::train
