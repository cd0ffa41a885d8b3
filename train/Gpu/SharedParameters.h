//===- SharedParameters.h - What subnets of a step share --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All trained parameters on a GPU, with their gradients. A step takes there
// what has changed since the one before; its subnets read it and add their
// gradients, which come back once at its end.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_SHAREDPARAMETERS_H
#define OQAT_TRAIN_GPU_SHAREDPARAMETERS_H

#include "train/Gpu/Gpu.h"
#include "train/Model/Parameters.h"

#include <unordered_map>

namespace oqat::train {

class SharedParameters {
public:
  SharedParameters(Gpu &gpu, Parameters &parameters);

  /// Begins a step of `parameters`, which are of the same plan as those before.
  void begin(Parameters &parameters);
  /// Waits for the step's gradients and adds them to the host's; nothing where
  /// that was done.
  void end();
  /// Of a step that was left.
  void abandon() { isBegun = false; }
  /// Whether there is a step of these.
  bool isOpen(const Parameters &parameters) const {
    return isBegun && &parameters == of;
  }

  /// f32, as large as the parameter.
  at::Tensor value(const Parameter &parameter) const {
    return view(parameter, values);
  }
  at::Tensor grad(const Parameter &parameter) const {
    return view(parameter, grads);
  }

private:
  at::Tensor view(const Parameter &parameter, const at::Tensor &all) const;
  float *host(const Parameter &parameter) const {
    return staged.data_ptr<float>() + places.at(&parameter);
  }

  Gpu &gpu;
  Parameters *of = nullptr;
  bool isBegun = false, wasTaken = false;
  /// Of each, its first float in these.
  std::unordered_map<const Parameter *, int64_t> places;
  at::Tensor values, grads;
  /// What the GPU has, and room for what comes back.
  at::Tensor staged, returned;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_SHAREDPARAMETERS_H
