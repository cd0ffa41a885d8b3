//===- EmulationTest.cpp - Emulated intrinsics against what they emulate --===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every intrinsic that has an emulation, on random vectors and on those of the
// extreme values: the emulation, and the instruction where this CPU has it,
// against a loop over the elements.
//
//===----------------------------------------------------------------------===//

#include "RunIntrinsics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace {

//===----------------------------------------------------------------------===//
// What the instructions compute
//===----------------------------------------------------------------------===//

constexpr size_t kMaxBytes = 64;
constexpr uint8_t kImmediate = 0xa6;

struct Vector {
  alignas(64) std::array<uint8_t, kMaxBytes> bytes = {};

  template <typename T>
  int64_t get(size_t i) const {
    T value;
    std::memcpy(&value, &bytes[i * sizeof(T)], sizeof(T));
    return static_cast<int64_t>(value);
  }
  template <typename T>
  void set(size_t i, int64_t value) {
    T element = static_cast<T>(value);
    std::memcpy(&bytes[i * sizeof(T)], &element, sizeof(T));
  }
};
using Operands = std::array<Vector, 3>;
using Reference = Vector (*)(const Operands &in, size_t bytes);

Vector maddWords(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes / 4; ++i)
    result.set<uint32_t>(
        i, in[0].get<int16_t>(2 * i) * in[1].get<int16_t>(2 * i) +
               in[0].get<int16_t>(2 * i + 1) * in[1].get<int16_t>(2 * i + 1));
  return result;
}

Vector maddBytes(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes / 2; ++i) {
    int64_t sum = in[0].get<uint8_t>(2 * i) * in[1].get<int8_t>(2 * i) +
                  in[0].get<uint8_t>(2 * i + 1) * in[1].get<int8_t>(2 * i + 1);
    result.set<int16_t>(i, std::clamp<int64_t>(sum, INT16_MIN, INT16_MAX));
  }
  return result;
}

Vector multiplyHigh(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes / 2; ++i) {
    int64_t product = in[0].get<int16_t>(i) * in[1].get<int16_t>(i);
    result.set<int16_t>(i, (product + (1 << 14)) >> 15);
  }
  return result;
}

template <typename T>
Vector takeHigh(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes / 2; ++i) {
    int64_t product = static_cast<int64_t>(in[0].get<T>(i)) * in[1].get<T>(i);
    result.set<int16_t>(i, static_cast<int16_t>(product >> 16));
  }
  return result;
}

Vector dotBytes(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes / 4; ++i) {
    int64_t sum = in[0].get<int32_t>(i);
    for (size_t j = 4 * i; j < 4 * i + 4; ++j)
      sum += in[1].get<uint8_t>(j) * in[2].get<int8_t>(j);
    result.set<uint32_t>(i, sum);
  }
  return result;
}

Vector sumDifferences(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes; ++i)
    result.set<uint64_t>(
        i / 8, result.get<uint64_t>(i / 8) +
                   std::abs(in[0].get<uint8_t>(i) - in[1].get<uint8_t>(i)));
  return result;
}

Vector shuffleBytes(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes; ++i) {
    uint8_t index = in[1].bytes[i];
    result.bytes[i] = index >= 128 ? 0 : in[0].bytes[i / 16 * 16 + index % 16];
  }
  return result;
}

Vector permuteBytes(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes; ++i)
    result.bytes[i] = in[0].bytes[in[1].bytes[i] % bytes];
  return result;
}

Vector permuteTwo(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes; ++i) {
    size_t index = in[1].bytes[i] % (2 * bytes);
    result.bytes[i] =
        index < bytes ? in[0].bytes[index] : in[2].bytes[index - bytes];
  }
  return result;
}

Vector selectBits(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes; ++i)
    for (size_t bit = 0; bit < 8; ++bit) {
      size_t from = (in[0].bytes[i] + bit) % 64;
      unsigned value = in[1].bytes[i / 8 * 8 + from / 8] >> (from % 8) & 1;
      result.bytes[i] |= static_cast<uint8_t>(value << bit);
    }
  return result;
}

Vector affineBits(const Operands &in, size_t bytes) {
  Vector result;
  for (size_t i = 0; i < bytes; ++i)
    for (size_t bit = 0; bit < 8; ++bit) {
      unsigned value = kImmediate >> bit & 1;
      uint8_t row = in[1].bytes[i / 8 * 8 + 7 - bit] & in[0].bytes[i];
      for (; row; row >>= 1)
        value ^= row & 1;
      result.bytes[i] |= value << bit;
    }
  return result;
}

