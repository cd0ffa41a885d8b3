//===- EntryTests.cpp - What is linked into every network -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Runtime/Cpu.h"
#include "oqat/Runtime/Threads.h"
#include "gtest/gtest.h"
#include <cfenv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <thread>

extern "C" {
int32_t oqat_enter_prepare(const void *network, void *prepared);
int32_t oqat_enter_prepare_for(const void *network, void *prepared,
                               int32_t target);
int32_t oqat_enter_prepared_target(const void *network, const void *prepared);
int32_t oqat_enter_run(const void *network, const void *prepared,
                       const void *io, void *scratch,
                       const oqat_parallel *parallel);
float roundevenf(float x);
float fmaf(float x, float y, float z);
}

namespace {

struct Io {
  const uint8_t *image;
  float *logits;
  void *onTensor, *user, *onLayer;
};

/// The table of an object of some targets.
struct Target {
  int32_t (*prepare)(void *);
  int32_t (*run)(const void *, const void *, void *, const oqat_parallel *);
  uint64_t features;
};
template <size_t N>
struct Network {
  uint64_t count = N;
  Target targets[N];
};

constexpr uint64_t kNobodyHas = uint64_t(1) << 62;

/// What is prepared begins with 64 bytes of the runtime's.
struct alignas(64) Prepared {
  char header[64], bytes[64];
};

int32_t fill(void *bytes) {
  *static_cast<char *>(bytes) = 7;
  return 0;
}

/// Half of the smallest normal number: 0 where denormals are flushed.
float halveTiny() {
  volatile float tiny = std::numeric_limits<float>::min();
  return tiny * 0.5f;
}

/// 1 / 3 depends on the rounding mode.
float third() {
  volatile float one = 1.0f, three = 3.0f;
  return one / three;
}

struct alignas(64) Seen {
  float tiny[2], third[2];
};

void part(void *context, int32_t index, int32_t parts) {
  auto *seen = static_cast<Seen *>(context);
  EXPECT_EQ(parts, 2);
  seen->tiny[index] = halveTiny();
  seen->third[index] = third();
}

int32_t body(const void *, const void *, void *scratch,
             const oqat_parallel *parallel) {
  if (!parallel) {
    part(scratch, 0, 2);
    part(scratch, 1, 2);
    return 0;
  }
  return parallel->run(parallel->self, part, scratch, 2);
}

const Network<1> kNetwork = {1, {{fill, body, 0}}};

#if defined(__x86_64__)
unsigned floatState() {
  unsigned state;
  __asm__ volatile("stmxcsr %0" : "=m"(state));
  return state & ~0x3fu; // without the sticky exception flags
}
void setFloatState(unsigned state) {
  __asm__ volatile("ldmxcsr %0" : : "m"(state));
}

/// A host whose threads flush denormals and round upwards.
constexpr unsigned kHostState = 0x1f80 | 0x8040 | 0x4000;

int32_t runOnHostileThreads(void *, void (*part)(void *, int32_t, int32_t),
                            void *context, int32_t parts) {
  for (int32_t i = 0; i < parts; ++i)
    std::thread([=] {
      setFloatState(kHostState);
      part(context, i, parts);
      EXPECT_EQ(floatState(), kHostState);
    }).join();
  return 0;
}

TEST(Entry, FloatStateIsTheContractsEverywhere) {
  Prepared prepared;
  ASSERT_EQ(oqat_enter_prepare(&kNetwork, &prepared), 0);
  Seen seen[2];
  uint8_t image[1];
  float logits[1];
  Io io = {image, logits, nullptr, nullptr, nullptr};
  oqat_parallel parallel = {nullptr, 2, runOnHostileThreads};
  const float expectedThird = 1.0f / 3.0f;
  setFloatState(kHostState);
  int32_t alone = oqat_enter_run(&kNetwork, &prepared, &io, &seen[0], nullptr);
  int32_t threaded =
      oqat_enter_run(&kNetwork, &prepared, &io, &seen[1], &parallel);
  unsigned after = floatState();
  setFloatState(0x1f80);
  EXPECT_EQ(alone, 0);
  EXPECT_EQ(threaded, 0);
  EXPECT_EQ(after, kHostState);
  for (const Seen &one : seen)
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(one.tiny[i], std::numeric_limits<float>::min() / 2);
      EXPECT_EQ(one.third[i], expectedThird);
    }
}
#endif

