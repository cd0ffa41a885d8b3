//===- PlanKernels.cpp - The kernels that the compiler made ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/PlanKernels.h"
#include "oqat/Formats/File.h"
#include "train/Model/Sha256.h"
#include "train/Model/Support.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace oqat::train {

int64_t keptBytes() {
  int64_t secondLevel = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
  secondLevel = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
  // What a little more would leave behind is still in the shared level.
  return secondLevel > 0 ? 2 * secondLevel
                         : std::numeric_limits<int64_t>::max();
}

template <typename T, int Rank>
static int64_t bytesOf(const MemRef<T, Rank> &values) {
  if (!values.aligned)
    return 0;
  int64_t bytes = sizeof(T);
  for (int64_t size : values.sizes)
    bytes *= size;
  return bytes;
}

void ChainKernel::forward(ChainOperands in, Activations y, Codes codes,
                          int64_t untilRead) const {
  int64_t written = std::max(bytesOf(y) + bytesOf(codes), untilRead);
  choose(forwardFns, written)(&in.x, &in.a, &in.b, &in.gate, &in.residual,
                              &in.quant, &y, &codes);
}

void ChainKernel::backward(ChainOperands in, ChainGradients g,
                           int64_t untilRead) const {
  int64_t written = std::max(bytesOf(g.dx) + bytesOf(g.dresidual), untilRead);
  choose(backwardFns, written)(&in.x, &in.a, &in.b, &in.gate, &in.residual,
                               &in.quant, &g.grad, &g.dx, &g.dresidual, &g.da,
                               &g.db, &g.dstep, &g.dgate);
}

/// Dimensions that are dense in a larger weight, or of one element, join those
/// inside of them, for loops that are as long as they can be.
static void joinDimensions(Weight &weight) {
  std::array<int64_t, 4> sizes{1, 1, 1, weight.sizes[3]};
  std::array<int64_t, 4> strides{0, 0, 0, 1};
  size_t last = 3;
  for (size_t i = 3; i-- > 0;) {
    int64_t size = weight.sizes[i], stride = weight.strides[i];
    if (stride == sizes[last] * strides[last] || size == 1) {
      sizes[last] *= size;
      continue;
    }
    --last;
    sizes[last] = size;
    strides[last] = stride;
  }
  weight.sizes = sizes;
  weight.strides = strides;
}

/// Without a matrix a kernel goes element by element.
static void joinDimensions(WeightOperands &in, Weight &of) {
  if (in.matrix.aligned)
    return;
  joinDimensions(in.w);
  of = Weight(of.aligned, in.w.sizes);
}

void WeightKernel::forward(WeightOperands in, Weight values,
                           WeightCodes codes) const {
  int64_t taps = in.matrix.sizes[0];
  std::vector<float> room(static_cast<size_t>(taps * (taps + 1)));
  Matrix turned(room.data(), {taps, taps});
  Vector row(room.data() + taps * taps, {taps});
  joinDimensions(in, values);
  codes = WeightCodes(codes.aligned, values.sizes);
  forwardFn(&in.w, &in.matrix, &in.quant, &turned, &row, &in.product, &values,
            &codes);
}

void WeightKernel::backward(WeightOperands in, WeightGradients &g) const {
  int64_t taps = in.matrix.sizes[0];
  std::vector<float> room(static_cast<size_t>(2 * taps));
  Vector row(room.data(), {taps}), drow(room.data() + taps, {taps});
  WeightGradients of = g;
  joinDimensions(in, of.grad);
  if (!in.matrix.aligned)
    joinDimensions(of.dw);
  MemRef<double, 1> dstep(&g.dstep, {1});
  backwardFn(&in.w, &in.matrix, &in.quant, &row, &in.product, &of.grad, &of.dw,
             &of.dmatrix, &drow, &dstep);
}

static void *symbolOf(void *library, const std::string &path,
                      const std::string &name) {
  void *symbol = dlsym(library, name.c_str());
  if (!symbol)
    throw Error(path + ": has no function '" + name + "'");
  return symbol;
}

/// Not every kernel has a variant that streams.
template <typename Fn>
static ChainKernel::Variants<Fn>
variantsOf(void *library, const std::string &path, const std::string &name) {
  return {reinterpret_cast<Fn>(symbolOf(library, path, name)),
          reinterpret_cast<Fn>(dlsym(library, (name + "_stream").c_str()))};
}

PlanKernels::PlanKernels(const formats::Plan &plan, const std::string &folder) {
  std::string path = folder + "/" + plan.kernelsFile, error;
  std::optional<std::string> bytes =
      formats::readFile(path, size_t(1) << 30, error);
  if (!bytes)
    throw Error(error);
  if (sha256Hex(*bytes) != plan.kernelsSha256)
    throw Error(path + ": is not the kernel object that the plan was written "
                       "with (sha256 differs)");
  // A bare name would be looked up on the library path instead.
  std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  void *handle = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    throw Error(path + ": cannot be loaded: " + dlerror());
  library = std::shared_ptr<void>(handle, dlclose);
  for (const std::string &name : plan.kernelFunctions) {
    std::string forward = "_mlir_ciface_" + name + "_forward",
                backward = "_mlir_ciface_" + name + "_backward";
    functions.emplace(
        name,
        ChainKernel(variantsOf<ChainKernel::ForwardFn>(handle, path, forward),
                    variantsOf<ChainKernel::BackwardFn>(handle, path, backward),
                    keptBytes()));
  }
  for (const std::string &name : plan.weightFunctions) {
    std::string entry = "_mlir_ciface_" + name;
    auto forward = symbolOf(handle, path, entry + "_forward"),
         backward = symbolOf(handle, path, entry + "_backward");
    weightFunctions.emplace(
        name,
        WeightKernel(reinterpret_cast<WeightKernel::ForwardFn>(forward),
                     reinterpret_cast<WeightKernel::BackwardFn>(backward)));
  }
}

const WeightKernel &PlanKernels::weight(bool transforms, bool quantizes) const {
  // Checked where the plan was read.
  return weightFunctions.at(formats::weightKernelName(transforms, quantizes));
}

const ChainKernel &PlanKernels::operator[](const std::string &name) const {
  auto it = functions.find(name);
  if (it == functions.end())
    throw Error("the plan lists no kernel '" + name + "'");
  return it->second;
}

} // namespace oqat::train
