//===- FuzzSafetensors.cpp - Tensor files ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "oqat/Formats/Safetensors.h"

using namespace oqat::formats;

static std::string bytesOf(const TensorFile &file) {
  std::vector<const Tensor *> order;
  std::string bytes = safetensorsHeader(file, order);
  for (const Tensor *tensor : order)
    bytes += tensor->bytes;
  return bytes;
}

/// What is read and written again is the same file, and the data is all there.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string error;
  auto file = parseSafetensors(textOf(data, size), "fuzz", error);
  if (!file) {
    require(!error.empty(), "a refusal says why");
    return 0;
  }
  for (const auto &[name, tensor] : file->tensors)
    require(static_cast<size_t>(tensor.elements()) * byteSize(tensor.dtype) ==
                tensor.bytes.size(),
            "a tensor has the bytes of its shape");
  std::string bytes = bytesOf(*file);
  auto again = parseSafetensors(bytes, "again", error);
  require(again && bytesOf(*again) == bytes, "a file is kept");
  return 0;
}