TEST(Entry, ChecksArgumentsBeforeAnythingElse) {
  Prepared memory;
  char *prepared = memory.header;
  ASSERT_EQ(oqat_enter_prepare(&kNetwork, prepared), 0);
  Seen seen;
  uint8_t image[1];
  float logits[1];
  Io io = {image, logits, nullptr, nullptr, nullptr};
  Io noImage = {nullptr, logits, nullptr, nullptr, nullptr};
  Io noLogits = {image, nullptr, nullptr, nullptr, nullptr};
  oqat_parallel noRun = {nullptr, 2, nullptr};
  auto run = [&](const void *p, const void *i, void *s,
                 const oqat_parallel *par) {
    return oqat_enter_run(&kNetwork, p, i, s, par);
  };
  EXPECT_EQ(run(nullptr, &io, &seen, nullptr), 1);
  EXPECT_EQ(run(prepared + 32, &io, &seen, nullptr), 1);
  EXPECT_EQ(run(prepared, nullptr, &seen, nullptr), 1);
  EXPECT_EQ(run(prepared, &noImage, &seen, nullptr), 1);
  EXPECT_EQ(run(prepared, &noLogits, &seen, nullptr), 1);
  EXPECT_EQ(run(prepared, &io, nullptr, nullptr), 1);
  EXPECT_EQ(run(prepared, &io, &seen, &noRun), 1);
  EXPECT_EQ(run(prepared, &io, &seen, nullptr), 0);
}

TEST(Entry, RefusesACpuThatLacksAFeature) {
  Prepared prepared = {};
  Network<2> network = {2,
                        {{fill, body, kNobodyHas}, {fill, body, kNobodyHas}}};
  EXPECT_EQ(oqat_enter_prepare(&network, &prepared), 2);
  EXPECT_EQ(prepared.bytes[0], 0);
  EXPECT_EQ(oqat_enter_prepared_target(&network, &prepared), -1);
  network.targets[1].features =
      oqat_cpu_features() & ~(uint64_t(1) << OQAT_CPU_FEATURE_AMXTILE);
  EXPECT_EQ(oqat_enter_prepare(&network, &prepared), 0);
  EXPECT_EQ(prepared.bytes[0], 7);
  EXPECT_EQ(oqat_enter_prepared_target(&network, &prepared), 1);
}

/// Answers with the target that has run.
template <int N>
int32_t answer(const void *, const void *, void *scratch,
               const oqat_parallel *) {
  *static_cast<int *>(scratch) = N;
  return 0;
}

TEST(Entry, TakesTheFirstTargetThatTheCpuHasOrTheOneAskedFor) {
  const Network<3> network = {3,
                              {{fill, answer<10>, kNobodyHas},
                               {fill, answer<11>, 0},
                               {fill, answer<12>, 0}}};
  Prepared prepared = {};
  uint8_t image[1];
  float logits[1];
  Io io = {image, logits, nullptr, nullptr, nullptr};
  alignas(64) int scratch[16] = {};
  auto run = [&] {
    return oqat_enter_run(&network, &prepared, &io, scratch, nullptr);
  };
  EXPECT_EQ(run(), 1) << "what isn't prepared is refused";
  EXPECT_EQ(oqat_enter_prepare(&network, &prepared), 0);
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(scratch[0], 11);
  EXPECT_EQ(oqat_enter_prepare_for(&network, &prepared, 2), 0);
  EXPECT_EQ(oqat_enter_prepared_target(&network, &prepared), 2);
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(scratch[0], 12);
  EXPECT_EQ(oqat_enter_prepare_for(&network, &prepared, 0), 2);
  for (int32_t none : {-1, 3, INT32_MIN, INT32_MAX})
    EXPECT_EQ(oqat_enter_prepare_for(&network, &prepared, none), 1) << none;
  EXPECT_EQ(oqat_enter_prepare_for(&network, &prepared.header[1], 1), 1);
  EXPECT_EQ(oqat_enter_prepared_target(&network, nullptr), -1);
  EXPECT_EQ(oqat_enter_prepared_target(&kNetwork, &prepared), -1)
      << "prepared for more targets than there are";
}

