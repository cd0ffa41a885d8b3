//===- Gloo.cpp - Ranks that talk over TCP --------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// c10d's process group over Gloo. The LibTorch wheel has the code but not
// Gloo's headers, which come from Debian's libgloo-dev. That is an older Gloo:
// only names of its classes are used here, behind pointers that LibTorch makes
// and takes, so that its layouts don't matter.
//
//===----------------------------------------------------------------------===//

#include "train/Dist/Gloo.h"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <ATen/ops/from_blob.h>
#include <c10/util/Logging.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <vector>

namespace oqat::train {
namespace {

using Milliseconds = std::chrono::milliseconds;

/// One may compile the plan, read a large data set or write a checkpoint while
/// the others wait. A rank that dies closes its connections and is noticed at
/// once all the same; one that hangs meanwhile only after that time.
constexpr Milliseconds kPatience = std::chrono::minutes(10);

/// A bucket in the air must not hold up the small sums of batch norm's
/// backward, which come later.
constexpr int kGlooThreads = 4;

/// Without the places in LibTorch's and Gloo's sources.
std::string reason(const std::exception &error) {
  std::string text = error.what();
  text = text.substr(0, text.find('\n'));
  for (size_t from = text.find("[/"); from != text.npos;
       from = text.find("[/")) {
    size_t to = text.find("] ", from);
    if (to == text.npos)
      break;
    text.erase(from, to + 2 - from);
  }
  return text;
}

class GlooCommunicator : public Communicator {
public:
  GlooCommunicator(const Rendezvous &where, int timeout)
      : Communicator(where.rank, where.size), timeout(timeout * 1000) {
    try {
      connect(where);
    } catch (const std::exception &error) {
      throw Error(prefix() + "no connection to the other ranks by " +
                  where.address + ":" + std::to_string(where.port) + " in " +
                  std::to_string(timeout) + " s (" + reason(error) + ")");
    }
  }

  void sum(int64_t *values, int64_t count) override {
    add(at::from_blob(values, {count}, at::kLong), timeout);
  }
  void sum(double *values, int64_t count) override {
    add(at::from_blob(values, {count}, at::kDouble), timeout);
  }
  void startSum(const at::Tensor &values) override {
    guarded([&] { running.push_back(start(values, timeout)); });
  }
  void finishSums() override {
    guarded([&] {
      for (const Work &work : running)
        work->wait();
    });
    running.clear();
  }
  /// Of a device that is the CPU, in tests.
  void sumOnDevice(const at::Tensor &values) override { add(values, timeout); }
  void meet() override { meet(kPatience); }
  void meetFirst() override { meet(isFirst() ? timeout : kPatience); }

private:
  using Store = c10::intrusive_ptr<c10d::Store>;
  using Work = c10::intrusive_ptr<c10d::Work>;
  Milliseconds timeout;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
  std::vector<Work> running;

  void connect(const Rendezvous &where) {
    c10d::TCPStoreOptions options;
    options.port = static_cast<uint16_t>(where.port);
    options.isServer = where.rank == 0 && !where.isServed;
    options.numWorkers = static_cast<size_t>(where.size);
    options.timeout = timeout;
    Store store = c10::make_intrusive<c10d::PrefixStore>(
        "oqat-train/" + where.attempt,
        c10::make_intrusive<c10d::TCPStore>(where.address, options));
    std::vector<std::string> all;
    for (int64_t rank = 0; rank < where.size; ++rank)
      all.push_back("here/" + std::to_string(rank));
    store->set(all[static_cast<size_t>(where.rank)], std::vector<uint8_t>{1});
    store->wait(all, timeout);
    // All are here. Gloo tries every connection so many times as long as it is
    // told to.
    constexpr int kTries = 5;
    auto settings = c10d::ProcessGroupGloo::Options::create_default(
        std::max<Milliseconds>(timeout / kTries, std::chrono::seconds(1)));
    settings->threads = kGlooThreads;
    group = c10::make_intrusive<c10d::ProcessGroupGloo>(
        store, static_cast<int>(where.rank), static_cast<int>(where.size),
        settings);
    group->setTimeout(timeout);
  }

  Work start(at::Tensor values, Milliseconds limit) {
    std::vector<at::Tensor> tensors = {std::move(values)};
    c10d::AllreduceOptions options;
    options.timeout = limit;
    return group->allreduce(tensors, options);
  }
  void meet(Milliseconds limit) {
    int64_t nothing = 0;
    add(at::from_blob(&nothing, {1}, at::kLong), limit);
  }
  void add(at::Tensor values, Milliseconds limit) {
    guarded([&] { start(std::move(values), limit)->wait(); });
  }

  /// Gloo knows addresses and lines of its own code, the user knows ranks.
  template <typename Body>
  void guarded(Body &&body) const {
    try {
      body();
    } catch (const std::exception &error) {
      throw RankLost(others() + " is lost (" + reason(error) + ")");
    }
  }
};

} // namespace

/// An error is one line of ours, not a page of LibTorch's, and a connection
/// that is gone is an error, not the end of the process.
static void quieten() {
  if (!std::getenv("TORCH_CPP_LOG_LEVEL"))
    FLAGS_caffe2_log_level = c10::GLOG_FATAL;
  std::signal(SIGPIPE, SIG_IGN);
}

std::unique_ptr<Communicator> connectGloo(const Rendezvous &where,
                                          int timeout) {
  quieten();
  return std::make_unique<GlooCommunicator>(where, timeout);
}

} // namespace oqat::train
