//===- TileEmulationTest.cpp - Emulated tiles against what they emulate ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of tiles of random shapes, of random and of extreme bytes: the
// emulation, and the instructions where this CPU has them, against loops over
// the elements. What the CPU refuses, the emulation refuses.
//
//===----------------------------------------------------------------------===//

#include "RunIntrinsics.h"
#include "oqat/Runtime/Cpu.h"
#include <array>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

/// The operand of ldtilecfg.
struct alignas(64) Configuration {
  uint8_t palette = 1, startRow = 0, reserved[14] = {};
  uint16_t rowBytes[16] = {};
  uint8_t rows[16] = {};

  void set(int tile, int newRows, int newRowBytes) {
    rows[tile] = static_cast<uint8_t>(newRows);
    rowBytes[tile] = static_cast<uint16_t>(newRowBytes);
  }
};
static_assert(sizeof(Configuration) == 64);

/// sums += codes . weights, in tiles 1, 3 and 6; then tile 3 is stored again.
std::string product(bool releasesFirst = false,
                    const char *operands = "%sums, %codes, %weights") {
  std::string text = R"(
llvm.func @_mlir_ciface_run(%cfg: !llvm.ptr, %c: !llvm.ptr, %a: !llvm.ptr, %b: !llvm.ptr, %pitch: i64, %out: !llvm.ptr) {
  %sums = llvm.mlir.constant(1 : i8) : i8
  %codes = llvm.mlir.constant(3 : i8) : i8
  %weights = llvm.mlir.constant(6 : i8) : i8
  llvm.call_intrinsic "llvm.x86.ldtilecfg"(%cfg) : (!llvm.ptr) -> ()
)";
  if (releasesFirst)
    text += "  llvm.call_intrinsic \"llvm.x86.tilerelease\"() : () -> ()\n";
  text += R"(
  llvm.call_intrinsic "llvm.x86.tileloadd64"(%sums, %c, %pitch) : (i8, !llvm.ptr, i64) -> ()
  llvm.call_intrinsic "llvm.x86.tileloadd64"(%codes, %a, %pitch) : (i8, !llvm.ptr, i64) -> ()
  llvm.call_intrinsic "llvm.x86.tileloadd64"(%weights, %b, %pitch) : (i8, !llvm.ptr, i64) -> ()
  llvm.call_intrinsic "llvm.x86.tdpbusd"()";
  text += operands;
  return text + R"() : (i8, i8, i8) -> ()
  llvm.call_intrinsic "llvm.x86.tilestored64"(%sums, %c, %pitch) : (i8, !llvm.ptr, i64) -> ()
  llvm.call_intrinsic "llvm.x86.tilestored64"(%codes, %out, %pitch) : (i8, !llvm.ptr, i64) -> ()
  llvm.call_intrinsic "llvm.x86.tilezero"(%sums) : (i8) -> ()
  llvm.call_intrinsic "llvm.x86.tilerelease"() : () -> ()
  llvm.return
}
)";
}

using Run = void (*)(const Configuration *, uint8_t *sums, const uint8_t *codes,
                     const uint8_t *weights, int64_t pitch, uint8_t *stored);
constexpr int64_t kPitch = 80;
using Memory = std::array<uint8_t, 16 * kPitch>;

struct Shape {
  int pixels, outputs, groups;
  Configuration configuration() const {
    Configuration result;
    result.set(1, pixels, 4 * outputs);
    result.set(3, pixels, 4 * groups);
    result.set(6, groups, 4 * outputs);
    return result;
  }
};

/// Bytes outside of the tile stay as they are.
Memory multiply(Shape shape, Memory sums, const Memory &codes,
                const Memory &weights) {
  for (int m = 0; m < shape.pixels; ++m)
    for (int n = 0; n < shape.outputs; ++n) {
      uint32_t sum;
      uint8_t *place = &sums[m * kPitch + 4 * n];
      std::memcpy(&sum, place, 4);
      for (int k = 0; k < 4 * shape.groups; ++k)
        sum += codes[m * kPitch + k] *
               static_cast<int8_t>(weights[k / 4 * kPitch + 4 * n + k % 4]);
      std::memcpy(place, &sum, 4);
    }
  return sums;
}

