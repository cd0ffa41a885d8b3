/*===- Cpu.c - Which features this CPU has
 * ---------------------------------===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
/*
 * Compiled twice: into the runtime library, and as a freestanding object that
 * the compiler links into every network, so that an object refuses a CPU that
 * lacks its target's features, or a system that keeps them from it, instead of
 * dying of an illegal instruction.
 */
#include "oqat/Runtime/Cpu.h"

#include <stdatomic.h>

#if defined(__x86_64__)
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };

static const struct {
  uint32_t leaf, subleaf, reg, bit, xcr0;
} features[] = {
#define OQAT_CPU_FEATURE(id, name, leaf, subleaf, reg, bit, xcr0)              \
  {leaf, subleaf, reg, bit, xcr0},
#include "oqat/Runtime/CpuFeatures.def"
};

/* The register state that the operating system saves (XCR0), 0 if none. */
static uint64_t saved_state(void) {
  uint32_t regs[4];
  if (!__get_cpuid(1, &regs[EAX], &regs[EBX], &regs[ECX], &regs[EDX]) ||
      !(regs[ECX] >> 27 & 1))
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

/* 0 in all registers where there is no such leaf. */
static void ask(uint32_t leaf, uint32_t subleaf, uint32_t regs[4]) {
  regs[EAX] = regs[EBX] = regs[ECX] = regs[EDX] = 0;
  if (__get_cpuid_max(leaf & 0x80000000u, 0) < leaf)
    return;
  /* Leaf 7 says in EAX how many subleaves it has. */
  if (leaf == 7 && subleaf > 0) {
    uint32_t zero[4];
    __cpuid_count(7, 0, zero[EAX], zero[EBX], zero[ECX], zero[EDX]);
    if (zero[EAX] < subleaf)
      return;
  }
  __cpuid_count(leaf, subleaf, regs[EAX], regs[EBX], regs[ECX], regs[EDX]);
}

/* Under a hypervisor an answer takes tens of microseconds: features that come
 * from the same leaf follow each other. */
static uint64_t detect(void) {
  uint64_t state = saved_state(), found = 0;
  uint32_t regs[4];
  for (int i = 0; i < OQAT_CPU_FEATURE_COUNT; ++i) {
    if (i == 0 || features[i].leaf != features[i - 1].leaf ||
        features[i].subleaf != features[i - 1].subleaf)
      ask(features[i].leaf, features[i].subleaf, regs);
    if ((regs[features[i].reg] >> features[i].bit & 1) &&
        (state & features[i].xcr0) == features[i].xcr0)
      found |= UINT64_C(1) << i;
  }
  return found;
}
#else
static uint64_t detect(void) { return 0; }
#endif

uint64_t oqat_cpu_features(void) {
  /* The top bit says "asked"; a race costs a second cpuid and nothing else. */
  static _Atomic uint64_t cache;
  const uint64_t asked = UINT64_C(1) << 63;
  uint64_t word = atomic_load_explicit(&cache, memory_order_relaxed);
  if (!word) {
    word = detect() | asked;
    atomic_store_explicit(&cache, word, memory_order_relaxed);
  }
  return word & ~asked;
}

#if defined(__x86_64__) && defined(__linux__)
/* arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA), without a libc. */
static int request_tiles(void) {
  enum { ARCH_PRCTL = 158, REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  long status = ARCH_PRCTL;
  __asm__ volatile("syscall"
                   : "+a"(status)
                   : "D"((long)REQUEST_PERMISSION), "S"((long)TILE_DATA)
                   : "rcx", "r11", "memory");
  return status == 0;
}
#else
static int request_tiles(void) { return 1; }
#endif

int oqat_cpu_permit(uint64_t features) {
  /* Asking twice does no harm, so a race costs a system call. A refusal is
   * asked about again: a host may mend what caused it. */
  static _Atomic int granted;
  if (!(features >> OQAT_CPU_FEATURE_AMXTILE & 1) ||
      atomic_load_explicit(&granted, memory_order_relaxed))
    return 1;
  if (!request_tiles())
    return 0;
  atomic_store_explicit(&granted, 1, memory_order_relaxed);
  return 1;
}
