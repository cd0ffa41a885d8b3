//===- Printable.h - Text from files on a terminal --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names out of files stand in messages, and may hold what a terminal obeys.
// The tools pass every message through here as they print it.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_PRINTABLE_H
#define OQAT_FORMATS_PRINTABLE_H

#include <string>
#include <string_view>

namespace oqat::formats {

enum class Lines { One, Many };

/// `text` with control characters and bytes that are not UTF-8 as \n, \t, \r
/// or \xNN, byte by byte. Many lines stay lines.
std::string printable(std::string_view text, Lines lines = Lines::One);

} // namespace oqat::formats

#endif // OQAT_FORMATS_PRINTABLE_H
