//===- PlanKernels.h - The kernels that the compiler made -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan's shared object holds the pointwise chains between convolutions,
// forward and backward. It is opened only if its sha256 is the plan's.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_PLANKERNELS_H
#define OQAT_TRAIN_MODEL_PLANKERNELS_H

#include "oqat/Formats/Plan.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace oqat::train {

/// What MLIR passes for a memref: dense here, so strides follow from sizes.
template <typename T, int Rank>
struct MemRef {
  T *allocated = nullptr, *aligned = nullptr;
  int64_t offset = 0;
  std::array<int64_t, Rank> sizes{}, strides{};

  MemRef() = default;
  MemRef(T *data, std::array<int64_t, Rank> shape)
      : allocated(data), aligned(data), sizes(shape) {
    int64_t stride = 1;
    for (int i = Rank - 1; i >= 0; --i) {
      strides[i] = stride;
      stride *= sizes[i];
    }
  }
};

using Vector = MemRef<float, 1>;
using Matrix = MemRef<float, 2>;
using Activations = MemRef<float, 3>;
using Codes = MemRef<int8_t, 3>;

/// The operands of one call, by the names of the calling convention.
struct ChainOperands {
  Activations x;
  Vector a, b;
  Matrix gate;
  Activations residual;
  Vector quant; // r, lowest and highest code
};
struct ChainGradients {
  Activations grad, dx, dresidual;
  Vector da, db, dstep;
  Matrix dgate;
};

class ChainKernel {
public:
  void forward(ChainOperands in, Activations y, Codes codes) const {
    forwardFn(&in.x, &in.a, &in.b, &in.gate, &in.residual, &in.quant, &y,
              &codes);
  }
  void backward(ChainOperands in, ChainGradients g) const {
    backwardFn(&in.x, &in.a, &in.b, &in.gate, &in.residual, &in.quant, &g.grad,
               &g.dx, &g.dresidual, &g.da, &g.db, &g.dstep, &g.dgate);
  }

private:
  friend class PlanKernels;
  using ForwardFn = void (*)(Activations *, Vector *, Vector *, Matrix *,
                             Activations *, Vector *, Activations *, Codes *);
  using BackwardFn = void (*)(Activations *, Vector *, Vector *, Matrix *,
                              Activations *, Vector *, Activations *,
                              Activations *, Activations *, Vector *, Vector *,
                              Vector *, Matrix *);
  ForwardFn forwardFn = nullptr;
  BackwardFn backwardFn = nullptr;
};

class PlanKernels {
public:
  PlanKernels(const formats::Plan &plan, const std::string &folder);
  const ChainKernel &operator[](const std::string &name) const;

private:
  std::shared_ptr<void> library;
  std::unordered_map<std::string, ChainKernel> functions;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_PLANKERNELS_H
