//===- Memory.cpp - Memory that threads share -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

using namespace mlir;
using namespace oqat::test;

AccessLog::Place &AccessLog::at(const void *place) {
  Place &found = places[place];
  if (found.epoch != epoch)
    found = {epoch, Nobody, Nobody};
  return found;
}

const char *AccessLog::read(const void *place, int64_t thread) {
  Place &p = at(place);
  if (p.writer != Nobody && p.writer != thread)
    return "reads what another thread writes, with no barrier between";
  p.reader = p.reader == Nobody || p.reader == thread ? thread : Several;
  return nullptr;
}

const char *AccessLog::write(const void *place, int64_t thread) {
  Place &p = at(place);
  if (p.writer != Nobody && p.writer != thread)
    return "writes what another thread writes, with no barrier between";
  if (p.reader != Nobody && p.reader != thread)
    return "writes what another thread reads, with no barrier between";
  p.writer = thread;
  return nullptr;
}

void Memref::setElement(MemRefType type) {
  elementBytes = getElementBits(type.getElementType()) / 8;
  if (auto vector = dyn_cast<VectorType>(type.getElementType()))
    width = static_cast<size_t>(vector.getNumElements());
}

Memref::Memref(MemRefType type, ArrayRef<uint64_t> fields) {
  setElement(type);
  size_t rank = static_cast<size_t>(type.getRank());
  data = reinterpret_cast<char *>(fields[1]) + fields[2] * elementBytes * width;
  for (size_t i = 0; i < rank; ++i) {
    sizes.push_back(static_cast<int64_t>(fields[3 + i]));
    strides.push_back(static_cast<int64_t>(fields[3 + rank + i]));
  }
}

Memref::Memref(MemRefType type, std::vector<char> &storage) : ofBlock(true) {
  setElement(type);
  sizes.assign(type.getShape().begin(), type.getShape().end());
  strides.assign(sizes.size(), 1);
  for (size_t i = sizes.size(); i-- > 1;)
    strides[i - 1] = strides[i] * sizes[i];
  storage.assign(
      static_cast<size_t>(type.getNumElements()) * elementBytes * width, 0);
  data = storage.data();
}

char *Memref::find(ArrayRef<int64_t> indices) const {
  int64_t offset = 0;
  for (auto [index, size, stride] : llvm::zip_equal(indices, sizes, strides)) {
    if (index < 0 || index >= size)
      return nullptr;
    offset += index * stride;
  }
  return data + static_cast<size_t>(offset) * elementBytes * width;
}
