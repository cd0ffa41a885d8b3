/*===- Threads.c - A parallel-for for compiled networks
 * --------------------===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
/*
 * One atomic ticket holds the round, its number of parts and the next part, so
 * that a worker that comes late to a round can never take a part of another one
 * by mistake, and the caller waits for parts, not for workers to wake up.
 * Between two runs workers spin for a moment, because the layers of a network
 * follow each other within microseconds, and then sleep.
 */
#include "oqat/Runtime/Threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS = 4000, PART_BITS = 24 };

typedef struct pool {
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  _Atomic uint64_t ticket; /* round : 16, parts : 24, next part : 24 */
  atomic_int done;         /* parts of this round that have ended */
  int stop, sleepers;      /* under the mutex */
  void (*body)(void *context, int32_t part, int32_t parts);
  void *context;
  int32_t workers;
  pthread_t ids[];
} pool;

static uint32_t round_of(uint64_t ticket) {
  return (uint32_t)(ticket >> (2 * PART_BITS));
}

static void pause_cpu(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Returns the round that was found without a part left. */
static uint32_t take_parts(pool *p) {
  const uint64_t mask = (UINT64_C(1) << PART_BITS) - 1;
  for (;;) {
    uint64_t ticket =
        atomic_fetch_add_explicit(&p->ticket, 1, memory_order_acq_rel);
    int32_t part = (int32_t)(ticket & mask);
    int32_t parts = (int32_t)(ticket >> PART_BITS & mask);
    if (part >= parts)
      return round_of(ticket);
    /* An unfinished part is ours: the caller can't change these now. */
    p->body(p->context, part, parts);
    atomic_fetch_add_explicit(&p->done, 1, memory_order_release);
  }
}

static int is_new(pool *p, uint32_t seen) {
  return round_of(atomic_load_explicit(&p->ticket, memory_order_acquire)) !=
         seen;
}

/* Waits for a round other than `seen`; 0 when the pool is being destroyed. */
static int wait_for_round(pool *p, uint32_t seen) {
  for (int i = 0; i < SPINS; ++i) {
    if (is_new(p, seen))
      return 1;
    pause_cpu();
  }
  pthread_mutex_lock(&p->mutex);
  ++p->sleepers;
  while (!p->stop && !is_new(p, seen))
    pthread_cond_wait(&p->wake, &p->mutex);
  --p->sleepers;
  int go = !p->stop;
  pthread_mutex_unlock(&p->mutex);
  return go;
}

static void *work(void *argument) {
  pool *p = argument;
  uint32_t seen = 0;
  while (wait_for_round(p, seen))
    seen = take_parts(p);
  return NULL;
}

static int32_t run(void *self,
                   void (*body)(void *context, int32_t part, int32_t parts),
                   void *context, int32_t parts) {
  pool *p = self;
  if (parts < 2 || p->workers == 0 || parts >> (PART_BITS - 1)) {
    for (int32_t part = 0; part < parts; ++part)
      body(context, part, parts);
    return 0;
  }
  p->body = body;
  p->context = context;
  atomic_store_explicit(&p->done, 0, memory_order_relaxed);
  uint64_t round =
      round_of(atomic_load_explicit(&p->ticket, memory_order_relaxed)) + 1;
  pthread_mutex_lock(&p->mutex);
  atomic_store_explicit(&p->ticket,
                        round << (2 * PART_BITS) | (uint64_t)parts << PART_BITS,
                        memory_order_release);
  if (p->sleepers)
    pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->mutex);
  take_parts(p);
  for (int spins = 0;
       atomic_load_explicit(&p->done, memory_order_acquire) < parts; ++spins) {
    if (spins < SPINS)
      pause_cpu();
    else
      sched_yield();
  }
  return 0;
}

static void stop_workers(pool *p) {
  pthread_mutex_lock(&p->mutex);
  p->stop = 1;
  pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->mutex);
  for (int32_t i = 0; i < p->workers; ++i)
    pthread_join(p->ids[i], NULL);
  pthread_cond_destroy(&p->wake);
  pthread_mutex_destroy(&p->mutex);
  free(p);
}

int32_t oqat_threads_create(oqat_parallel *parallel, int32_t threads) {
  if (threads < 1 || threads > 4096)
    return 1;
  pool *p = calloc(1, sizeof(pool) + (size_t)(threads - 1) * sizeof(pthread_t));
  if (!p)
    return 1;
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->wake, NULL);
  for (int32_t i = 0; i < threads - 1; ++i) {
    if (pthread_create(&p->ids[i], NULL, work, p)) {
      stop_workers(p);
      return 1;
    }
    ++p->workers;
  }
  parallel->self = p;
  parallel->threads = threads;
  parallel->run = run;
  return 0;
}

void oqat_threads_destroy(oqat_parallel *parallel) {
  if (!parallel->self)
    return;
  stop_workers(parallel->self);
  parallel->self = NULL;
  parallel->run = NULL;
  parallel->threads = 0;
}
