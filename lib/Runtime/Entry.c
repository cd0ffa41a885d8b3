/*===- Entry.c - What every entry point of a network does first
 * ------------===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
/*
 * Linked into every network's object. The exported functions call these with
 * the table of the targets that the object has code for: arguments and CPU are
 * checked, in code that any CPU of the family can run, and the floating-point
 * state is set for the generated body and for every part of it that runs on
 * another thread (N9), then given back as it was.
 *
 * What is prepared begins with the target that it is for, so that runs need no
 * state of their own.
 */
#include "oqat/Runtime/Cpu.h"
#include "oqat/Runtime/Threads.h"

#include <stddef.h>

enum { OK, BAD_ARGUMENT, UNSUPPORTED_CPU };

typedef struct network_io {
  const uint8_t *image;
  float *logits;
  void (*on_tensor)(void *user, int32_t index, const void *data, size_t bytes);
  void *user;
  void (*on_layer)(void *user, int32_t index);
} network_io;

typedef int32_t prepare_body(void *prepared);
typedef int32_t run_body(const void *prepared, const network_io *io,
                         void *scratch, const oqat_parallel *parallel);

/* The fastest first. */
typedef struct network_targets {
  uint64_t count;
  struct {
    prepare_body *prepare;
    run_body *run;
    uint64_t features;
  } targets[];
} network_targets;

/* The first bytes of `prepared`; what the target's code knows is behind. */
enum { HEADER_BYTES = 64 };
static const uint32_t complete = 0x7461716f; /* "oqat" */
typedef struct prepared_header {
  uint32_t mark;
  int32_t target;
} prepared_header;

int32_t oqat_enter_prepare(const network_targets *network, void *prepared);
int32_t oqat_enter_prepare_for(const network_targets *network, void *prepared,
                               int32_t target);
int32_t oqat_enter_prepared_target(const network_targets *network,
                                   const void *prepared);
int32_t oqat_enter_run(const network_targets *network, const void *prepared,
                       const network_io *io, void *scratch,
                       const oqat_parallel *parallel);

#if defined(__x86_64__)
typedef uint32_t float_state;
/* Round to nearest even, denormals kept, every exception masked. */
static float_state set_float_state(void) {
  uint32_t old, wanted = 0x1f80;
  __asm__ volatile("stmxcsr %0" : "=m"(old));
  __asm__ volatile("ldmxcsr %0" : : "m"(wanted) : "memory");
  return old;
}
static void restore_float_state(float_state state) {
  __asm__ volatile("ldmxcsr %0" : : "m"(state) : "memory");
}
#elif defined(__aarch64__)
typedef uint64_t float_state;
static float_state set_float_state(void) {
  uint64_t old, wanted = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(old));
  __asm__ volatile("msr fpcr, %0" : : "r"(wanted) : "memory");
  return old;
}
static void restore_float_state(float_state state) {
  __asm__ volatile("msr fpcr, %0" : : "r"(state) : "memory");
}
#else
#error "no floating-point state for this CPU family"
#endif

static int misaligned(const void *pointer) {
  return !pointer || (uintptr_t)pointer % 64 != 0;
}

static int unsupported(uint64_t features) {
  return (oqat_cpu_features() & features) != features ||
         !oqat_cpu_permit(features);
}

typedef struct guarded_part {
  void (*body)(void *context, int32_t part, int32_t parts);
  void *context;
} guarded_part;

static void run_part(void *context, int32_t part, int32_t parts) {
  const guarded_part *guarded = context;
  float_state saved = set_float_state();
  guarded->body(guarded->context, part, parts);
  restore_float_state(saved);
}

static int32_t run_guarded(void *self,
                           void (*body)(void *context, int32_t part,
                                        int32_t parts),
                           void *context, int32_t parts) {
  const oqat_parallel *parallel = self;
  guarded_part guarded = {body, context};
  return parallel->run(parallel->self, run_part, &guarded, parts);
}

int32_t oqat_enter_prepare_for(const network_targets *network, void *prepared,
                               int32_t target) {
  if (misaligned(prepared) || target < 0 || (uint64_t)target >= network->count)
    return BAD_ARGUMENT;
  if (unsupported(network->targets[target].features))
    return UNSUPPORTED_CPU;
  prepared_header *header = prepared;
  header->mark = 0;
  float_state saved = set_float_state();
  int32_t status =
      network->targets[target].prepare((char *)prepared + HEADER_BYTES);
  restore_float_state(saved);
  header->target = target;
  if (status == OK)
    header->mark = complete;
  return status;
}

int32_t oqat_enter_prepare(const network_targets *network, void *prepared) {
  int32_t status = UNSUPPORTED_CPU;
  for (uint64_t i = 0; i < network->count && status == UNSUPPORTED_CPU; ++i)
    status = oqat_enter_prepare_for(network, prepared, (int32_t)i);
  return status;
}

int32_t oqat_enter_prepared_target(const network_targets *network,
                                   const void *prepared) {
  const prepared_header *header = prepared;
  if (misaligned(prepared) || header->mark != complete || header->target < 0 ||
      (uint64_t)header->target >= network->count)
    return -1;
  return header->target;
}

int32_t oqat_enter_run(const network_targets *network, const void *prepared,
                       const network_io *io, void *scratch,
                       const oqat_parallel *parallel) {
  int32_t target = oqat_enter_prepared_target(network, prepared);
  if (target < 0 || misaligned(scratch) || !io || !io->image || !io->logits ||
      (parallel && (!parallel->run || parallel->threads < 1)))
    return BAD_ARGUMENT;
  if (unsupported(network->targets[target].features))
    return UNSUPPORTED_CPU;
  oqat_parallel guarded = {(void *)parallel, parallel ? parallel->threads : 1,
                           run_guarded};
  float_state saved = set_float_state();
  int32_t status =
      network->targets[target].run((const char *)prepared + HEADER_BYTES, io,
                                   scratch, parallel ? &guarded : NULL);
  restore_float_state(saved);
  return status;
}