TEST(Entry, WhatCouldNotBePreparedDoesNotRun) {
  auto fail = [](void *) -> int32_t { return 1; };
  const Network<1> network = {1, {{fail, body, 0}}};
  Prepared prepared = {};
  ASSERT_EQ(oqat_enter_prepare(&kNetwork, &prepared), 0);
  EXPECT_EQ(oqat_enter_prepare(&network, &prepared), 1);
  EXPECT_EQ(oqat_enter_prepared_target(&network, &prepared), -1);
}

TEST(Float, RoundsToEven) {
  const float values[] = {0.5f,    1.5f,        2.5f,       -0.5f,      -1.5f,
                          -2.5f,   0.49999997f, 0.0f,       -0.0f,      -0.2f,
                          1e10f,   -1e10f,      8388607.5f, 8388609.0f, 127.5f,
                          -128.5f, 0.50000006f};
  for (float value : values) {
    float expected = static_cast<float>(std::nearbyint(double(value)));
    float got = roundevenf(value);
    EXPECT_EQ(got, expected) << value;
    EXPECT_EQ(std::signbit(got), std::signbit(expected)) << value;
  }
  EXPECT_TRUE(std::isnan(roundevenf(NAN)));
  EXPECT_TRUE(std::isinf(roundevenf(INFINITY)));
}

// Calls of fmaf() with constants would be answered by the compiler.
float fused(float x, float y, float z) {
  volatile float a = x, b = y, c = z;
  return fmaf(a, b, c);
}

TEST(Float, RoundsAProductAndASumOnce) {
  // (1 + 2^-12)^2 is 1 + 2^-11 + 2^-24, in the middle between two floats.
  const float x = 1 + 0x1p-12f, below = 1 + 0x1p-11f;
  EXPECT_EQ(fused(x, x, 0), below);
  EXPECT_EQ(fused(x, x, 0x1p-100f), below + 0x1p-23f);
  EXPECT_EQ(fused(x, x, -0x1p-100f), below);
  EXPECT_EQ(fused(-x, x, 0x1p-100f), -below);
  EXPECT_EQ(fused(-x, x, -0x1p-100f), -below - 0x1p-23f);
  // What rounding the product first would lose.
  EXPECT_EQ(fused(x, x, -below), 0x1p-24f);
  EXPECT_EQ(fused(3, 5, -15), 0);
  EXPECT_FALSE(std::signbit(fused(3, 5, -15)));
  EXPECT_TRUE(std::signbit(fused(-0.0f, 1, -0.0f)));
  EXPECT_EQ(fused(0x1p-75f, 0x1p-75f, 0x1p-149f), 0x1p-148f);
  EXPECT_EQ(fused(0x1p-75f, 0x1p-76f, 0x1p-149f), 0x1p-149f);
  EXPECT_TRUE(std::isinf(fused(0x1p100f, 0x1p100f, 0)));
  EXPECT_TRUE(std::isnan(fused(INFINITY, 1, -INFINITY)));
  EXPECT_TRUE(std::isnan(fused(NAN, 1, 1)));
}

#if defined(__x86_64__)
__attribute__((target("fma"))) float fusedByCpu(float x, float y, float z) {
  return __builtin_fmaf(x, y, z);
}

TEST(Float, FusesAsTheCpuDoes) {
  if (!(oqat_cpu_features() >> OQAT_CPU_FEATURE_FMA & 1))
    GTEST_SKIP() << "this CPU has no FMA";
  const unsigned seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  // Exponents that are often close, so that sums cancel.
  auto draw = [&] {
    uint32_t exponent = 127 - 12 + random() % 24, sign = random() & 1;
    uint32_t bits = sign << 31 | exponent << 23 | (random() & 0x7fffff);
    if (random() % 4 == 0)
      bits &= ~uint32_t(0xfff);
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  };
  for (int i = 0; i < 1000000; ++i) {
    float x = draw(), y = draw(), z = i % 3 ? draw() : -(x * y);
    float wanted = fusedByCpu(x, y, z), got = fused(x, y, z);
    ASSERT_EQ(std::memcmp(&wanted, &got, sizeof(got)), 0)
        << std::hexfloat << x << " * " << y << " + " << z << " is " << wanted
        << ", not " << got;
  }
}
#endif

} // namespace
