//===- Buffers.cpp - Places of a program's buffers ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Buffers.h"

#include <algorithm>

namespace oqat::train {

int64_t placeBuffers(std::vector<Buffer> &buffers) {
  std::vector<Buffer *> order;
  for (Buffer &buffer : buffers) {
    buffer.bytes = (buffer.bytes + 63) & ~int64_t(63);
    order.push_back(&buffer);
  }
  std::stable_sort(
      order.begin(), order.end(),
      [](const Buffer *a, const Buffer *b) { return a->bytes > b->bytes; });
  int64_t total = 0;
  std::vector<Buffer *> placed; // by ascending offset
  for (Buffer *buffer : order) {
    int64_t end = 0;
    for (const Buffer *other : placed) {
      if (other->last < buffer->first || buffer->last < other->first)
        continue;
      if (other->offset - end >= buffer->bytes)
        break;
      end = std::max(end, other->offset + other->bytes);
    }
    buffer->offset = end;
    total = std::max(total, end + buffer->bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), buffer,
                                   [](const Buffer *a, const Buffer *b) {
                                     return a->offset < b->offset;
                                   }),
                  buffer);
  }
  return total;
}

} // namespace oqat::train
