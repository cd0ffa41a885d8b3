/* Two networks in one program, as C and as C++. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "first.h"
#include "second.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t image[SECOND_HEIGHT * SECOND_WIDTH * SECOND_CHANNELS];

static void *allocate(size_t size) {
  void *memory = NULL;
  return posix_memalign(&memory, FIRST_ALIGNMENT, size + 64) ? NULL : memory;
}

static int tensors = 0;
static void count(void *user, int32_t index, const void *data, size_t bytes) {
  (void)user;
  (void)data;
  (void)bytes;
  tensors += index >= 0;
}

int main(void) {
  float first[FIRST_CLASSES], second[SECOND_CLASSES];
  void *prepared[2], *scratch[2];
  first_io io = {image, first, count, NULL, NULL};
  second_io other = {image, second, NULL, NULL, NULL};
  size_t i;
  for (i = 0; i < sizeof image; ++i)
    image[i] = (uint8_t)(i * 37);
  if (first_abi_version() != FIRST_ABI_VERSION ||
      second_abi_version() != SECOND_ABI_VERSION)
    return 1;
  prepared[0] = allocate(first_prepared_size());
  prepared[1] = allocate(second_prepared_size());
  scratch[0] = allocate(first_scratch_size());
  scratch[1] = allocate(second_scratch_size());
  if (first_prepare(prepared[0]) != FIRST_OK || second_prepare(prepared[1]))
    return 2;
  if (first_run(prepared[0], NULL, scratch[0], NULL) != FIRST_BAD_ARGUMENT ||
      first_run((char *)prepared[0] + 1, &io, scratch[0], NULL) !=
          FIRST_BAD_ARGUMENT)
    return 3;
  if (first_run(prepared[0], &io, scratch[0], NULL) != FIRST_OK ||
      second_run(prepared[1], &other, scratch[1], NULL) != SECOND_OK)
    return 4;
  if (tensors != FIRST_TENSORS)
    return 5;
  puts(memcmp(first, second, sizeof first) ? "different" : "same");
  return 0;
}
