/* What the vector instructions of one core can do at most.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Each pattern is the inner loop of a kernel that would never have to load or
 * store: twelve independent accumulators in registers (six tiles), so that the
 * units and not their latency set the speed. It is written in assembly, since a
 * compiler would fold it away. Prints one JSON object; MAC/cycle divides by the
 * clock at which a chain of dependent additions runs in the same rounds.
 *
 * Usage: oqat-bench-peak [rounds]
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if !defined(__x86_64__)
#error "only x86-64 has patterns"
#endif

/* One step of a pattern adds what it computed to accumulator `a`. Registers 12
 * and 13 hold operands, 14 sixteen-bit ones, 15 is for the moment only. */
#define DOT_AVX2(r, a)                                                         \
  "vpmaddubsw %%" r "13, %%" r "12, %%" r "15\n\t"                             \
  "vpmaddwd %%" r "14, %%" r "15, %%" r "15\n\t"                               \
  "vpaddd %%" r "15, %%" r a ", %%" r a "\n\t"
#define DOT_SHORT_SUMS(r, a)                                                   \
  "vpmaddubsw %%" r "13, %%" r "12, %%" r "15\n\t"                             \
  "vpaddw %%" r "15, %%" r a ", %%" r a "\n\t"
#define DOT_WORDS(r, a)                                                        \
  "vpmaddwd %%" r "13, %%" r "12, %%" r "15\n\t"                               \
  "vpaddd %%" r "15, %%" r a ", %%" r a "\n\t"
#define LOOK_UP(r, a)                                                          \
  "vpshufb %%" r "13, %%" r "12, %%" r "15\n\t"                                \
  "vpaddb %%" r "15, %%" r a ", %%" r a "\n\t"
#define LOOK_UP_64(r, a)                                                       \
  "vpermb %%" r "12, %%" r "13, %%" r "15\n\t"                                 \
  "vpaddb %%" r "15, %%" r a ", %%" r a "\n\t"
#define DOT_VNNI(r, a) "vpdpbusd %%" r "13, %%" r "12, %%" r a "\n\t"
#define FLOAT_FMA(r, a) "vfmadd231ps %%" r "13, %%" r "12, %%" r a "\n\t"

#define ZERO(a) "vpxor %%xmm" a ", %%xmm" a ", %%xmm" a "\n\t"
#define FILL(r, a, value)                                                      \
  "vmovd %k[" value "], %%xmm" a "\n\t"                                        \
  "vpbroadcastd %%xmm" a ", %%" r a "\n\t"
/* clang-format off */
#define EACH(STEP, r)                                                          \
  STEP(r, "0") STEP(r, "1") STEP(r, "2") STEP(r, "3") STEP(r, "4")             \
  STEP(r, "5") STEP(r, "6") STEP(r, "7") STEP(r, "8") STEP(r, "9")             \
  STEP(r, "10") STEP(r, "11")
enum { STEPS = 2 * 12 };

