/*===- Threads.c - A parallel-for for compiled networks
 * --------------------===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
/*
 * Every thread has a lane: thread i of n begins with the parts i, i + n, ... of
 * each run, so that from one layer to the next it finds in its cache what it
 * wrote there, and then takes lanes that nobody has begun. A lane is claimed by
 * the number of the run: a worker that comes late to one can never take a part
 * of another, and the caller waits for parts, not for workers to wake up.
 * Between two runs workers spin for a moment, because the layers of a network
 * follow each other within microseconds, and then sleep.
 */
#include "oqat/Runtime/Threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SPINS = 4000, LINE = 64 };

typedef struct lane {
  _Alignas(LINE) _Atomic uint32_t claimed; /* by the last run that met it */
  struct pool *pool;
  int32_t index;
  pthread_t id;
} lane;

typedef struct pool {
  /* A line of the cache for what a run begins with and one for its end. */
  _Alignas(LINE) _Atomic uint64_t ticket; /* run : 32, parts : 32 */
  void (*body)(void *context, int32_t part, int32_t parts);
  void *context;
  _Alignas(LINE) atomic_int done; /* parts of this run that have ended */
  _Alignas(LINE) atomic_int sleepers;
  int stop; /* under the mutex */
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  int32_t workers, threads;
  lane lanes[];
} pool;

static uint32_t run_of(uint64_t ticket) { return (uint32_t)(ticket >> 32); }

static void pause_cpu(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* Whether the lane was this run's to take and is now the caller's. */
static int claim(lane *own, uint32_t run) {
  uint32_t last = atomic_load_explicit(&own->claimed, memory_order_relaxed);
  while ((int32_t)(run - last) > 0)
    if (atomic_compare_exchange_weak_explicit(&own->claimed, &last, run,
                                              memory_order_acq_rel,
                                              memory_order_relaxed))
      return 1;
  return 0;
}

/* Takes lanes, the thread's own first, until all are taken. */
static void take_lanes(pool *p, uint64_t ticket, int32_t own) {
  int32_t parts = (int32_t)(uint32_t)ticket, threads = p->threads;
  for (int32_t i = 0; i < threads; ++i) {
    int32_t first = (own + i) % threads, ended = 0;
    if (first >= parts || !claim(&p->lanes[first], run_of(ticket)))
      continue;
    /* Until these have ended the caller can't change what they are. */
    for (int32_t part = first; part < parts; part += threads, ++ended)
      p->body(p->context, part, parts);
    atomic_fetch_add_explicit(&p->done, ended, memory_order_release);
  }
}

/* Waits for another ticket than `seen`; 0 when the pool is being destroyed. */
static uint64_t wait_for_run(pool *p, uint64_t seen) {
  uint64_t ticket = seen;
  for (int i = 0; i < SPINS; ++i) {
    ticket = atomic_load_explicit(&p->ticket, memory_order_acquire);
    if (ticket != seen)
      return ticket;
    pause_cpu();
  }
  pthread_mutex_lock(&p->mutex);
  /* Either this thread sees the next ticket or its caller sees this sleeper. */
  atomic_fetch_add(&p->sleepers, 1);
  while (!p->stop && (ticket = atomic_load(&p->ticket)) == seen)
    pthread_cond_wait(&p->wake, &p->mutex);
  atomic_fetch_sub(&p->sleepers, 1);
  int stop = p->stop;
  pthread_mutex_unlock(&p->mutex);
  return stop ? 0 : ticket;
}

static void *work(void *argument) {
  lane *own = argument;
  uint64_t seen = 0;
  while ((seen = wait_for_run(own->pool, seen)) != 0)
    take_lanes(own->pool, seen, own->index);
  return NULL;
}

static int32_t run(void *self,
                   void (*body)(void *context, int32_t part, int32_t parts),
                   void *context, int32_t parts) {
  pool *p = self;
  if (parts < 2 || p->workers == 0) {
    for (int32_t part = 0; part < parts; ++part)
      body(context, part, parts);
    return 0;
  }
  p->body = body;
  p->context = context;
  atomic_store_explicit(&p->done, 0, memory_order_relaxed);
  uint64_t last = atomic_load_explicit(&p->ticket, memory_order_relaxed);
  uint64_t ticket = (uint64_t)(run_of(last) + 1) << 32 | (uint32_t)parts;
  atomic_store(&p->ticket, ticket);
  if (atomic_load(&p->sleepers)) {
    pthread_mutex_lock(&p->mutex);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->mutex);
  }
  take_lanes(p, ticket, 0);
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
  for (int32_t i = 1; i <= p->workers; ++i)
    pthread_join(p->lanes[i].id, NULL);
  pthread_cond_destroy(&p->wake);
  pthread_mutex_destroy(&p->mutex);
  free(p);
}

int32_t oqat_threads_create(oqat_parallel *parallel, int32_t threads) {
  if (threads < 1 || threads > 4096)
    return 1;
  size_t bytes = sizeof(pool) + (size_t)threads * sizeof(lane);
  pool *p = aligned_alloc(LINE, bytes);
  if (!p)
    return 1;
  memset(p, 0, bytes);
  p->threads = threads;
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->wake, NULL);
  for (int32_t i = 1; i < threads; ++i) {
    lane *own = &p->lanes[i];
    own->pool = p;
    own->index = i;
    if (pthread_create(&own->id, NULL, work, own)) {
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
