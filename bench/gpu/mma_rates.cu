// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the tensor cores of a GPU of compute capability 9.0 do at most with
// 8-, 4- and 1-bit operands: every SM issues nothing but products whose operands
// are in registers or at fixed places of shared memory.
//
//   nvcc -O3 -gencode arch=compute_90a,code=sm_90a -o mma_rates mma_rates.cu
//   ./mma_rates [rounds]
//
// Prints one JSON object: TMAC/s of the fastest and of the median round; all
// patterns take turns in every round.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int kSteps = 4096, kThreads = 512, kSharedBytes = 48 << 10;

#define CHECK(call)                                                           \
  do {                                                                        \
    cudaError_t error = (call);                                               \
    if (error != cudaSuccess) {                                               \
      std::fprintf(stderr, "mma_rates: error: %s\n",                          \
                   cudaGetErrorString(error));                                \
      std::exit(1);                                                           \
    }                                                                         \
  } while (false)

// 64 accumulators of a warpgroup's m64n128 product.
#define R8(i)                                                                 \
  "+r"(d[i]), "+r"(d[i + 1]), "+r"(d[i + 2]), "+r"(d[i + 3]), "+r"(d[i + 4]), \
      "+r"(d[i + 5]), "+r"(d[i + 6]), "+r"(d[i + 7])
#define WGMMA(shape)                                                          \
  asm volatile(                                                               \
      "wgmma.mma_async.sync.aligned." shape                                   \
      " {%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,"  \
      "%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31,%32,%33,%34,%35,"  \
      "%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,"  \
      "%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63}, %64, %65, 1;\n"          \
      "wgmma.commit_group.sync.aligned;\n"                                    \
      "wgmma.wait_group.sync.aligned 0;"                                      \
      : R8(0), R8(8), R8(16), R8(24), R8(32), R8(40), R8(48), R8(56)          \
      : "l"(a), "l"(b))

#define WGMMA_KERNEL(name, shape)                                             \
  __global__ void name(int *out) {                                            \
    /* Rows of 16 bytes, 8 rows 128 bytes apart, from the start on. */        \
    const uint64_t a = (1ull << 16) | (8ull << 32), b = a;                    \
    int d[64];                                                                \
    for (int i = 0; i < 64; ++i)                                              \
      d[i] = i;                                                               \
    asm volatile("wgmma.fence.sync.aligned;");                                \
    for (int step = 0; step < kSteps; ++step)                                 \
      WGMMA(shape);                                                           \
    int sum = 0;                                                              \
    for (int i = 0; i < 64; ++i)                                              \
      sum += d[i];                                                            \
    out[blockIdx.x * blockDim.x + threadIdx.x] = sum;                         \
  }

// Eight independent products of a warp.
#define MMA_KERNEL(name, shape)                                               \
  __global__ void name(int *out) {                                            \
    int d[8][4];                                                              \
    for (int j = 0; j < 8; ++j)                                               \
      for (int i = 0; i < 4; ++i)                                             \
        d[j][i] = i;                                                          \
    unsigned a = threadIdx.x * 77, b = threadIdx.x * 33;                      \
    for (int step = 0; step < kSteps; ++step) {                               \
      _Pragma("unroll") for (int j = 0; j < 8; ++j) asm volatile(             \
          "mma.sync.aligned." shape                                           \
          " {%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"               \
          : "+r"(d[j][0]), "+r"(d[j][1]), "+r"(d[j][2]), "+r"(d[j][3])        \
          : "r"(a), "r"(a + 1), "r"(a + 2), "r"(a + 3), "r"(b), "r"(b + 1));  \
    }                                                                         \
    int sum = 0;                                                              \
    for (int j = 0; j < 8; ++j)                                               \
      for (int i = 0; i < 4; ++i)                                             \
        sum += d[j][i];                                                       \
    out[blockIdx.x * blockDim.x + threadIdx.x] = sum;                         \
  }

WGMMA_KERNEL(wgmmaBytes, "m64n128k32.s32.u8.s8")
WGMMA_KERNEL(wgmmaBits, "m64n128k256.s32.b1.b1.and.popc")
MMA_KERNEL(mmaBytes, "m16n8k32.row.col.s32.u8.s8.s32")
MMA_KERNEL(mmaNibbles, "m16n8k64.row.col.s32.u4.s4.s32")
MMA_KERNEL(mmaBits, "m16n8k256.row.col.s32.b1.b1.s32.and.popc")

struct Pattern {
  const char *name;
  void (*kernel)(int *);
  /// Multiply-accumulates of one thread's share of a step.
  double macs;
};

int main(int argc, char **argv) {
  int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 20;
  cudaDeviceProp device;
  CHECK(cudaGetDeviceProperties(&device, 0));
  const Pattern patterns[] = {
      {"wgmma m64n128k32 u8.s8", wgmmaBytes, 64. * 128 * 32 / 128},
      {"wgmma m64n128k256 b1 and.popc", wgmmaBits, 64. * 128 * 256 / 128},
      {"mma.sync m16n8k32 u8.s8", mmaBytes, 8 * 16. * 8 * 32 / 32},
      {"mma.sync m16n8k64 u4.s4", mmaNibbles, 8 * 16. * 8 * 64 / 32},
      {"mma.sync m16n8k256 b1 and.popc", mmaBits, 8 * 16. * 8 * 256 / 32}};
  const int blocks = 2 * device.multiProcessorCount;
  int *out;
  CHECK(cudaMalloc(&out, sizeof(int) * blocks * kThreads));
  cudaEvent_t begin, end;
  CHECK(cudaEventCreate(&begin));
  CHECK(cudaEventCreate(&end));
  constexpr int kPatterns = sizeof(patterns) / sizeof(patterns[0]);
  std::vector<float> times[kPatterns];
  // The first round warms up.
  for (int round = 0; round <= rounds; ++round)
    for (int i = 0; i < kPatterns; ++i) {
      CHECK(cudaEventRecord(begin));
      patterns[i].kernel<<<blocks, kThreads, kSharedBytes>>>(out);
      CHECK(cudaGetLastError());
      CHECK(cudaEventRecord(end));
      CHECK(cudaEventSynchronize(end));
      float time;
      CHECK(cudaEventElapsedTime(&time, begin, end));
      if (round > 0)
        times[i].push_back(time);
    }
  std::printf("{\"machine\": \"%s\", \"rounds\": %d, \"patterns\": [\n",
              device.name, rounds);
  for (int i = 0; i < kPatterns; ++i) {
    std::sort(times[i].begin(), times[i].end());
    double macs = patterns[i].macs * kThreads * kSteps * blocks;
    auto rate = [&](float milliseconds) { return macs / milliseconds * 1e-9; };
    std::printf("  {\"name\": \"%s\", \"tmacsPerSecond\": %.1f, "
                "\"medianTmacsPerSecond\": %.1f}%s\n",
                patterns[i].name, rate(times[i].front()),
                rate(times[i][times[i].size() / 2]),
                i + 1 < kPatterns ? "," : "]}");
  }
  return 0;
}
