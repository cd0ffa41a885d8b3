//===- SharedParameters.cpp - What subnets of a step share ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Gpu/SharedParameters.h"
#include "train/Model/Support.h"

#include <ATen/ATen.h>

#include <atomic>
#include <cstring>

namespace oqat::train {

/// Kernels take what begins at a multiple of 64 bytes.
static int64_t paddedFloats(const Parameter &parameter) {
  constexpr int64_t kFloats = 16;
  return (parameter.value.numel() + kFloats - 1) / kFloats * kFloats;
}

SharedParameters::SharedParameters(Gpu &gpu, Parameters &parameters)
    : gpu(gpu) {
  int64_t count = 0;
  for (const Parameter &p : parameters.all())
    if (p.isTrained())
      count += paddedFloats(p);
  values = at::empty({count}, gpu.options(at::kFloat));
  grads = at::empty({count}, gpu.options(at::kFloat));
  auto pinned =
      at::TensorOptions(at::kCPU).dtype(at::kFloat).pinned_memory(gpu.isCuda());
  staged = at::zeros({count}, pinned);
  returned = at::empty({count}, pinned);
}

void SharedParameters::begin(Parameters &parameters) {
  // A step that was left may still be reading.
  if (isBegun)
    gpu.synchronize();
  of = &parameters;
  isBegun = true;
  places.clear();
  int64_t next = 0;
  for (const Parameter &p : parameters.all())
    if (p.isTrained()) {
      places[&p] = next;
      next += paddedFloats(p);
    }
  std::atomic<bool> changed{!wasTaken};
  auto &all = parameters.all();
  forEach(static_cast<int64_t>(all.size()), [&](int64_t i) {
    const Parameter &p = all[static_cast<size_t>(i)];
    if (!p.isTrained() || std::memcmp(host(p), p.data(), p.value.nbytes()) == 0)
      return;
    std::memcpy(host(p), p.data(), p.value.nbytes());
    changed = true;
  });
  if (changed)
    values.copy_(staged, /*non_blocking=*/true);
  wasTaken = true;
  grads.zero_();
}

void SharedParameters::end() {
  if (!isBegun)
    return;
  isBegun = false;
  returned.copy_(grads, /*non_blocking=*/false);
  auto &all = of->all();
  forEach(static_cast<int64_t>(all.size()), [&](int64_t i) {
    Parameter &p = all[static_cast<size_t>(i)];
    if (!p.isTrained())
      return;
    const float *from = returned.data_ptr<float>() + places.at(&p);
    float *to = p.gradData();
    for (int64_t k = 0; k < p.value.numel(); ++k)
      to[k] += from[k];
  });
}

at::Tensor SharedParameters::view(const Parameter &parameter,
                                  const at::Tensor &all) const {
  int64_t count = parameter.value.numel();
  return all.narrow(0, places.at(&parameter), count)
      .view(parameter.value.sizes());
}

} // namespace oqat::train
