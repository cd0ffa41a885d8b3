//===- Communicator.h - The processes of one run --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What training asks of the processes that share a run ("ranks", 0 to size -
// 1). This class is the run of one process, for which nothing is to be done;
// joinRanks() gives the one that the environment asks for. All ranks must call
// the same functions in the same order, from one thread.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DIST_COMMUNICATOR_H
#define OQAT_TRAIN_DIST_COMMUNICATOR_H

#include "train/Model/Support.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace oqat::train {

/// Another rank does not answer.
struct RankLost : Error {
  using Error::Error;
};

class Communicator {
public:
  Communicator() = default;
  virtual ~Communicator() = default;

  int64_t rank() const { return ownRank; }
  int64_t size() const { return count; }
  bool isAlone() const { return count == 1; }
  /// Whether this is the rank that writes files and talks.
  bool isFirst() const { return ownRank == 0; }
  /// Before what an error of this rank says.
  std::string prefix() const;

  /// The part of `total` things that this rank takes: first and count. Parts
  /// lie one after the other in the order of ranks.
  std::pair<int64_t, int64_t> share(int64_t total) const;
  /// Whether number `index` of things dealt out in turns is this rank's.
  bool isMine(int64_t index) const { return index % count == ownRank; }

  /// Over all ranks, in place; the same bits on all of them, and exact for
  /// integers.
  virtual void sum(int64_t *, int64_t) {}
  virtual void sum(double *, int64_t) {}
  /// The same in the background, until finishSums().
  virtual void startSum(const at::Tensor &) {}
  virtual void finishSums() {}
  /// Of a tensor that lies where steps run, in place; what is started there
  /// afterwards finds the sums.
  virtual void sumOnDevice(const at::Tensor &) {}
  /// Waits for what was started there. Only so is a rank that has died noticed:
  /// others that wait for the device itself wait for ever.
  virtual void awaitDevice() {}
  /// Waits for all ranks, for as long as one of them may take to start up or to
  /// evaluate its pictures.
  virtual void meet() {}
  /// Waits for what the first rank does alone, such as writing a checkpoint:
  /// the others for as long as that may take, but the first one for them, who
  /// have nothing else to do, no longer than for a sum.
  virtual void meetFirst() {}
  /// An error where `digest` of `what` is not the same on all ranks.
  void expectSame(uint64_t digest, const std::string &what);

  double sumOf(double value) {
    sum(&value, 1);
    return value;
  }

protected:
  Communicator(int64_t rank, int64_t size) : ownRank(rank), count(size) {}
  /// Whom an error is about that one of the others may have caused.
  std::string others() const;

private:
  int64_t ownRank = 0, count = 1;
};

/// The run of one process; has no state.
Communicator &aloneRank();

/// Reads RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as torchrun sets them,
/// and connects to the other ranks. With none of them, or one rank, there is
/// one process. A rank that does not answer for `timeout` seconds is an error.
std::unique_ptr<Communicator> joinRanks(int timeout);

/// "cuda" as this rank takes it, by LOCAL_RANK; other names stay as they are.
std::string deviceOfRank(const std::string &device, const Communicator &ranks);

/// Ranks on this machine, of those that share a run (LOCAL_WORLD_SIZE).
int64_t ranksPerMachine(const Communicator &ranks);

} // namespace oqat::train

#endif // OQAT_TRAIN_DIST_COMMUNICATOR_H
