//===- BatchLoader.h - Batches made ahead of their use
//----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DATA_BATCHLOADER_H
#define OQAT_TRAIN_DATA_BATCHLOADER_H

#include "train/Data/Batch.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace oqat::train {

/// Gives batches first … last - 1 in order. Threads of its own make up to
/// kAhead of them before they are asked for; with no threads, a batch is made
/// when it is asked for, on the threads of forEach. What a batch holds doesn't
/// depend on any of this.
class BatchLoader {
public:
  static constexpr int64_t kAhead = 4;
  /// What batch `number` is of; called in order, by the thread that calls next.
  using Requests = std::function<BatchRequest(int64_t number)>;

  BatchLoader(const Dataset &dataset, int workers, int64_t first, int64_t last,
              Requests requests);
  ~BatchLoader();

  /// Throws what went wrong at the lowest place of the batch.
  Batch next();

private:
  struct Job {
    BatchRequest request;
    Batch batch;
    int64_t started = 0, done = 0, failedPlace = 0;
    std::exception_ptr failure;
  };

  const Dataset &dataset;
  Requests requests;
  int64_t number, last;
  std::mutex lock;
  std::condition_variable wake, ready;
  /// In order; the consumer takes the front when it is done. A deque's elements
  /// keep their place.
  std::deque<Job> jobs;
  bool isStopping = false;
  std::vector<std::thread> workers;

  void request();
  Job *nextJob();
  void work();
};

} // namespace oqat::train

#endif // OQAT_TRAIN_DATA_BATCHLOADER_H
