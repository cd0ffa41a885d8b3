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

namespace oqat::train {

static void *symbolOf(void *library, const std::string &path,
                      const std::string &name) {
  void *symbol = dlsym(library, name.c_str());
  if (!symbol)
    throw Error(path + ": has no function '" + name + "'");
  return symbol;
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
    ChainKernel kernel;
    kernel.forwardFn = reinterpret_cast<ChainKernel::ForwardFn>(
        symbolOf(handle, path, "_mlir_ciface_" + name + "_forward"));
    kernel.backwardFn = reinterpret_cast<ChainKernel::BackwardFn>(
        symbolOf(handle, path, "_mlir_ciface_" + name + "_backward"));
    functions[name] = kernel;
  }
}

const ChainKernel &PlanKernels::operator[](const std::string &name) const {
  auto it = functions.find(name);
  if (it == functions.end())
    throw Error("the plan lists no kernel '" + name + "'");
  return it->second;
}

} // namespace oqat::train
