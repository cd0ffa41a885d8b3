//===- FuzzTarget.h - What every fuzz target is made of ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A target takes any bytes and must neither crash nor run for long. libFuzzer
// drives it where the compiler is clang (tools/fuzz.sh); Replay.cpp does
// otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TEST_FUZZ_FUZZTARGET_H
#define OQAT_TEST_FUZZ_FUZZTARGET_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

inline std::string_view textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

/// A property that any input must have.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "property violated: %s\n", what);
  std::abort();
}

#endif // OQAT_TEST_FUZZ_FUZZTARGET_H
