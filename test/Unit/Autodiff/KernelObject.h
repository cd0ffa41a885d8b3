//===- KernelObject.h - Kernels compiled for some CPU -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_AUTODIFF_KERNELOBJECT_H
#define OQAT_TEST_UNIT_AUTODIFF_KERNELOBJECT_H

#include "train/Model/PlanKernels.h"
#include <string>

namespace oqat::test {

/// The kernels of KernelFixture's network for another CPU than this one, such
/// as "x86-64-v3", or with all that this one has, "host".
class KernelObject {
public:
  using Activations = train::Activations;
  using Vector = train::Vector;
  using Matrix = train::Matrix;
  using Forward = void (*)(Activations *, Vector *, Vector *, Matrix *,
                           Activations *, Vector *, Activations *,
                           train::Codes *);
  using Backward = void (*)(Activations *, Vector *, Vector *, Matrix *,
                            Activations *, Vector *, Activations *,
                            Activations *, Activations *, Vector *, Vector *,
                            Vector *, Matrix *);

  /// Made once per process; null where this machine can't run it.
  static const KernelObject *get(const std::string &cpu);

  /// By the rest of the symbol's name; null if there is none.
  Forward forward(const std::string &name) const {
    return reinterpret_cast<Forward>(find(name));
  }
  Backward backward(const std::string &name) const {
    return reinterpret_cast<Backward>(find(name));
  }

  train::WeightKernel weight(bool transforms, bool quantizes) const;

private:
  explicit KernelObject(const std::string &cpu);
  void *find(const std::string &name) const;

  void *handle = nullptr;
};

} // namespace oqat::test

#endif // OQAT_TEST_UNIT_AUTODIFF_KERNELOBJECT_H
