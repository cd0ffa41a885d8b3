/* A hand-written network with the ABI of a compiled one: two classes, the sums
 * of the even and of the odd bytes of a 4x4 picture, each in its own part. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stddef.h>
#include <stdint.h>

typedef struct toy_io {
  const uint8_t *image;
  float *logits;
  void (*on_tensor)(void *user, int32_t index, const void *data, size_t bytes);
  void *user;
  void (*on_layer)(void *user, int32_t index);
} toy_io;
typedef struct toy_parallel {
  void *self;
  int32_t threads;
  int32_t (*run)(void *self, void (*body)(void *, int32_t, int32_t),
                 void *context, int32_t parts);
} toy_parallel;

#ifndef VERSION
#define VERSION 2
#endif
#ifndef STATUS
#define STATUS 0
#endif
#ifndef SCRATCH
#define SCRATCH 0
#endif

int32_t toy_abi_version(void) { return VERSION; }
size_t toy_prepared_size(void) { return 64; }
size_t toy_scratch_size(void) { return SCRATCH; }
int32_t toy_prepare(void *prepared) {
  return (uintptr_t)prepared % 64 ? 1 : STATUS;
}

#ifdef TARGET
int32_t toy_prepare_for(void *prepared, int32_t target) {
  return target ? STATUS : 2;
}
int32_t toy_prepared_target(const void *prepared) { return TARGET; }
#endif

#ifdef CONSTANT
static void sum(void *context, int32_t part, int32_t parts) {
  ((const toy_io *)context)->logits[part] = 1.5f + part;
}
#else
static void sum(void *context, int32_t part, int32_t parts) {
  const toy_io *io = context;
  float total = 0;
  for (int i = part; i < 48; i += 2)
    total += io->image[i];
  io->logits[part] = total;
}
#endif

int32_t toy_run(const void *prepared, const toy_io *io, void *scratch,
                const toy_parallel *parallel) {
  uint8_t codes[2];
  if ((uintptr_t)scratch % 64)
    return 1;
  if (parallel) {
    parallel->run(parallel->self, sum, (void *)io, 2);
  } else {
    sum((void *)io, 0, 2);
    sum((void *)io, 1, 2);
  }
  if (io->on_layer) {
    io->on_layer(io->user, 0);
    io->on_layer(io->user, 1);
  }
  if (io->on_tensor) {
    codes[0] = 3;
    codes[1] = 1;
    io->on_tensor(io->user, 0, codes, sizeof codes);
    io->on_tensor(io->user, 1, io->logits, 2 * sizeof(float));
  }
  return 0;
}
