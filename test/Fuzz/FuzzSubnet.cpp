//===- FuzzSubnet.cpp - Subnet files --------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "oqat/Formats/Subnet.h"

using namespace oqat::formats;

/// What is read and written again is the same subnet.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string error;
  for (const char *id : {"", "a"}) {
    auto subnet = parseSubnet(textOf(data, size), "fuzz", id, error);
    if (!subnet)
      continue;
    subnet->imageSize();
    std::string text = writeSubnet(*subnet);
    auto again = parseSubnet(text, "again", "", error);
    require(again && writeSubnet(*again) == text, "a subnet is kept");
  }
  return 0;
}
