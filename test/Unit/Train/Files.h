//===- Files.h - Folders for the tests of the trainer ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_UNIT_TRAIN_FILES_H
#define OQAT_TEST_UNIT_TRAIN_FILES_H

#include "oqat/Formats/File.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace oqat::train {

/// An empty folder that is gone after the test.
class FolderTest : public testing::Test {
protected:
  void SetUp() override {
    folder = testing::TempDir() + "oqat-train-" +
             testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void write(const std::string &path, const std::string &bytes) {
    std::string error;
    EXPECT_TRUE(formats::writeFileAtomically(path, {bytes}, error)) << error;
  }
  std::string read(const std::string &path) {
    std::string error;
    auto bytes = formats::readFile(path, 1 << 24, error);
    EXPECT_TRUE(bytes) << error;
    return bytes.value_or("");
  }

  std::string folder;
};

} // namespace oqat::train

#endif // OQAT_TEST_UNIT_TRAIN_FILES_H
