//===- PrintableTest.cpp - Text from files on a terminal ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Printable.h"

#include <gtest/gtest.h>

using namespace oqat::formats;
using namespace std::string_literals;

namespace {
TEST(Printable, TextStaysAsItIs) {
  for (const char *text :
       {"", "w4.safetensors: 'b1.dw' {\"a\"}", "C:\\x1b", "Füße \u3042 \u00a0",
        "\U0001F600 \U0010FFFF \uFFFD"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, ControlCharactersAreEscaped) {
  EXPECT_EQ(printable("\x1b[31mred\x1b]0;title\x07"),
            "\\x1b[31mred\\x1b]0;title\\x07");
  EXPECT_EQ(printable("a\0b\b\x7f"s), "a\\x00b\\x08\\x7f");
  // CSI in one character, directions, and line ends.
  EXPECT_EQ(printable("\u009b2J"), "\\xc2\\x9b2J");
  EXPECT_EQ(printable("\u202egnp.exe\u2066\u200f\u2028"),
            "\\xe2\\x80\\xaegnp.exe\\xe2\\x81\\xa6\\xe2\\x80\\x8f"
            "\\xe2\\x80\\xa8");
}

TEST(Printable, BytesThatAreNoTextAreEscaped) {
  EXPECT_EQ(printable("\x9b!\xff"), "\\x9b!\\xff");
  EXPECT_EQ(printable("cut \xe2\x82"), "cut \\xe2\\x82");
  EXPECT_EQ(printable("long \xc0\x9b \xe0\x80\x9b \xf0\x80\x80\x9b"),
            "long \\xc0\\x9b \\xe0\\x80\\x9b \\xf0\\x80\\x80\\x9b");
  EXPECT_EQ(printable("half \xed\xa0\x80 beyond \xf4\x90\x80\x80"),
            "half \\xed\\xa0\\x80 beyond \\xf4\\x90\\x80\\x80");
  EXPECT_EQ(printable("\xc3\x1b[m"), "\\xc3\\x1b[m");
}

TEST(Printable, LinesWhereThereMayBeSome) {
  EXPECT_EQ(printable("a\r\n\tb\n"), "a\\r\\n\\tb\\n");
  EXPECT_EQ(printable("a\r\n\tb\n", Lines::Many), "a\\r\n\\tb\n");
}
} // namespace
