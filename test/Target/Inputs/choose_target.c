/* Runs a network of several targets through its C ABI: as the object chooses,
 * and for each target that the CPU has; all must give the same logits. */
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "net.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t image[NET_HEIGHT * NET_WIDTH * NET_CHANNELS];
static float chosen[NET_CLASSES], other[NET_CLASSES];

static void *allocate(size_t size) {
  void *memory = NULL;
  if (posix_memalign(&memory, NET_ALIGNMENT, size))
    return NULL;
  return memset(memory, 0, size);
}

int main(void) {
  void *prepared = allocate(net_prepared_size());
  void *scratch = allocate(net_scratch_size());
  net_io io = {image, chosen, NULL, NULL, NULL};
  int32_t target, best;
  size_t i;
  for (i = 0; i < sizeof image; ++i)
    image[i] = (uint8_t)(i * 37);
  if (net_abi_version() != NET_ABI_VERSION || !prepared || !scratch)
    return 1;
  if (net_prepared_target(prepared) != -1 ||
      net_run(prepared, &io, scratch, NULL) != NET_BAD_ARGUMENT)
    return 2;
  if (net_prepare_for(prepared, -1) != NET_BAD_ARGUMENT ||
      net_prepare_for(prepared, NET_TARGETS) != NET_BAD_ARGUMENT)
    return 3;
  if (net_prepare(prepared) != NET_OK ||
      net_run(prepared, &io, scratch, NULL) != NET_OK)
    return 4;
  best = net_prepared_target(prepared);
  printf("%d of %d targets chosen\n", (int)best, NET_TARGETS);
  io.logits = other;
  for (target = 0; target < NET_TARGETS; ++target) {
    int32_t status = net_prepare_for(prepared, target);
    memset(other, 0, sizeof other);
    printf("target %d: ", (int)target);
    if (status == NET_UNSUPPORTED_CPU && target != best) {
      puts("not on this CPU");
      continue;
    }
    /* What is faster than the choice must be missing. */
    if (status != NET_OK || target < best ||
        net_prepared_target(prepared) != target ||
        net_run(prepared, &io, scratch, NULL) != NET_OK)
      return 5;
    puts(memcmp(chosen, other, sizeof other) ? "different" : "equal");
  }
  free(prepared);
  free(scratch);
  return 0;
}
