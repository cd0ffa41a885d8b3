//===- TuningTest.cpp - What kernels took on a machine --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Tuning.h"

#include <gtest/gtest.h>

using namespace oqat::formats;

namespace {
std::string errorOf(const std::string &text) {
  std::string error;
  EXPECT_FALSE(parseTuning(text, "t.json", error));
  return error;
}

std::string withMachines(const std::string &machines) {
  return R"({"format": "oqat-tuning", "formatVersion": 1, "machines": )" +
         machines + "}";
}

TEST(Tuning, ReadsWhatItWrites) {
  Tuning tuning;
  tuning.machines["a CPU"]["avx2 conv2d"] = {{"winograd-6x16", 0.5},
                                             {"lookup8-6x64", 123.25}};
  tuning.machines["a CPU"]["avx2 depthwise"] = {{"pairs", 1}};
  tuning.machines["another"];
  std::string text = writeTuning(tuning), error;
  std::optional<Tuning> read = parseTuning(text, "t.json", error);
  ASSERT_TRUE(read) << error;
  EXPECT_EQ(writeTuning(*read), text);
  ASSERT_EQ(read->machines.size(), 2u);
  EXPECT_TRUE(read->machines["another"].empty());
  const auto &kernels = read->machines["a CPU"]["avx2 conv2d"];
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[1].name, "lookup8-6x64");
  EXPECT_EQ(kernels[1].minUs, 123.25);
}

TEST(Tuning, SaysWhereAFileIsWrong) {
  EXPECT_EQ(errorOf(withMachines(R"([{"machine": "m", "layers": [)"
                                 R"({"layer": "l", "kernels": []}]}])")),
            "t.json: machines[0].layers[0].kernels: expected at least one "
            "kernel");
  EXPECT_EQ(errorOf(withMachines(
                R"([{"machine": "m", "layers": []},
                    {"machine": "m", "layers": []}])")),
            "t.json: machines[1].machine: this machine is there twice");
  for (const char *time : {"0", "-1", "null", "\"1\""})
    EXPECT_NE(errorOf(withMachines(std::string(R"([{"machine": "m", "layers": [
                    {"layer": "l", "kernels": [{"name": "k", "minUs": )") +
                                   time + "}]}]}]"))
                  .find("t.json: machines[0].layers[0].kernels[0].minUs: "),
              std::string::npos)
        << time;
  EXPECT_NE(errorOf("{}").find("t.json: "), std::string::npos);
  EXPECT_NE(errorOf("[").find("t.json:1:"), std::string::npos);
}
} // namespace
