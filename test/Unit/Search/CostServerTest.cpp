//===- CostServerTest.cpp - Talking to the compiler -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/CostServer.h"
#include "train/Model/Support.h"

#include <gtest/gtest.h>

using namespace oqat::formats;
using namespace oqat::train;

namespace {
/// A shell script in the place of the compiler.
std::vector<std::string> script(const std::string &text) {
  return {"/bin/sh", "-c", text};
}

SubnetConfig subnet(double d) {
  SubnetConfig config;
  config.set("d", d);
  return config;
}

std::string errorOf(const std::string &text) {
  CostServer server(script(text));
  try {
    server.costsOf(subnet(1));
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

TEST(CostServer, AsksOncePerSubnet) {
  CostServer server(
      script("n=0; while read line; do n=$((n+1)); "
             "echo \"{\\\"macs\\\":$n,\\\"parameters\\\":2,\\\"bops\\\":3,"
             "\\\"weightBytes\\\":4,\\\"more\\\":5}\"; done"));
  EXPECT_EQ(server.costsOf(subnet(1)).macs, 1);
  EXPECT_EQ(server.costsOf(subnet(2)).macs, 2);
  EXPECT_EQ(server.costsOf(subnet(1)).macs, 1);
  EXPECT_EQ(server.costsOf(subnet(3)).macs, 3);
  EXPECT_EQ(server.costsOf(subnet(3)).weightBytes, 4);
}

TEST(CostServer, PassesErrorsOn) {
  EXPECT_EQ(errorOf("read line; echo '{\"error\": \"no such choice\"}'"),
            "no such choice");
}

TEST(CostServer, NoticesBadAnswers) {
  EXPECT_EQ(errorOf("read line; echo '{\"macs\": 1}'"),
            "the compiler's answer has no 'parameters'");
  EXPECT_EQ(errorOf("read line; echo '[]'"),
            "/bin/sh: answered with something other than an object");
  EXPECT_NE(errorOf("read line; echo '{'").find("/bin/sh:1:"),
            std::string::npos);
}

TEST(CostServer, NoticesTheEndOfTheChild) {
  for (const char *text : {"exit 1", "read line; exit 0", "exec <&-; sleep 0"})
    EXPECT_EQ(errorOf(text), "/bin/sh: ended before it answered") << text;
}

TEST(CostServer, NoticesAMissingProgram) {
  EXPECT_THROW(CostServer({"/no/such/compiler"}), Error);
}
} // namespace
