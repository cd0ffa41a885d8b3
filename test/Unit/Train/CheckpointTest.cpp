//===- CheckpointTest.cpp - Seals, pruning and appending ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Checkpoint/Checkpoint.h"
#include "Files.h"
#include "train/Checkpoint/Seal.h"
#include "train/Report/EventFile.h"

#include <csignal>
#include <sys/resource.h>

using namespace oqat;
using namespace oqat::train;

namespace {

using CheckpointTest = FolderTest;
using AppendTest = FolderTest;

formats::Plan makePlan() {
  formats::Plan plan;
  plan.network = "net";
  plan.parameters = {{"weight", "weight", {2, 3}}, {"step", "step", {}}};
  return plan;
}

} // namespace

TEST_F(CheckpointTest, EveryChangedByteAndEveryLength) {
  formats::Plan plan = makePlan();
  Parameters parameters(plan, 1);
  CheckpointInfo info;
  info.network = "net";
  info.phase = "w4";
  info.step = 7;
  info.recipe = "{\"sha256\":\"0\"}";
  info.pictures = "9 pictures";
  std::string path = folder + "/step-7.safetensors", error;
  writeCheckpoint(path, parameters, info, true);
  std::string whole = read(path);
  auto file = openCheckpoint(path, error);
  ASSERT_TRUE(file) << error;
  Parameters loaded(plan, 2);
  CheckpointInfo taken = takeCheckpoint(path, *file, loaded);
  EXPECT_EQ(taken.step, 7);
  EXPECT_EQ(taken.recipe, info.recipe);
  EXPECT_EQ(taken.pictures, info.pictures);
  EXPECT_EQ(loaded["weight"].data()[5], parameters["weight"].data()[5]);
  for (size_t i = 0; i < whole.size(); ++i)
    for (char bit : {1, 32}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ bit);
      write(path, damaged);
      ASSERT_FALSE(openCheckpoint(path, error)) << "byte " << i;
      ASSERT_EQ(error.rfind(path + ": ", 0), 0u) << error;
    }
  for (size_t size = 0; size < whole.size(); ++size) {
    write(path, whole.substr(0, size));
    ASSERT_FALSE(openCheckpoint(path, error)) << size << " bytes";
  }
}

TEST_F(CheckpointTest, WeightsThatNoTrainerWroteNeedNoSeal) {
  formats::TensorFile file;
  file.tensors["w"] =
      formats::Tensor::make({2}, std::vector<float>{1.0f, 2.0f});
  std::string path = folder + "/w.safetensors", error;
  ASSERT_TRUE(formats::writeSafetensors(path, file, error)) << error;
  EXPECT_TRUE(openCheckpoint(path, error)) << error;
  file.metadata["phaseIndex"] = "0";
  ASSERT_TRUE(formats::writeSafetensors(path, file, error)) << error;
  EXPECT_FALSE(openCheckpoint(path, error));
  EXPECT_EQ(error, path + ": is damaged or was written by an older version "
                          "(no sha256)");
}

TEST_F(CheckpointTest, PruningKeepsTheLastUpToTheNewest) {
  for (int number : {2, 9, 10, 11, 30, 41})
    write(checkpointPath(folder, number), "x");
  write(folder + "/w4.safetensors", "x");
  // 30 and 41 are what could not be taken when the run went on after 10.
  pruneCheckpoints(folder, 11, 3);
  std::map<int64_t, std::string> left = listCheckpoints(folder);
  ASSERT_EQ(left.size(), 3u);
  EXPECT_EQ(left.begin()->first, 9);
  EXPECT_EQ(left.rbegin()->first, 11);
  EXPECT_EQ(read(folder + "/w4.safetensors"), "x");
}

// A limit on the size of files stands for a disk that is full for a while.
TEST_F(AppendTest, WholeRecordsOnly) {
  std::string path = folder + "/log", error;
  AppendFile file(path);
  EXPECT_TRUE(file.append("one\n", error)) << error;
  rlimit old = {}, tight = {};
  getrlimit(RLIMIT_FSIZE, &old);
  tight = old;
  tight.rlim_cur = 6;
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &tight);
  bool isWritten = file.append("two\n", error);
  bool isNextWritten = file.append("three\n", error);
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(isWritten);
  EXPECT_FALSE(isNextWritten);
  EXPECT_EQ(error, path + ": cannot write: File too large");
  EXPECT_EQ(read(path), "one\n");
  EXPECT_TRUE(file.append("four\n", error)) << error;
  EXPECT_EQ(read(path), "one\ntwo\nthree\nfour\n");
}

// RFC 3720, B.4.
TEST(Crc32c, PublishedVectors) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}
