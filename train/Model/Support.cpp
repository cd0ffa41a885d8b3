//===- Support.cpp - Errors, threads and scratch of the trainer -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/Support.h"

#include <ATen/Parallel.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <malloc.h>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace oqat::train {

namespace {

/// The indices of one forEach.
struct Job {
  int64_t count;
  const std::function<void(int64_t)> &body;
  std::atomic<int64_t> next{0};
  std::mutex lock;
  int64_t failed = INT64_MAX;
  std::exception_ptr failure;

  void work() {
    for (int64_t i = next++; i < count; i = next++) {
      try {
        body(i);
      } catch (...) {
        // The error of the lowest index, whatever thread met which first.
        std::lock_guard<std::mutex> guard(lock);
        if (i < failed) {
          failed = i;
          failure = std::current_exception();
        }
      }
    }
  }
};

thread_local bool isInsideJob = false;

/// Threads that help with a job while they can. Whoever starts a job waits only
/// for helpers that took part in it, so that a busy machine costs no barrier.
class Pool {
public:
  ~Pool() { resize(0); }

  void resize(int helpers) {
    {
      std::lock_guard<std::mutex> guard(lock);
      isStopping = true;
      ++generation;
    }
    wake.notify_all();
    for (std::thread &thread : threads)
      thread.join();
    threads.clear();
    isStopping = false;
    for (int i = 0; i < helpers; ++i)
      threads.emplace_back([this] { help(); });
  }

  bool isEmpty() const { return threads.empty(); }

  void run(Job &job) {
    {
      std::lock_guard<std::mutex> guard(lock);
      current = &job;
      ++generation;
    }
    if (sleeping > 0)
      wake.notify_all();
    isInsideJob = true;
    job.work();
    isInsideJob = false;
    std::unique_lock<std::mutex> guard(lock);
    current = nullptr;
    done.wait(guard, [this] { return active == 0; });
  }

private:
  static constexpr int kSpins = 4000;
  std::mutex lock;
  std::condition_variable wake, done;
  std::vector<std::thread> threads;
  std::atomic<uint64_t> generation{0};
  std::atomic<int> sleeping{0};
  Job *current = nullptr;
  int active = 0;
  bool isStopping = false;

  void help() {
    // LibTorch's own threads would come on top of ours.
    at::set_num_threads(1);
    isInsideJob = true;
    uint64_t seen = 0;
    std::unique_lock<std::mutex> guard(lock, std::defer_lock);
    while (true) {
      for (int i = 0; i < kSpins && generation == seen; ++i)
        std::atomic_signal_fence(std::memory_order_seq_cst);
      guard.lock();
      ++sleeping;
      wake.wait(guard, [&] { return generation != seen; });
      --sleeping;
      if (isStopping)
        return;
      seen = generation;
      Job *job = current;
      active += job != nullptr;
      guard.unlock();
      if (!job)
        continue;
      job->work();
      guard.lock();
      if (--active == 0)
        done.notify_one();
      guard.unlock();
    }
  }
};

Pool &pool() {
  static Pool instance;
  return instance;
}

} // namespace

void setThreads(int threads) {
  at::set_num_threads(1);
  pool().resize(threads - 1);
}

void forEach(int64_t count, const std::function<void(int64_t)> &body) {
  if (count <= 1 || isInsideJob || pool().isEmpty()) {
    for (int64_t i = 0; i < count; ++i)
      body(i);
    return;
  }
  Job job{count, body, {}, {}, INT64_MAX, nullptr};
  pool().run(job);
  if (job.failure)
    std::rethrow_exception(job.failure);
}

namespace {
struct Freed {
  void operator()(float *p) const { std::free(p); }
};
struct Slot {
  std::unique_ptr<float, Freed> data;
  int64_t capacity = 0;
};
} // namespace

float *scratch(int slot, int64_t count) {
  static thread_local std::array<Slot, 8> slots;
  Slot &s = slots.at(slot);
  if (s.capacity < count) {
    size_t bytes = (static_cast<size_t>(count) * sizeof(float) + 4095) & ~4095;
    s.data.reset(static_cast<float *>(std::aligned_alloc(64, bytes)));
    if (!s.data)
      throw Error("out of memory");
    s.capacity = count;
  }
  return s.data.get();
}

void keepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2147483647);
  mallopt(M_TOP_PAD, 64 << 20);
}

} // namespace oqat::train