/// Of every 16 bytes, the elements of both operands, saturated.
template <typename From, typename To>
Vector pack(const Operands &in, size_t bytes) {
  Vector result;
  constexpr size_t kPerPart = 16 / sizeof(From);
  for (size_t i = 0; i < bytes / sizeof(To); ++i) {
    size_t part = i / (2 * kPerPart), place = i % (2 * kPerPart);
    int64_t value =
        in[place / kPerPart].get<From>(part * kPerPart + place % kPerPart);
    result.set<To>(i, std::clamp<int64_t>(value, std::numeric_limits<To>::min(),
                                          std::numeric_limits<To>::max()));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The intrinsics
//===----------------------------------------------------------------------===//

struct Intrinsic {
  const char *name;
  size_t bytes;
  /// What a CPU must have, separated by commas.
  const char *features;
  Reference reference;
  /// Bits of the elements of each operand.
  std::vector<unsigned> operands;
  unsigned result;
  bool hasImmediate = false;
};

const std::vector<unsigned> kWords = {16, 16}, kBytes = {8, 8},
                            kLongs = {32, 32}, kThree = {8, 8, 8},
                            kDots = {32, 32, 32};

const Intrinsic kIntrinsics[] = {
    {"sse2.pmadd.wd", 16, "sse2", maddWords, kWords, 32},
    {"avx2.pmadd.wd", 32, "avx2", maddWords, kWords, 32},
    {"avx512.pmaddw.d.512", 64, "avx512bw", maddWords, kWords, 32},
    {"ssse3.pmadd.ub.sw.128", 16, "ssse3", maddBytes, kBytes, 16},
    {"avx2.pmadd.ub.sw", 32, "avx2", maddBytes, kBytes, 16},
    {"avx512.pmaddubs.w.512", 64, "avx512bw", maddBytes, kBytes, 16},
    {"avx2.pmul.hr.sw", 32, "avx2", multiplyHigh, kWords, 16},
    {"avx512.pmul.hr.sw.512", 64, "avx512bw", multiplyHigh, kWords, 16},
    {"avx2.pmulh.w", 32, "avx2", takeHigh<int16_t>, kWords, 16},
    {"avx512.pmulh.w.512", 64, "avx512bw", takeHigh<int16_t>, kWords, 16},
    {"avx2.pmulhu.w", 32, "avx2", takeHigh<uint16_t>, kWords, 16},
    {"avx512.pmulhu.w.512", 64, "avx512bw", takeHigh<uint16_t>, kWords, 16},
    {"avx2.packssdw", 32, "avx2", pack<int32_t, int16_t>, kLongs, 16},
    {"avx2.packusdw", 32, "avx2", pack<int32_t, uint16_t>, kLongs, 16},
    {"avx2.packsswb", 32, "avx2", pack<int16_t, int8_t>, kWords, 8},
    {"avx2.packuswb", 32, "avx2", pack<int16_t, uint8_t>, kWords, 8},
    {"avx512.packssdw.512", 64, "avx512bw", pack<int32_t, int16_t>, kLongs, 16},
    {"avx512.packusdw.512", 64, "avx512bw", pack<int32_t, uint16_t>, kLongs,
     16},
    {"avx512.packsswb.512", 64, "avx512bw", pack<int16_t, int8_t>, kWords, 8},
    {"avx512.packuswb.512", 64, "avx512bw", pack<int16_t, uint8_t>, kWords, 8},
    {"avx512.vpdpbusd.128", 16, "avx512vnni,avx512vl", dotBytes, kDots, 32},
    {"avx512.vpdpbusd.256", 32, "avx512vnni,avx512vl", dotBytes, kDots, 32},
    {"avx512.vpdpbusd.512", 64, "avx512vnni", dotBytes, kDots, 32},
    {"sse2.psad.bw", 16, "sse2", sumDifferences, kBytes, 64},
    {"avx2.psad.bw", 32, "avx2", sumDifferences, kBytes, 64},
    {"avx512.psad.bw.512", 64, "avx512bw", sumDifferences, kBytes, 64},
    {"ssse3.pshuf.b.128", 16, "ssse3", shuffleBytes, kBytes, 8},
    {"avx2.pshuf.b", 32, "avx2", shuffleBytes, kBytes, 8},
    {"avx512.pshuf.b.512", 64, "avx512bw", shuffleBytes, kBytes, 8},
    {"avx512.permvar.qi.128", 16, "avx512vbmi,avx512vl", permuteBytes, kBytes,
     8},
    {"avx512.permvar.qi.256", 32, "avx512vbmi,avx512vl", permuteBytes, kBytes,
     8},
    {"avx512.permvar.qi.512", 64, "avx512vbmi", permuteBytes, kBytes, 8},
    {"avx512.vpermi2var.qi.128", 16, "avx512vbmi,avx512vl", permuteTwo, kThree,
     8},
    {"avx512.vpermi2var.qi.256", 32, "avx512vbmi,avx512vl", permuteTwo, kThree,
     8},
    {"avx512.vpermi2var.qi.512", 64, "avx512vbmi", permuteTwo, kThree, 8},
    {"avx512.pmultishift.qb.128", 16, "avx512vbmi,avx512vl", selectBits, kBytes,
     8},
    {"avx512.pmultishift.qb.256", 32, "avx512vbmi,avx512vl", selectBits, kBytes,
     8},
    {"avx512.pmultishift.qb.512", 64, "avx512vbmi", selectBits, kBytes, 8},
    {"vgf2p8affineqb.128", 16, "gfni", affineBits, kBytes, 8, true},
    {"vgf2p8affineqb.256", 32, "gfni,avx", affineBits, kBytes, 8, true},
    {"vgf2p8affineqb.512", 64, "gfni,avx512f", affineBits, kBytes, 8, true},
};

/// How GoogleTest names a parameter.
void PrintTo(const Intrinsic &intrinsic, std::ostream *out) {
  *out << intrinsic.name;
}

/// A function of three pointers to operands and one to the result.
std::string functionOf(const Intrinsic &intrinsic) {
  auto vector = [&](unsigned bits) {
    return "vector<" + std::to_string(8 * intrinsic.bytes / bits) + "xi" +
           std::to_string(bits) + ">";
  };
  std::string text =
      std::string("llvm.func @") + kFunction +
      "(%p0: !llvm.ptr, %p1: !llvm.ptr, %p2: !llvm.ptr, %r: !llvm.ptr) {\n";
  std::vector<std::string> values, types;
  for (auto [i, bits] : llvm::enumerate(intrinsic.operands)) {
    std::string number = std::to_string(i);
    values.push_back("%a" + number);
    types.push_back(vector(bits));
    text += "  %a" + number + " = llvm.load %p" + number + " : !llvm.ptr -> " +
            types.back() + "\n";
  }
  if (intrinsic.hasImmediate) {
    values.push_back("%imm");
    types.push_back("i8");
    text += "  %imm = llvm.mlir.constant(" +
            std::to_string(static_cast<int8_t>(kImmediate)) + " : i8) : i8\n";
  }
  std::string result = vector(intrinsic.result);
  return text + "  %v = llvm.call_intrinsic \"llvm.x86." + intrinsic.name +
         "\"(" + llvm::join(values, ", ") + ") : (" + llvm::join(types, ", ") +
         ") -> " + result + "\n  llvm.store %v, %r : " + result +
         ", !llvm.ptr\n  llvm.return\n}\n";
}

//===----------------------------------------------------------------------===//
// Compiling and comparing
//===----------------------------------------------------------------------===//

using Function = void (*)(const uint8_t *, const uint8_t *, const uint8_t *,
                          uint8_t *);

/// All triples of vectors that repeat an extreme value, then random ones: half
/// of any bytes, half of extreme ones.
std::vector<Operands> drawOperands() {
  const uint32_t extremes[] = {0x00000000, 0xffffffff, 0x80008000, 0x7fff7fff,
                               0x80808080, 0x7f7f7f7f, 0x80000000, 0x7fffffff,
                               0xff00ff00, 0x00010001};
  const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0xff};
  std::vector<Operands> all;
  for (uint32_t a : extremes)
    for (uint32_t b : extremes)
      for (uint32_t c : extremes) {
        Operands &operands = all.emplace_back();
        for (size_t i = 0; i < kMaxBytes / 4; ++i) {
          operands[0].set<uint32_t>(i, a);
          operands[1].set<uint32_t>(i, b);
          operands[2].set<uint32_t>(i, c);
        }
      }
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round)
    for (Vector &vector : all.emplace_back())
      for (uint8_t &byte : vector.bytes)
        byte = round % 2 ? bytes[random() % 6] : random();
  return all;
}

class EmulationTest : public testing::TestWithParam<Intrinsic> {
protected:
  void compare(bool emulated) {
    Library library;
    auto run = reinterpret_cast<Function>(
        library.compile(functionOf(GetParam()), emulated));
    ASSERT_TRUE(run);
    for (const Operands &operands : drawOperands()) {
      Vector result;
      run(operands[0].bytes.data(), operands[1].bytes.data(),
          operands[2].bytes.data(), result.bytes.data());
      Vector expected = GetParam().reference(operands, GetParam().bytes);
      ASSERT_EQ(result.bytes, expected.bytes);
    }
  }
};

TEST_P(EmulationTest, Emulated) { compare(true); }

TEST_P(EmulationTest, Native) {
  if (!hostHas(GetParam().features))
    GTEST_SKIP() << "this CPU lacks " << GetParam().features;
  compare(false);
}

INSTANTIATE_TEST_SUITE_P(Every, EmulationTest, testing::ValuesIn(kIntrinsics),
                         [](const testing::TestParamInfo<Intrinsic> &info) {
                           std::string name = info.param.name;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

} // namespace
