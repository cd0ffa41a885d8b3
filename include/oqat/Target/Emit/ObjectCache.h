//===- ObjectCache.h - Objects of earlier compilations ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef OQAT_TARGET_EMIT_OBJECTCACHE_H
#define OQAT_TARGET_EMIT_OBJECTCACHE_H

#include "oqat/Target/Emit/Emit.h"
#include "llvm/Support/Error.h"
#include <array>

namespace mlir::oqat {

/// A folder of objects by the hash of what they were made of. Any number of
/// threads and processes may use a folder at the same time: a file is complete
/// when it appears, and one that isn't what was written counts as missing.
class ObjectCache {
public:
  /// Names an object, for a build of the compiler (getBuildIdentity()).
  using Key = std::array<uint8_t, 32>;

  /// Keeps nothing.
  ObjectCache() = default;
  /// Keeps objects in `folder`, which is made where it isn't there, for
  /// compilers of this identity.
  static llvm::Expected<std::unique_ptr<ObjectCache>> open(StringRef folder,
                                                           StringRef identity);

  bool isOpen() const { return !folder.empty(); }
  std::optional<Bytes> find(const Key &key);
  /// Where the object can't be written, it isn't kept.
  void add(const Key &key, const Bytes &object) const;
  /// Removes the objects not used for longest where there are too many; looks
  /// only every twenty minutes.
  void prune() const;

  unsigned getHits() const { return hits; }
  unsigned getMisses() const { return misses; }

  /// The bytes that the folder may take after prune().
  static constexpr uint64_t kMaxBytes = uint64_t(1) << 30;

private:
  std::string getPath(const Key &key) const;
  Key getDigest(const Key &key, StringRef object) const;

  std::string folder, identity;
  unsigned hits = 0, misses = 0;
};

} // namespace mlir::oqat

#endif // OQAT_TARGET_EMIT_OBJECTCACHE_H
