/*===- Cpu.h - Which features this CPU has -------------------------*- C
 * -*-===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
#ifndef OQAT_RUNTIME_CPU_H
#define OQAT_RUNTIME_CPU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The places of CpuFeatures.def, from 0. */
enum {
#define OQAT_CPU_FEATURE(id, name, leaf, subleaf, reg, bit, xcr0)              \
  OQAT_CPU_FEATURE_##id,
#include "oqat/Runtime/CpuFeatures.def"
  OQAT_CPU_FEATURE_COUNT
};

/* The features that both the CPU and the operating system offer, one bit each.
 * Asked of the CPU once; 0 on anything but x86-64. */
uint64_t oqat_cpu_features(void);

/* Whether this process may use the features of a word, as far as that has to be
 * asked: Linux saves the tile registers of AMX for processes that have asked,
 * and kills those that have not. What it has granted holds for all threads of
 * the process, older ones too, and for its children. */
int oqat_cpu_permit(uint64_t features);

#ifdef __cplusplus
}
#endif

#endif /* OQAT_RUNTIME_CPU_H */
