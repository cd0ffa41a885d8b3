//===- SafetensorsTest.cpp - Round trips and hostile files ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Safetensors.h"
#include "oqat/Formats/File.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>

using namespace oqat::formats;

namespace {
std::string fileOf(const std::string &header, const std::string &data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes.push_back(static_cast<char>(header.size() >> (8 * i)));
  return bytes + header + data;
}

std::string errorOf(const std::string &bytes) {
  std::string error;
  EXPECT_FALSE(parseSafetensors(bytes, "w", error));
  return error;
}

std::string errorOf(const std::string &header, size_t dataBytes) {
  return errorOf(fileOf(header, std::string(dataBytes, 'x')));
}

TensorFile example() {
  TensorFile file;
  file.tensors["b"] = Tensor::make<float>({2, 3}, {0, 1, -2.5f, 3, 4, 5});
  file.tensors["a"] = Tensor::make<int8_t>({3}, {-128, 0, 127});
  file.tensors["s"] = Tensor::make<float>({}, {0.25f});
  file.tensors["none"] = Tensor::make<double>({0, 4}, std::vector<double>{});
  file.tensors["u"] = Tensor::make<uint64_t>({1}, {UINT64_MAX});
  file.metadata["step"] = "12";
  return file;
}

std::string bytesOf(const TensorFile &file) {
  std::vector<const Tensor *> order;
  std::string bytes = safetensorsHeader(file, order);
  for (const Tensor *tensor : order)
    bytes += tensor->bytes;
  return bytes;
}

TEST(Safetensors, RoundTrip) {
  std::string error, path = testing::TempDir() + "oqat-roundtrip.safetensors";
  ASSERT_TRUE(writeSafetensors(path, example(), error)) << error;
  std::optional<TensorFile> file = readSafetensors(path, error);
  ASSERT_TRUE(file) << error;
  EXPECT_EQ(file->metadata.at("step"), "12");
  EXPECT_EQ(file->tensors.size(), 5u);
  const Tensor *b = file->find("b");
  ASSERT_TRUE(b && b->as<float>());
  EXPECT_EQ(b->as<int32_t>(), nullptr);
  EXPECT_EQ(b->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(b->as<float>()[2], -2.5f);
  EXPECT_EQ(file->find("a")->as<int8_t>()[0], -128);
  EXPECT_EQ(file->find("s")->elements(), 1);
  EXPECT_EQ(file->find("u")->as<uint64_t>()[0], UINT64_MAX);
  EXPECT_EQ(file->find("x"), nullptr);
  EXPECT_EQ(bytesOf(*file), bytesOf(example()));
  EXPECT_EQ(readFile(path, 1 << 20, error), bytesOf(example()));
}

TEST(Safetensors, MapsWhatItReads) {
  std::string error, path = testing::TempDir() + "oqat-mapped.safetensors";
  ASSERT_TRUE(writeSafetensors(path, example(), error)) << error;
  std::optional<MappedTensors> mapped = mapSafetensors(path, error);
  ASSERT_TRUE(mapped) << error;
  // Views outlive a move of what they are in.
  MappedTensors moved = std::move(*mapped);
  const TensorFile expected = example();
  EXPECT_EQ(moved.metadata, expected.metadata);
  ASSERT_EQ(moved.tensors.size(), expected.tensors.size());
  for (const auto &[name, tensor] : expected.tensors) {
    const TensorView *view = moved.find(name);
    ASSERT_TRUE(view) << name;
    EXPECT_EQ(view->dtype, tensor.dtype);
    EXPECT_EQ(view->shape, tensor.shape);
    EXPECT_EQ(view->elements(), tensor.elements());
    EXPECT_EQ(view->bytes, tensor.bytes);
  }
  EXPECT_EQ(moved.find("x"), nullptr);
  EXPECT_FALSE(mapSafetensors(path + ".none", error));
  EXPECT_NE(error.find("cannot open"), std::string::npos) << error;
  EXPECT_FALSE(mapSafetensors("/dev/null", error));
  EXPECT_NE(error.find("the file has 0 bytes"), std::string::npos) << error;
}

TEST(Safetensors, EveryTruncationIsAnError) {
  std::string bytes = bytesOf(example());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(errorOf(bytes.substr(0, size)), "") << size;
}

TEST(Safetensors, DamagedBytesNeverCrash) {
  std::string bytes = bytesOf(example());
  uint64_t seed = 20260101;
  SCOPED_TRACE("seed " + std::to_string(seed));
  oqat::numerics::Random random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = bytes;
    for (int i = 0; i < 3; ++i)
      damaged[random.below(damaged.size())] =
          static_cast<char>(random.below(256));
    std::string error;
    if (!parseSafetensors(damaged, "w", error)) {
      EXPECT_EQ(error.substr(0, 2), "w:");
    }
  }
}

TEST(Safetensors, HeaderSize) {
  EXPECT_EQ(errorOf("abc"),
            "w: expected 8 bytes of header size, but the file has 3 bytes");
  EXPECT_EQ(errorOf(std::string("\xff\0\0\0\0\0\0\0{}", 10)),
            "w: byte 0: header size 255 is beyond the end of the file (10 "
            "bytes)");
  EXPECT_EQ(errorOf(std::string(8, '\xff')),
            "w: byte 0: header size 18446744073709551615 is beyond the limit "
            "of 16777216");
}

TEST(Safetensors, HeaderMustBeAnObjectOfObjects) {
  EXPECT_EQ(errorOf("[]", 0), "w: header: expected an object");
  EXPECT_EQ(errorOf("{\"a\": 1}", 0),
            "w: tensor 'a': expected an object, but got number");
  EXPECT_EQ(errorOf("{\"__metadata__\": {\"a\": 1}}", 0),
            "w: header.__metadata__.a: expected a string, but got number");
  EXPECT_NE(errorOf("{\"a\"", 0).find("w: header:1:"), std::string::npos);
}

std::string entry(const std::string &name, const std::string &dtype,
                  const std::string &shape, const std::string &offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

TEST(Safetensors, LyingEntries) {
  EXPECT_EQ(errorOf("{" + entry("a", "F32", "[2]", "[0,8]") + "}", 4),
            "w: tensor 'a'.data_offsets: [0, 8) is not inside the 4 bytes of "
            "data");
  EXPECT_EQ(errorOf("{" + entry("a", "F32", "[2]", "[8,0]") + "}", 8),
            "w: tensor 'a'.data_offsets: [8, 0) is not inside the 8 bytes of "
            "data");
  EXPECT_EQ(errorOf("{" + entry("a", "F32", "[3]", "[0,8]") + "}", 8),
            "w: tensor 'a'.data_offsets: [0, 8) has 8 bytes, but shape and "
            "dtype need 12");
  EXPECT_EQ(errorOf("{" + entry("a", "F16", "[4]", "[0,8]") + "}", 8),
            "w: tensor 'a': unsupported dtype 'F16'");
  EXPECT_EQ(errorOf("{" + entry("a", "F32", "[-2]", "[0,8]") + "}", 8),
            "w: tensor 'a'.shape[0]: expected an integer from 0 to "
            "1099511627776, but got -2");
  EXPECT_EQ(
      errorOf("{" + entry("a", "U8", "[1048576,1048576,4]", "[0,8]") + "}", 8),
      "w: tensor 'a'.shape: more than 1099511627776 elements");
  EXPECT_EQ(errorOf("{" + entry("a", "F32", "[1.5]", "[0,8]") + "}", 8),
            "w: tensor 'a'.shape[0]: expected an integer");
  EXPECT_EQ(errorOf("{" + entry("a", "F32", "[2]", "[0]") + "}", 8),
            "w: tensor 'a'.data_offsets: expected two numbers, but got 1");
}

TEST(Safetensors, EveryByteBelongsToOneTensor) {
  EXPECT_EQ(errorOf("{" + entry("a", "U8", "[4]", "[0,4]") + "," +
                        entry("b", "U8", "[4]", "[2,6]") + "}",
                    6),
            "w: tensor 'b' overlaps another at byte 2 of the data");
  EXPECT_EQ(errorOf("{" + entry("a", "U8", "[2]", "[0,2]") + "," +
                        entry("b", "U8", "[2]", "[4,6]") + "}",
                    6),
            "w: bytes 2 to 4 of the data belong to no tensor");
  EXPECT_EQ(errorOf("{" + entry("a", "U8", "[2]", "[0,2]") + "}", 6),
            "w: bytes 2 to 6 of the data belong to no tensor");
}

TEST(Safetensors, DuplicateKey) {
  std::string one = entry("a", "U8", "[2]", "[0,2]");
  EXPECT_EQ(errorOf("{" + one + "," + one + "}", 2),
            "w: header: key 'a' occurs twice in one object");
}

TEST(Safetensors, WriterRefusesWrongShapes) {
  TensorFile file;
  file.tensors["a"] = Tensor::make<float>({3}, {1, 2});
  std::string error, path = testing::TempDir() + "oqat-wrong.safetensors";
  EXPECT_FALSE(writeSafetensors(path, file, error));
  EXPECT_EQ(error, path + ": tensor 'a' does not match its shape");
  EXPECT_FALSE(readFile(path, 100, error));
}

TEST(Safetensors, WriterRefusesNamesThatAreNotText) {
  TensorFile file;
  file.tensors["\xff"] = Tensor::make<uint8_t>({1}, {1});
  std::string error;
  EXPECT_FALSE(writeSafetensors(testing::TempDir() + "x", file, error));
}
} // namespace