void compare(bool emulated) {
  Library library;
  auto run = reinterpret_cast<Run>(library.compile(product(), emulated));
  ASSERT_TRUE(run);
  constexpr unsigned kSeed = 7;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  auto upTo16 = [&] { return static_cast<int>(random() % 16) + 1; };
  for (int round = 0; round < 400; ++round) {
    Shape shape = {upTo16(), upTo16(), upTo16()};
    if (round % 4 == 0)
      shape = {16, 16, 16};
    Memory sums, codes, weights, stored = {};
    for (Memory *memory : {&sums, &codes, &weights})
      for (uint8_t &byte : *memory)
        byte = static_cast<uint8_t>(random());
    if (round % 3 == 0) {
      codes.fill(255);
      weights.fill(128);
    }
    Memory expected = multiply(shape, sums, codes, weights), copied = stored;
    for (int m = 0; m < shape.pixels; ++m)
      std::memcpy(&copied[m * kPitch], &codes[m * kPitch], 4 * shape.groups);
    Configuration configuration = shape.configuration();
    run(&configuration, sums.data(), codes.data(), weights.data(), kPitch,
        stored.data());
    ASSERT_EQ(sums, expected) << round;
    ASSERT_EQ(stored, copied) << round;
  }
}

TEST(TileEmulation, Emulated) { compare(true); }

TEST(TileEmulation, Native) {
  if (!hostHas("amx-int8") ||
      !oqat_cpu_permit(uint64_t(1) << OQAT_CPU_FEATURE_AMXTILE))
    GTEST_SKIP() << "this CPU lacks amx-int8, or the system keeps it";
  compare(false);
}

/// Runs a product that must die of an illegal instruction.
void expectRefusal(const Configuration &configuration,
                   const std::string &module = product()) {
  Library library;
  auto run = reinterpret_cast<Run>(library.compile(module, true));
  ASSERT_TRUE(run);
  Memory memory = {};
  EXPECT_EXIT(run(&configuration, memory.data(), memory.data(), memory.data(),
                  kPitch, memory.data()),
              testing::KilledBySignal(SIGILL), "");
}

const Configuration kFits = Shape{5, 7, 3}.configuration();

TEST(TileEmulation, RefusesShapesThatDontFit) {
  struct {
    int tile, rows, rowBytes;
  } const others[] = {{1, 4, 28},  {1, 5, 24}, {3, 5, 16}, {6, 4, 28},
                      {1, 17, 28}, {6, 3, 68}, {3, 0, 12}, {3, 5, 0}};
  for (auto other : others) {
    SCOPED_TRACE(other.tile);
    Configuration configuration = kFits;
    configuration.set(other.tile, other.rows, other.rowBytes);
    expectRefusal(configuration);
  }
  Configuration uneven = kFits;
  uneven.set(1, 5, 26);
  uneven.set(6, 3, 26);
  expectRefusal(uneven);
}

TEST(TileEmulation, RefusesTilesWithoutConfiguration) {
  expectRefusal(kFits, product(/*releasesFirst=*/true));
  Configuration none = kFits, unknown = kFits;
  none.palette = 0;
  unknown.palette = 2;
  expectRefusal(none);
  expectRefusal(unknown);
}

TEST(TileEmulation, RefusesATileTwice) {
  Configuration square = Shape{4, 4, 4}.configuration();
  expectRefusal(square, product(false, "%sums, %codes, %codes"));
  expectRefusal(square, product(false, "%sums, %sums, %weights"));
  expectRefusal(square, product(false, "%sums, %codes, %sums"));
}

} // namespace
