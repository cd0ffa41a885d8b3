//===- PlanKernels.h - The kernels that the compiler made -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan's shared object holds the pointwise chains between convolutions and
// what makes their weights, forward and backward. It is opened only if its
// sha256 is the plan's.
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

/// What MLIR passes for a memref. Where nothing else is said it is dense, and
/// strides follow from sizes.
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

/// One kernel, forward and backward. Where its results are more bytes than
/// caches keep until they are read, a call goes to the variant that writes past
/// them: the bytes are the call's own, or `untilRead` where the caller will
/// write more before it reads any.
class ChainKernel {
public:
  using ForwardFn = void (*)(Activations *, Vector *, Vector *, Matrix *,
                             Activations *, Vector *, Activations *, Codes *);
  using BackwardFn = void (*)(Activations *, Vector *, Vector *, Matrix *,
                              Activations *, Vector *, Activations *,
                              Activations *, Activations *, Vector *, Vector *,
                              Vector *, Matrix *);
  /// The plain kernel, and the variant if there is one.
  template <typename Fn>
  struct Variants {
    Fn plain = nullptr, stream = nullptr;
  };

  ChainKernel(Variants<ForwardFn> forward, Variants<BackwardFn> backward,
              int64_t keptBytes)
      : forwardFns(forward), backwardFns(backward), keptBytes(keptBytes) {}

  void forward(ChainOperands in, Activations y, Codes codes,
               int64_t untilRead = 0) const;
  void backward(ChainOperands in, ChainGradients g,
                int64_t untilRead = 0) const;

private:
  Variants<ForwardFn> forwardFns;
  Variants<BackwardFn> backwardFns;
  int64_t keptBytes;

  template <typename Fn>
  Fn choose(const Variants<Fn> &variants, int64_t written) const {
    return variants.stream && written > keptBytes ? variants.stream
                                                  : variants.plain;
  }
};

/// A weight [filters][ky][kx][inputs], dense or inside of a larger one.
using Weight = MemRef<float, 4>;
using WeightCodes = MemRef<int8_t, 4>;

/// The operands of one call, by the names of oqat/Autodiff/WeightKernels.h,
/// which says what a kernel uses.
struct WeightOperands {
  Weight w;
  Matrix matrix;
  Vector quant;   // r, lowest and highest code
  Weight product; // of a kernel that transforms and quantizes
};
struct WeightGradients {
  Weight grad, dw;
  Matrix dmatrix;
  double dstep = 0; // added to
};

/// What cuts, transforms and quantizes a weight, forward and backward.
class WeightKernel {
public:
  using ForwardFn = void (*)(Weight *, Matrix *, Vector *, Matrix *, Vector *,
                             Weight *, Weight *, WeightCodes *);
  using BackwardFn = void (*)(Weight *, Matrix *, Vector *, Vector *, Weight *,
                              Weight *, Weight *, Matrix *, Vector *,
                              MemRef<double, 1> *);

  WeightKernel(ForwardFn forward, BackwardFn backward)
      : forwardFn(forward), backwardFn(backward) {}

  void forward(WeightOperands in, Weight values, WeightCodes codes) const;
  void backward(WeightOperands in, WeightGradients &g) const;

private:
  ForwardFn forwardFn;
  BackwardFn backwardFn;
};

/// How many bytes a core writes before it pays to write past caches: twice its
/// second level; where the machine doesn't say what that holds, no number.
int64_t keptBytes();

class PlanKernels {
public:
  PlanKernels(const formats::Plan &plan, const std::string &folder);
  const ChainKernel &operator[](const std::string &name) const;
  const WeightKernel &weight(bool transforms, bool quantizes) const;

private:
  std::shared_ptr<void> library;
  std::unordered_map<std::string, ChainKernel> functions;
  std::unordered_map<std::string, WeightKernel> weightFunctions;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_PLANKERNELS_H
