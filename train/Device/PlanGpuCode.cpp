//===- PlanGpuCode.cpp - A plan's code for a GPU --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Device/PlanGpuCode.h"
#include "oqat/Formats/File.h"
#include "train/Model/Sha256.h"
#include "train/Model/Support.h"

#include <cstdlib>

namespace oqat::train {

/// 90 of "sm_90" and of "sm_90a".
static int architectureOf(const std::string &chip) {
  return chip.rfind("sm_", 0) == 0 ? std::atoi(chip.c_str() + 3) : 0;
}

static const formats::PlanGpuCode *choose(const formats::Plan &plan,
                                          int architecture) {
  const formats::PlanGpuCode *chosen = nullptr;
  for (const formats::PlanGpuCode &code : plan.gpuCode) {
    int of = architectureOf(code.chip);
    if (!code.isPtx && of == architecture)
      return &code;
    if (code.isPtx && of <= architecture)
      chosen = &code;
  }
  return chosen;
}

std::string readGpuCode(const formats::Plan &plan, const std::string &folder,
                        int architecture) {
  const formats::PlanGpuCode *code = choose(plan, architecture);
  if (!code)
    throw Error(folder + ": the plan has no code for a GPU of type sm_" +
                std::to_string(architecture));
  std::string path = folder + "/" + code->file, error;
  std::optional<std::string> bytes =
      formats::readFile(path, size_t(1) << 30, error);
  if (!bytes)
    throw Error(error);
  if (sha256Hex(*bytes) != code->sha256)
    throw Error(path + ": is not the GPU code that the plan was written with "
                       "(sha256 differs)");
  return std::move(*bytes);
}

} // namespace oqat::train
