//===- FuzzPlan.cpp - Training plans --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "oqat/Formats/Plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string error;
  auto plan = oqat::formats::parsePlan(textOf(data, size), "fuzz", error);
  require(plan || !error.empty(), "a refusal says why");
  return 0;
}
