//===- FuzzTuning.cpp - What kernels took on a machine --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "oqat/Formats/Tuning.h"

using namespace oqat::formats;

/// What is read and written again is the same file, and every layer has a
/// kernel that took some time.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string error;
  auto tuning = parseTuning(textOf(data, size), "fuzz", error);
  if (!tuning) {
    require(!error.empty(), "a refusal says why");
    return 0;
  }
  for (const auto &[machine, layers] : tuning->machines)
    for (const auto &[layer, kernels] : layers) {
      require(!kernels.empty(), "a layer has a kernel");
      for (const KernelTime &kernel : kernels)
        require(kernel.minUs > 0, "a kernel takes some time");
    }
  std::string text = writeTuning(*tuning);
  auto again = parseTuning(text, "again", error);
  require(again && writeTuning(*again) == text, "a file is kept");
  return 0;
}
