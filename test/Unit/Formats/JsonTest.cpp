//===- JsonTest.cpp - Guards of the JSON parser ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Json.h"
#include "oqat/Formats/File.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace oqat::formats;

namespace {
std::string errorOf(std::string_view text) {
  std::string error;
  EXPECT_FALSE(parseJson(text, "x.json", error));
  return error;
}

TEST(Json, SyntaxErrorNamesLineAndColumn) {
  EXPECT_EQ(errorOf("{\n  \"a\": 1,\n  \"b\" 2}").substr(0, 13),
            "x.json:3:7: s");
  EXPECT_EQ(errorOf("").substr(0, 11), "x.json:1:1:");
}

TEST(Json, DepthIsLimitedBeforeParsing) {
  std::string deep(1000000, '[');
  EXPECT_EQ(errorOf(deep), "x.json:1:65: nested more than 64 deep");
  std::string mixed;
  for (int i = 0; i < 40; ++i)
    mixed += "{\"a\":[";
  EXPECT_NE(errorOf(mixed).find("nested more than 64 deep"), std::string::npos);
}

TEST(Json, BracketsInStringsDoNotNest) {
  std::string error, text = "[\"" + std::string(1000, '[') + "\\\"{[\"]";
  EXPECT_TRUE(parseJson(text, "x.json", error)) << error;
}

TEST(Json, ExactlyTheLimitIsFine) {
  std::string error;
  std::string text = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(parseJson(text, "x.json", error)) << error;
  EXPECT_FALSE(parseJson("[" + text + "]", "x.json", error));
}

TEST(Json, DuplicateKeyIsAnError) {
  EXPECT_EQ(errorOf("{\"a\": {\"b\": 1, \"b\": 2}}"),
            "x.json: key 'b' occurs twice in one object");
  std::string error;
  EXPECT_TRUE(parseJson("{\"a\": {\"a\": 1}, \"b\": {\"a\": 2}}", "", error));
}

TEST(Json, HugeNumberIsAnError) {
  EXPECT_NE(errorOf("[1e999]").find("number overflow"), std::string::npos);
}

TEST(Json, InvalidUtf8IsAnError) {
  EXPECT_NE(errorOf("[\"\xff\"]").find("x.json:1:"), std::string::npos);
}

TEST(Json, MissingFileIsNamed) {
  std::string error;
  EXPECT_FALSE(readJsonFile("/no/such/file.json", error));
  EXPECT_EQ(error,
            "/no/such/file.json: cannot open: No such file or directory");
}

TEST(Json, FolderIsNotAFile) {
  std::string error;
  EXPECT_FALSE(readJsonFile("/", error));
  EXPECT_EQ(error, "/: cannot read: Is a directory");
}

TEST(File, SizeLimit) {
  std::string error, path = testing::TempDir() + "oqat-limit";
  ASSERT_TRUE(writeFileAtomically(path, {"abc", "def"}, error)) << error;
  EXPECT_EQ(readFile(path, 6, error), "abcdef");
  EXPECT_FALSE(readFile(path, 5, error));
  EXPECT_EQ(error, path + ": larger than the limit of 5 bytes");
  EXPECT_FALSE(readFile("/dev/zero", 1 << 20, error));
}

TEST(File, PipesAreWrittenNotReplaced) {
  std::string error,
      path = testing::TempDir() + "oqat-pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  // Both ends, so that writing does not wait for a reader.
  int fd = ::open(path.c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  EXPECT_TRUE(writeFileAtomically(path, {"ab", "c"}, error)) << error;
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISFIFO(info.st_mode));
  if (S_ISFIFO(info.st_mode)) {
    char bytes[4];
    ASSERT_EQ(::read(fd, bytes, 4), 3);
    EXPECT_EQ(std::string(bytes, 3), "abc");
  }
  ::close(fd);
  ::unlink(path.c_str());
}

TEST(File, FailedWriteLeavesNothing) {
  std::string error;
  EXPECT_FALSE(writeFileAtomically("/no/such/folder/x", {"abc"}, error));
  EXPECT_EQ(error,
            "/no/such/folder/x: cannot write: No such file or directory");
  EXPECT_FALSE(writeFileAtomically(testing::TempDir() + ".", {"abc"}, error));
}
} // namespace
