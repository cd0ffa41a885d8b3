//===- BatchLoader.cpp - Batches made ahead of their use
//--------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Data/BatchLoader.h"

#include <algorithm>

namespace oqat::train {

// Small pictures take microseconds: one at a time would be all locking.
static constexpr int64_t kBlock = 8;

BatchLoader::BatchLoader(const Dataset &dataset, int workers, int64_t first,
                         int64_t last, Requests requests)
    : dataset(dataset), requests(std::move(requests)), number(first),
      last(last) {
  for (int i = 0; i < workers; ++i)
    this->workers.emplace_back([this] { work(); });
}

BatchLoader::~BatchLoader() {
  {
    std::lock_guard<std::mutex> guard(lock);
    isStopping = true;
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

/// Fills the queue.
void BatchLoader::request() {
  while (number < last) {
    {
      std::lock_guard<std::mutex> guard(lock);
      if (static_cast<int64_t>(jobs.size()) == kAhead)
        return;
    }
    Job job;
    job.request = requests(number++);
    job.batch = makeBatch(job.request);
    std::lock_guard<std::mutex> guard(lock);
    jobs.push_back(std::move(job));
    wake.notify_all();
  }
}

Batch BatchLoader::next() {
  if (workers.empty())
    return loadBatch(dataset, requests(number++));
  request();
  std::unique_lock<std::mutex> guard(lock);
  Job &job = jobs.front();
  ready.wait(guard, [&] { return job.done == job.request.count(); });
  if (job.failure)
    std::rethrow_exception(job.failure);
  Batch batch = std::move(job.batch);
  jobs.pop_front();
  return batch;
}

/// The first job with places that nobody works on; the lock is held.
BatchLoader::Job *BatchLoader::nextJob() {
  for (Job &job : jobs)
    if (job.started < job.request.count())
      return &job;
  return nullptr;
}

void BatchLoader::work() {
  std::unique_lock<std::mutex> guard(lock);
  while (true) {
    Job *job = nullptr;
    wake.wait(guard, [&] { return isStopping || (job = nextJob()); });
    if (isStopping)
      return;
    int64_t first = job->started;
    int64_t end = std::min(first + kBlock, job->request.count());
    job->started = end;
    guard.unlock();
    int64_t place = first;
    std::exception_ptr failure;
    try {
      for (; place < end; ++place)
        fillPlace(dataset, job->request, place, job->batch);
    } catch (...) {
      failure = std::current_exception();
    }
    guard.lock();
    if (failure && (!job->failure || place < job->failedPlace)) {
      job->failure = failure;
      job->failedPlace = place;
    }
    job->done += end - first;
    if (job->done == job->request.count())
      ready.notify_one();
  }
}

} // namespace oqat::train
