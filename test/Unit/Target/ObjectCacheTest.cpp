//===- ObjectCacheTest.cpp - Objects of earlier compilations --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Target/Emit/ObjectCache.h"
#include "oqat/Support/BuildIdentity.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Object/BuildID.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <thread>

using namespace mlir;
using namespace mlir::oqat;
namespace fs = llvm::sys::fs;

namespace {

class ObjectCacheTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(fs::createUniqueDirectory("oqat-cache", folder));
  }
  ~ObjectCacheTest() override { fs::remove_directories(folder); }

  std::unique_ptr<ObjectCache> open(StringRef identity = "compiler") {
    auto cache = ObjectCache::open(folder, identity);
    EXPECT_TRUE(bool(cache)) << llvm::toString(cache.takeError());
    return std::move(*cache);
  }

  std::vector<std::string> files() {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; it != end;
         it.increment(error))
      names.push_back(it->path());
    return names;
  }

  void write(StringRef path, StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << bytes;
    ASSERT_FALSE(error);
  }

  SmallString<128> folder;
  const Bytes object = Bytes({'o', 'b', 'j', '\0', 'x'});
  const ObjectCache::Key key = {1, 2, 3}, other = {1, 2, 4};
};

TEST_F(ObjectCacheTest, GivesBackWhatWasAdded) {
  auto cache = open();
  EXPECT_FALSE(cache->find(key));
  cache->add(key, object);
  EXPECT_EQ(cache->find(key), object);
  EXPECT_EQ(open()->find(key), object);
  EXPECT_FALSE(cache->find(other));
  EXPECT_EQ(cache->getHits(), 1u);
  EXPECT_EQ(cache->getMisses(), 2u);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ObjectCacheTest, AnotherCompilerMissesAndKeepsItsOwn) {
  open()->add(key, object);
  auto cache = open("compiler 2");
  EXPECT_FALSE(cache->find(key));
  const Bytes own({'n', 'e', 'w'});
  cache->add(key, own);
  EXPECT_EQ(cache->find(key), own);
  EXPECT_EQ(open()->find(key), object);
}

TEST_F(ObjectCacheTest, WithoutAFolderNothingIsKept) {
  ObjectCache cache;
  cache.add(key, object);
  EXPECT_FALSE(cache.find(key));
  cache.prune();
  EXPECT_EQ(cache.getHits() + cache.getMisses(), 0u);
}

TEST_F(ObjectCacheTest, EveryChangedOrMissingByteIsAMiss) {
  auto cache = open();
  cache->add(key, object);
  std::string path = files().front();
  std::string whole = (*llvm::MemoryBuffer::getFile(path))->getBuffer().str();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] ^= 1;
    write(path, changed);
    EXPECT_FALSE(cache->find(key)) << i;
    write(path, StringRef(whole).take_front(i));
    EXPECT_FALSE(cache->find(key)) << i;
  }
  write(path, whole + "x");
  EXPECT_FALSE(cache->find(key));
  cache->add(key, object);
  EXPECT_EQ(cache->find(key), object);
}

TEST_F(ObjectCacheTest, AFileUnderAnotherNameIsAMiss) {
  auto cache = open();
  cache->add(key, object);
  std::string from = files().front();
  cache->add(other, Bytes({'y'}));
  for (const std::string &path : files())
    if (path != from) {
      ASSERT_FALSE(fs::copy_file(from, path));
    }
  EXPECT_FALSE(cache->find(other));
}

TEST_F(ObjectCacheTest, WritersAtTheSameTimeLeaveOneWholeFile) {
  const Bytes large(1 << 20, 'z');
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      auto cache = open();
      for (int round = 0; round < 8; ++round) {
        cache->add(key, large);
        EXPECT_EQ(cache->find(key), large);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(ObjectCacheTest, AFolderThatCannotBeMadeIsAnError) {
  write((folder + "/file").str(), "");
  auto cache = ObjectCache::open((folder + "/file/cache").str(), "");
  ASSERT_FALSE(bool(cache));
  EXPECT_EQ(llvm::toString(cache.takeError()),
            ("can't make the cache folder '" + folder +
             "/file/cache': Not a directory")
                .str());
}

TEST_F(ObjectCacheTest, WhatCannotBeWrittenIsNotKept) {
  auto cache = open();
  fs::remove_directories(folder);
  cache->add(key, object);
  EXPECT_FALSE(cache->find(key));
}

TEST(BuildIdentity, HoldsTheBuildIdsOfProgramAndLLVM) {
  std::string identity = getBuildIdentity();
  EXPECT_EQ(identity, getBuildIdentity());
  EXPECT_TRUE(StringRef(identity).starts_with(LLVM_VERSION_STRING "\n"));
  std::string self = fs::getMainExecutable(nullptr, nullptr);
  auto program = llvm::object::ObjectFile::createObjectFile(self);
  ASSERT_TRUE(bool(program)) << llvm::toString(program.takeError());
  std::string id = llvm::toHex(llvm::object::getBuildID(program->getBinary()),
                               /*LowerCase=*/true);
  ASSERT_FALSE(id.empty()) << "linked without a build id";
  EXPECT_NE(identity.find("\n" + id + "\n"), std::string::npos);
  // libLLVM, libMLIR and libc at least.
  EXPECT_GE(StringRef(identity).count('\n'), 4u);
}

} // namespace
