//===- Printable.cpp - Text from files on a terminal ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Printable.h"

#include <algorithm>
#include <cstdint>

using namespace oqat::formats;

namespace {

/// A character of UTF-8: its bytes, of which there are none where the text
/// begins with something else, and its number.
struct Character {
  size_t size;
  uint32_t value;
};

Character firstCharacter(std::string_view text) {
  constexpr Character none{0, 0};
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t lead = byte(0);
  if (lead < 0x80)
    return {1, lead};
  size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size)
    return none;
  uint32_t value = lead & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return none;
    value = value << 6 | (byte(i) & 0x3f);
  }
  // The shortest form of a character that is no half of a pair.
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[size] || value > 0x10ffff ||
      (value >= 0xd800 && value < 0xe000))
    return none;
  return {size, value};
}

/// C0, DEL and C1, the marks that turn the direction of text, and the line
/// ends of Unicode.
bool isControl(uint32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x200e ||
         value == 0x200f || (value >= 0x2028 && value <= 0x202e) ||
         (value >= 0x2066 && value <= 0x2069);
}

void appendEscaped(std::string &to, char byte) {
  constexpr char digits[] = "0123456789abcdef";
  auto value = static_cast<uint8_t>(byte);
  if (byte == '\n')
    to += "\\n";
  else if (byte == '\t')
    to += "\\t";
  else if (byte == '\r')
    to += "\\r";
  else
    to += {'\\', 'x', digits[value >> 4], digits[value & 15]};
}

} // namespace

std::string oqat::formats::printable(std::string_view text, Lines lines) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto [size, value] = firstCharacter(text);
    std::string_view bytes = text.substr(0, std::max<size_t>(size, 1));
    text.remove_prefix(bytes.size());
    bool isShown = size > 0 && !isControl(value);
    if (isShown || (value == '\n' && lines == Lines::Many))
      result += bytes;
    else
      for (char byte : bytes)
        appendEscaped(result, byte);
  }
  return result;
}
