//===- RuntimeTests.cpp - Parallel-for and CPU check ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Runtime/Cpu.h"
#include "oqat/Runtime/Threads.h"
#include "gtest/gtest.h"
#include <atomic>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

struct Counts {
  std::vector<std::atomic<int>> seen;
  std::atomic<int> wrongParts{0};
  explicit Counts(int parts) : seen(parts) {}
};

void count(void *context, int32_t part, int32_t parts) {
  auto *counts = static_cast<Counts *>(context);
  if (parts != static_cast<int>(counts->seen.size()))
    ++counts->wrongParts;
  ++counts->seen[part];
}

TEST(Threads, EveryPartRunsOnceForAnyThreadCount) {
  for (int threads : {1, 2, 3, 8}) {
    oqat_parallel parallel = {};
    ASSERT_EQ(oqat_threads_create(&parallel, threads), 0);
    EXPECT_EQ(parallel.threads, threads);
    for (int round = 0; round < 3000; ++round) {
      Counts counts(round % 7);
      ASSERT_EQ(parallel.run(parallel.self, count, &counts, round % 7), 0);
      for (auto &seen : counts.seen)
        ASSERT_EQ(seen.load(), 1)
            << "threads " << threads << " round " << round;
      ASSERT_EQ(counts.wrongParts.load(), 0);
    }
    oqat_threads_destroy(&parallel);
    oqat_threads_destroy(&parallel);
  }
}

struct Rendezvous {
  std::atomic<int> begun{0};
  std::vector<std::thread::id> threads;
  explicit Rendezvous(int parts) : threads(parts) {}
};

/// A part that ends when all have begun, so that no thread has two.
void meet(void *context, int32_t part, int32_t parts) {
  auto *all = static_cast<Rendezvous *>(context);
  all->threads[part] = std::this_thread::get_id();
  ++all->begun;
  while (all->begun.load() < parts)
    std::this_thread::yield();
}

TEST(Threads, TheSameThreadBeginsWithTheSamePart) {
  constexpr int kThreads = 4;
  oqat_parallel parallel = {};
  ASSERT_EQ(oqat_threads_create(&parallel, kThreads), 0);
  std::vector<std::thread::id> first;
  for (int round = 0; round < 200; ++round) {
    Rendezvous all(kThreads);
    ASSERT_EQ(parallel.run(parallel.self, meet, &all, kThreads), 0);
    if (first.empty())
      first = all.threads;
    ASSERT_EQ(all.threads, first) << "round " << round;
  }
  EXPECT_EQ(first[0], std::this_thread::get_id());
  oqat_threads_destroy(&parallel);
}

TEST(Threads, RefusesNonsense) {
  oqat_parallel parallel = {};
  EXPECT_EQ(oqat_threads_create(&parallel, 0), 1);
  EXPECT_EQ(oqat_threads_create(&parallel, -3), 1);
  EXPECT_EQ(parallel.run, nullptr);
}

#if defined(__x86_64__) && defined(__linux__)
// What the kernel says of the CPU, in its spelling.
TEST(Cpu, AgreesWithTheKernel) {
  std::ifstream info("/proc/cpuinfo");
  std::string line, flags;
  while (std::getline(info, line) && flags.empty())
    if (line.rfind("flags", 0) == 0)
      flags = line.substr(line.find(':') + 1) + " ";
  if (flags.empty())
    GTEST_SKIP() << "no /proc/cpuinfo";
  const std::pair<int, const char *> pairs[] = {
      {OQAT_CPU_FEATURE_SSE42, "sse4_2"},
      {OQAT_CPU_FEATURE_AVX2, "avx2"},
      {OQAT_CPU_FEATURE_FMA, "fma"},
      {OQAT_CPU_FEATURE_AVX512F, "avx512f"},
      {OQAT_CPU_FEATURE_AVX512BW, "avx512bw"},
      {OQAT_CPU_FEATURE_AVX512VBMI, "avx512vbmi"},
      {OQAT_CPU_FEATURE_AVX512VNNI, "avx512_vnni"},
      {OQAT_CPU_FEATURE_AVXVNNI, "avx_vnni"},
      {OQAT_CPU_FEATURE_GFNI, "gfni"},
      {OQAT_CPU_FEATURE_AMXTILE, "amx_tile"},
      {OQAT_CPU_FEATURE_AMXINT8, "amx_int8"},
  };
  for (auto [bit, name] : pairs)
    EXPECT_EQ(oqat_cpu_features() >> bit & 1,
              flags.find(std::string(" ") + name + " ") != std::string::npos)
        << name;
}

TEST(Cpu, AsksTheKernelForTiles) {
  constexpr int kRequestPermission = 0x1023, kTileData = 18;
  const uint64_t tiles = uint64_t(1) << OQAT_CPU_FEATURE_AMXTILE;
  EXPECT_EQ(oqat_cpu_permit(0), 1);
  EXPECT_EQ(oqat_cpu_permit(~tiles), 1);
  const int granted =
      syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  EXPECT_EQ(oqat_cpu_permit(tiles), granted);
  EXPECT_EQ(oqat_cpu_permit(~uint64_t(0)), granted);
}
#endif

} // namespace
