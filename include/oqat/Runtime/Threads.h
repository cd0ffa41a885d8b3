/*===- Threads.h - A parallel-for for compiled networks ------------*- C
 * -*-===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
#ifndef OQAT_RUNTIME_THREADS_H
#define OQAT_RUNTIME_THREADS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Laid out as the <net>_parallel of every network's header. */
typedef struct oqat_parallel {
  void *self;
  int32_t threads;
  /* Calls body(context, part, parts) once for every part in [0, parts), and
   * returns when all have ended; 0 on success. */
  int32_t (*run)(void *self,
                 void (*body)(void *context, int32_t part, int32_t parts),
                 void *context, int32_t parts);
} oqat_parallel;

/* Starts `threads - 1` workers; the caller of run() is the last one. Returns 0,
 * or 1 when threads < 1 or a thread can't be started. One run() at a time. */
int32_t oqat_threads_create(oqat_parallel *parallel, int32_t threads);

/* Ends the workers. A zeroed or destroyed struct is left as it is. */
void oqat_threads_destroy(oqat_parallel *parallel);

#ifdef __cplusplus
}
#endif

#endif /* OQAT_RUNTIME_THREADS_H */
