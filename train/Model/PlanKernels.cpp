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
}

const ChainKernel &PlanKernels::operator[](const std::string &name) const {
  auto it = functions.find(name);
  if (it == functions.end())
    throw Error("the plan lists no kernel '" + name + "'");
  return it->second;
}

} // namespace oqat::train
