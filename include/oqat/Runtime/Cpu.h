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

#ifdef __cplusplus
}
#endif

#endif /* OQAT_RUNTIME_CPU_H */
