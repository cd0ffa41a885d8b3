//===- ImageFolderTest.cpp - Listing a data set -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/ImageFolder.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace oqat::image;
namespace fs = std::filesystem;

namespace {
class ImageFolderTest : public testing::Test {
protected:
  void SetUp() override {
    root = testing::TempDir() + "oqat-folder";
    fs::remove_all(root);
    for (const char *file : {"b/2.jpg", "b/10.JPEG", "b/notes.txt", "a/x.jpg",
                             ".git/x.jpg", "a/.hidden.jpg", "readme.jpg"}) {
      fs::path path = fs::path(root) / file;
      fs::create_directories(path.parent_path());
      std::ofstream(path) << "x";
    }
  }
  void TearDown() override { fs::remove_all(root); }

  std::string root, error;
};

TEST_F(ImageFolderTest, SortsClassesAndPictures) {
  std::optional<ImageFolder> folder = scanImageFolder(root, error);
  ASSERT_TRUE(folder) << error;
  EXPECT_EQ(folder->classes, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(folder->pictures.size(), 3u);
  EXPECT_EQ(folder->pictures[0].path, root + "/a/x.jpg");
  EXPECT_EQ(folder->pictures[1].path, root + "/b/10.JPEG");
  EXPECT_EQ(folder->pictures[2].path, root + "/b/2.jpg");
  EXPECT_EQ(folder->pictures[2].label, 1);
}

TEST_F(ImageFolderTest, MissingAndUnexpectedClasses) {
  EXPECT_TRUE(scanImageFolder(root, error, {"a", "b"}));
  EXPECT_FALSE(scanImageFolder(root, error, {"a", "b", "c"}));
  EXPECT_EQ(error, root + ": class folder 'c' is missing");
  EXPECT_FALSE(scanImageFolder(root, error, {"a"}));
  EXPECT_EQ(error, root + ": folder 'b' is not one of the expected classes");
}

TEST_F(ImageFolderTest, EmptyFolders) {
  fs::create_directories(root + "/c");
  EXPECT_FALSE(scanImageFolder(root, error));
  EXPECT_EQ(error, root + "/c: no JPEG pictures in this class folder");
  EXPECT_FALSE(scanImageFolder(root + "/c", error));
  EXPECT_EQ(error, root + "/c: expected one folder per class, but found none");
  EXPECT_FALSE(scanImageFolder(root + "/none", error));
  EXPECT_EQ(error, root + "/none: cannot list: No such file or directory");
}

TEST_F(ImageFolderTest, Splits) {
  EXPECT_EQ(splitFolder(root, "a"), root + "/a");
  EXPECT_EQ(splitFolder(root, "test"), root);
  EXPECT_EQ(splitFolder(root, "readme.jpg"), root);
}
} // namespace