#define PATTERN(function, STEP, r)                                             \
  static void function(uint64_t loops, uint32_t operand) {                     \
    __asm__ volatile(                                                          \
        ZERO("0") ZERO("1") ZERO("2") ZERO("3") ZERO("4") ZERO("5")            \
        ZERO("6") ZERO("7") ZERO("8") ZERO("9") ZERO("10") ZERO("11")          \
        FILL(r, "12", "operand") FILL(r, "13", "operand")                      \
        FILL(r, "14", "ones")                                                  \
        ".p2align 6\n"                                                         \
        "1:\n\t"                                                               \
        EACH(STEP, r)                                                          \
        EACH(STEP, r)                                                          \
        "dec %[loops]\n\t"                                                     \
        "jnz 1b\n\t"                                                           \
        "vzeroupper"                                                           \
        : [loops] "+r"(loops)                                                  \
        : [operand] "r"(operand), [ones] "r"(0x00010001)                       \
        : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",        \
          "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", \
          "xmm15");                                                            \
  }
PATTERN(dot_avx2, DOT_AVX2, "ymm")
PATTERN(dot_short_sums, DOT_SHORT_SUMS, "ymm")
PATTERN(dot_words, DOT_WORDS, "ymm")
PATTERN(look_up, LOOK_UP, "ymm")
PATTERN(dot_vnni, DOT_VNNI, "zmm")
PATTERN(look_up_64, LOOK_UP_64, "zmm")
PATTERN(float_fma, FLOAT_FMA, "ymm")
PATTERN(float_fma_512, FLOAT_FMA, "zmm")
/* clang-format on */

/* Of six tiles of sums, since operands take two of the eight registers. */
#define DOT_TILES(a) "tdpbusd %%tmm7, %%tmm6, %%tmm" a "\n\t"
#define EACH_TILE                                                              \
  DOT_TILES("0")                                                               \
  DOT_TILES("1") DOT_TILES("2") DOT_TILES("3") DOT_TILES("4") DOT_TILES("5")
static void dot_tiles(uint64_t loops, uint32_t operand) {
  /* Palette 1; eight tiles of 16 rows of 64 bytes. */
  static const struct {
    uint8_t palette, unused[15];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } shapes = {1,
              {0},
              {64, 64, 64, 64, 64, 64, 64, 64},
              {16, 16, 16, 16, 16, 16, 16, 16}};
  uint32_t row[16];
  for (int i = 0; i < 16; ++i)
    row[i] = operand;
  __asm__ volatile(
      "ldtilecfg %[shapes]\n\t"
      "tileloadd (%[row],%[pitch],1), %%tmm6\n\t"
      "tileloadd (%[row],%[pitch],1), %%tmm7\n\t"
      ".p2align 6\n"
      "1:\n\t" EACH_TILE EACH_TILE EACH_TILE EACH_TILE "dec %[loops]\n\t"
      "jnz 1b\n\t"
      "tilerelease"
      : [loops] "+r"(loops)
      : [shapes] "m"(shapes), [row] "r"(row), [pitch] "r"((uint64_t)0)
      : "cc", "memory");
}

/* A chain of additions of one cycle each, as many in a loop as a pattern has
 * steps. Of registers: additions of constants may be done while renaming. */
static void clock_chain(uint64_t loops, uint32_t operand) {
  uint64_t sum = 0;
  __asm__ volatile(".p2align 6\n"
                   "1:\n\t"
                   ".rept 24\n\t"
                   "add %[operand], %[sum]\n\t"
                   ".endr\n\t"
                   "dec %[loops]\n\t"
                   "jnz 1b"
                   : [loops] "+r"(loops), [sum] "+r"(sum)
                   : [operand] "r"((uint64_t)operand)
                   : "cc");
}

/* Whether the CPU and the operating system have what a pattern needs. */
static int has_avx2(void) { return __builtin_cpu_supports("avx2"); }
static int has_fma(void) { return __builtin_cpu_supports("fma"); }
static int has_avx512f(void) { return __builtin_cpu_supports("avx512f"); }
static int has_vnni(void) { return __builtin_cpu_supports("avx512vnni"); }
static int has_vbmi(void) { return __builtin_cpu_supports("avx512vbmi"); }
static int has_tiles(void) {
  /* Linux saves tiles for processes that have asked. */
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  return __builtin_cpu_supports("amx-int8") &&
         syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
static int has_clock(void) { return 1; }

enum { kMaxRounds = 1000 };
typedef struct pattern {
  const char *name, *feature;
  int (*available)(void);
  void (*run)(uint64_t loops, uint32_t operand);
  uint32_t operand;
  int macs; /* of a step */
  uint64_t loops;
  double times[kMaxRounds]; /* of a step, in nanoseconds */
} pattern;

#define MEASURED 0, {0}
/* clang-format off */
static pattern patterns[] = {
    {"clock", "x86-64", has_clock, clock_chain, 1, 1, MEASURED},
    {"ymm vpmaddubsw+vpmaddwd+vpaddd", "avx2", has_avx2, dot_avx2, 0x11223344, 32, MEASURED},
    {"ymm vpmaddubsw+vpaddw", "avx2", has_avx2, dot_short_sums, 0x11223344, 32, MEASURED},
    {"ymm vpmaddwd+vpaddd", "avx2", has_avx2, dot_words, 0x11223344, 16, MEASURED},
    /* A byte of the table is the sum of two products by weights of 2 bits. */
    {"ymm vpshufb+vpaddb", "avx2", has_avx2, look_up, 0x01020304, 64, MEASURED},
    {"zmm vpdpbusd", "avx512vnni", has_vnni, dot_vnni, 0x11223344, 64, MEASURED},
    /* Of three products, since the index has 6 bits. */
    {"zmm vpermb+vpaddb", "avx512vbmi", has_vbmi, look_up_64, 0x01020304, 192, MEASURED},
    {"tmm tdpbusd", "amx-int8", has_tiles, dot_tiles, 0x11223344, 16384, MEASURED},
    {"ymm vfmadd231ps", "fma", has_fma, float_fma, 0x3f800000, 8, MEASURED},
    {"zmm vfmadd231ps", "avx512f", has_avx512f, float_fma_512, 0x3f800000, 16, MEASURED},
};
/* clang-format on */
enum { kPatterns = sizeof patterns / sizeof *patterns };

static double nanoseconds(const pattern *p) {
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  p->run(p->loops, p->operand);
  clock_gettime(CLOCK_MONOTONIC, &end);
  return (double)(end.tv_sec - start.tv_sec) * 1e9 +
         (double)(end.tv_nsec - start.tv_nsec);
}

/* So many loops that a run takes some 0.3 ms: long beside the clock's
 * resolution, short beside a time slice. */
static void calibrate(pattern *p) {
  for (p->loops = 1024; nanoseconds(p) < 2e5;)
    p->loops *= 2;
}

static int compare(const void *lhs, const void *rhs) {
  double a = *(const double *)lhs, b = *(const double *)rhs;
  return (a > b) - (a < b);
}

/* Without what would end a JSON string. */
static void print_machine(void) {
  char line[256] = "";
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, "model name", 10))
      break;
  if (file)
    fclose(file);
  const char *name = strchr(line, ':');
  for (name = name ? name + 2 : "unknown"; *name && *name != '\n'; ++name)
    if (*name != '"' && *name != '\\')
      putchar(*name);
}

static void print(int rounds) {
  const double *clock = patterns[0].times;
  printf("{\"machine\":\"");
  print_machine();
  printf("\",\"rounds\":%d,\"clockGhz\":%.3f,\"medianClockGhz\":%.3f,"
         "\"patterns\":[",
         rounds, 1 / clock[0], 1 / clock[rounds / 2]);
  const char *separator = "";
  for (pattern *p = patterns + 1; p != patterns + kPatterns; ++p) {
    if (!p->loops)
      continue;
    double least = p->times[0], median = p->times[rounds / 2];
    printf("%s\n {\"name\":\"%s\",\"macs\":%d,\"minNs\":%.4f,"
           "\"medianNs\":%.4f,\"gmacsPerSecond\":%.1f,"
           "\"medianGmacsPerSecond\":%.1f,\"macsPerCycle\":%.1f}",
           separator, p->name, p->macs, least, median, p->macs / least,
           p->macs / median, p->macs * clock[0] / least);
    separator = ",";
  }
  printf("]}\n");
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 500;
  if (argc > 2 || rounds < 1 || rounds > kMaxRounds) {
    fprintf(stderr, "oqat-bench-peak: error: expected a number of rounds "
                    "between 1 and 1000\n");
    return 1;
  }
  for (pattern *p = patterns; p != patterns + kPatterns; ++p) {
    if (p->available())
      calibrate(p);
    else
      fprintf(stderr, "oqat-bench-peak: '%s' is skipped: this CPU lacks %s\n",
              p->name, p->feature);
  }
  for (int round = 0; round < rounds; ++round)
    for (pattern *p = patterns; p != patterns + kPatterns; ++p)
      if (p->loops)
        p->times[round] = nanoseconds(p) / ((double)p->loops * STEPS);
  for (pattern *p = patterns; p != patterns + kPatterns; ++p)
    qsort(p->times, (size_t)rounds, sizeof *p->times, compare);
  print(rounds);
  return 0;
}
