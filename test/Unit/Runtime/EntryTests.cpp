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
#include <thread>

extern "C" {
int32_t oqat_enter_prepare(int32_t (*body)(void *), uint64_t features,
                           void *prepared);
int32_t oqat_enter_run(int32_t (*body)(const void *, const void *, void *,
                                       const oqat_parallel *),
                       uint64_t features, const void *prepared, const void *io,
                       void *scratch, const oqat_parallel *parallel);
float roundevenf(float x);
}

namespace {

struct Io {
  const uint8_t *image;
  float *logits;
  void *onTensor, *user;
};

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
  alignas(64) char prepared[64] = {};
  Seen seen[2];
  uint8_t image[1];
  float logits[1];
  Io io = {image, logits, nullptr, nullptr};
  oqat_parallel parallel = {nullptr, 2, runOnHostileThreads};
  const float expectedThird = 1.0f / 3.0f;
  setFloatState(kHostState);
  int32_t alone = oqat_enter_run(body, 0, prepared, &io, &seen[0], nullptr);
  int32_t threaded =
      oqat_enter_run(body, 0, prepared, &io, &seen[1], &parallel);
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
  alignas(64) char prepared[128];
  Seen seen;
  uint8_t image[1];
  float logits[1];
  Io io = {image, logits, nullptr, nullptr};
  Io noImage = {nullptr, logits, nullptr, nullptr};
  Io noLogits = {image, nullptr, nullptr, nullptr};
  oqat_parallel noRun = {nullptr, 2, nullptr};
  auto run = [&](const void *p, const void *i, void *s,
                 const oqat_parallel *par) {
    return oqat_enter_run(body, 0, p, i, s, par);
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
  alignas(64) char prepared[64];
  auto prepare = [](void *) -> int32_t { return 0; };
  const uint64_t nobodyHas = uint64_t(1) << 62;
  EXPECT_EQ(oqat_enter_prepare(prepare, nobodyHas, prepared), 2);
  EXPECT_EQ(oqat_enter_prepare(prepare, oqat_cpu_features(), prepared), 0);
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

} // namespace
