//===- FuzzManifest.cpp - Manifests of compiled networks ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "oqat/Formats/Manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string error;
  auto manifest =
      oqat::formats::parseManifest(textOf(data, size), "fuzz", error);
  require(manifest || !error.empty(), "a refusal says why");
  return 0;
}
