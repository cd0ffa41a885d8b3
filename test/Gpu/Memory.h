//===- Memory.h - Memory that threads share ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_GPU_MEMORY_H
#define OQAT_TEST_GPU_MEMORY_H

#include "Values.h"
#include "mlir/IR/BuiltinTypes.h"
#include <unordered_map>

namespace oqat::test {

/// Who touched the places of a memory since the last barrier.
class AccessLog {
public:
  /// What is wrong about this access, or null.
  const char *read(const void *place, int64_t thread);
  const char *write(const void *place, int64_t thread);
  /// What was done before is visible to all.
  void synchronize() { ++epoch; }

private:
  enum : int64_t { Nobody = -1, Several = -2 };
  struct Place {
    int64_t epoch = -1, writer = Nobody, reader = Nobody;
  };
  Place &at(const void *place);

  int64_t epoch = 0;
  std::unordered_map<const void *, Place> places;
};

/// A memref as a kernel sees it.
struct Memref {
  char *data = nullptr;
  std::vector<int64_t> sizes, strides;
  size_t elementBytes = 0; // of one scalar
  size_t width = 1;        // scalars of an element
  bool ofBlock = false;

  /// From a descriptor's fields.
  Memref(mlir::MemRefType type, llvm::ArrayRef<uint64_t> fields);
  /// Over `storage`, which it makes as large as the type.
  Memref(mlir::MemRefType type, std::vector<char> &storage);
  /// The place of an element, null where an index is out of its range.
  char *find(llvm::ArrayRef<int64_t> indices) const;

private:
  void setElement(mlir::MemRefType type);
};

} // namespace oqat::test

#endif // OQAT_TEST_GPU_MEMORY_H
