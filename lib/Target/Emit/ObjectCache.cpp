//===- ObjectCache.cpp - Objects of earlier compilations ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A file is an object followed by a digest of its key, the compiler and the
// object. Names are those that LLVM's own pruning of such folders knows.
//
//===----------------------------------------------------------------------===//
#include "oqat/Target/Emit/ObjectCache.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::oqat;

llvm::Expected<std::unique_ptr<ObjectCache>>
ObjectCache::open(StringRef folder, StringRef identity) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder))
    return llvm::createStringError(error, "can't make the cache folder '" +
                                              folder + "': " + error.message());
  auto cache = std::make_unique<ObjectCache>();
  cache->folder = folder;
  cache->identity = identity;
  return cache;
}

/// The name of a file, or what its contents end with.
static ObjectCache::Key hashAll(ArrayRef<StringRef> parts) {
  llvm::BLAKE3 hash;
  for (StringRef part : parts) {
    // No two lists of parts are the same bytes.
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  }
  return hash.final();
}

static StringRef asText(const ObjectCache::Key &key) {
  return StringRef(reinterpret_cast<const char *>(key.data()), key.size());
}

std::string ObjectCache::getPath(const Key &key) const {
  SmallString<128> path(folder);
  llvm::sys::path::append(
      path, "llvmcache-" + llvm::toHex(hashAll({identity, asText(key)}),
                                       /*LowerCase=*/true));
  return path.str().str();
}

ObjectCache::Key ObjectCache::getDigest(const Key &key,
                                        StringRef object) const {
  return hashAll({identity, asText(key), object});
}

std::optional<Bytes> ObjectCache::find(const Key &key) {
  if (!isOpen())
    return std::nullopt;
  ++misses;
  auto file = llvm::sys::fs::openNativeFileForRead(
      getPath(key), llvm::sys::fs::OF_UpdateAtime);
  if (!file) {
    llvm::consumeError(file.takeError());
    return std::nullopt;
  }
  Bytes bytes;
  llvm::Error error = llvm::sys::fs::readNativeFileToEOF(*file, bytes);
  llvm::sys::fs::closeFile(*file);
  if (error) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  if (bytes.size() < sizeof(Key))
    return std::nullopt;
  size_t size = bytes.size() - sizeof(Key);
  StringRef text(bytes.data(), bytes.size());
  if (text.drop_front(size) != asText(getDigest(key, text.take_front(size))))
    return std::nullopt;
  bytes.truncate(size);
  --misses;
  ++hits;
  return bytes;
}

void ObjectCache::add(const Key &key, const Bytes &object) const {
  if (!isOpen())
    return;
  std::string path = getPath(key);
  auto file = llvm::sys::fs::TempFile::create(path + ".%%%%%%%%.tmp");
  if (!file)
    return llvm::consumeError(file.takeError());
  StringRef text(object.data(), object.size());
  llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << text << asText(getDigest(key, text));
  stream.flush();
  bool written = !stream.has_error();
  stream.clear_error();
  llvm::consumeError(written ? file->keep(path) : file->discard());
}

void ObjectCache::prune() const {
  llvm::CachePruningPolicy policy;
  policy.MaxSizeBytes = kMaxBytes;
  if (isOpen())
    llvm::pruneCache(folder, policy);
}
