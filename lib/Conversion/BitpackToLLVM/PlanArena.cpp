//===- PlanArena.cpp - Where results lie while a network runs -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First fit by lifetime says how large the arena is. Within that, results are
// placed again for two threads: a line of the cache that the other core wrote
// last is several times as long on its way as an own one (docs/Performance.md),
// and most layers share their results in two halves. So a result likes to lie
// with its middle where those that it is written over had theirs.
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/NetworkPlan.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// Kernels may read so many bytes past the end of a buffer.
static constexpr int64_t kSlack = 64;

namespace {
/// A part of the arena, in use up to and including the layer `lastUse`.
struct Lease {
  int64_t offset, bytes;
  size_t lastUse;
};

/// Which of two threads wrote a part of the arena last, where layers share
/// their results in two halves.
class Writers {
public:
  /// Of an arena of so many bytes; results of more than `most` are placed
  /// without it.
  Writers(int64_t bytes, int64_t most)
      : most(most), part(std::max<int64_t>(
                        kLeastPart, llvm::PowerOf2Ceil(bytes / kMostParts))),
        last(llvm::divideCeil(bytes, part), Unknown) {}

  /// How many parts of a result there the other thread wrote last.
  int64_t countForeign(int64_t offset, int64_t bytes) const {
    int64_t count = 0;
    forEachPart(offset, bytes, [&](size_t index, Writer writer) {
      count += last[index] != Unknown && last[index] != writer;
    });
    return count;
  }
  void write(int64_t offset, int64_t bytes, bool isMixed) {
    forEachPart(offset, bytes, [&](size_t index, Writer writer) {
      last[index] = isMixed ? Both : writer;
    });
  }

  const int64_t most;
  /// Bytes that are counted as one.
  const int64_t part;

private:
  static constexpr int64_t kLeastPart = 1024, kMostParts = 1024;
  enum Writer : uint8_t { Unknown, First, Second, Both };

  void forEachPart(
      int64_t offset, int64_t bytes,
      llvm::function_ref<void(size_t index, Writer writer)> body) const {
    int64_t begin = offset / part, end = llvm::divideCeil(offset + bytes, part);
    for (int64_t i = begin;
         i < std::min<int64_t>(end, static_cast<int64_t>(last.size())); ++i)
      body(i, 2 * i < begin + end ? First : Second);
  }

  std::vector<Writer> last;
};

/// Leases of the arena, by offset.
class Leases {
public:
  /// Those that are in use up to layers before `now` end.
  void expire(size_t now) {
    llvm::erase_if(leases,
                   [&](const Lease &lease) { return lease.lastUse < now; });
  }

  /// The lowest gap that is large enough, up to and including `lastUse`.
  int64_t take(int64_t bytes, size_t lastUse) {
    return takeAt(firstFit(bytes), bytes, lastUse);
  }
  /// The highest one below `limit`, or else the lowest one.
  int64_t takeHigh(int64_t bytes, size_t lastUse, int64_t limit) {
    return takeAt(lastFit(bytes, limit).value_or(firstFit(bytes)), bytes,
                  lastUse);
  }

  /// Where a thread finds most of what it wrote last, below `limit`, or else
  /// the lowest one.
  int64_t takeOwn(int64_t bytes, size_t lastUse, int64_t limit,
                  const Writers &writers) {
    std::optional<int64_t> best;
    int64_t least = 0;
    auto tryAt = [&](int64_t offset) {
      int64_t foreign = writers.countForeign(offset, bytes);
      if (!best || foreign < least) {
        best = offset;
        least = foreign;
      }
    };
    int64_t begin = 0;
    auto tryGap = [&](int64_t end) {
      if (end - begin < bytes)
        return;
      tryAt(begin);
      tryAt(end - bytes);
      for (int64_t offset = llvm::alignTo(begin, writers.part);
           offset + bytes <= end; offset += writers.part)
        tryAt(offset);
    };
    for (const Lease &lease : leases) {
      tryGap(std::min(lease.offset, limit));
      begin = std::max(begin, lease.offset + lease.bytes);
    }
    tryGap(limit);
    return takeAt(best.value_or(firstFit(bytes)), bytes, lastUse);
  }

  /// The end of all that ever was taken.
  int64_t getEnd() const { return most; }

private:
  int64_t takeAt(int64_t offset, int64_t bytes, size_t lastUse) {
    Lease lease{offset, bytes, lastUse};
    leases.insert(llvm::lower_bound(leases, lease,
                                    [](const Lease &lhs, const Lease &rhs) {
                                      return lhs.offset < rhs.offset;
                                    }),
                  lease);
    most = std::max(most, lease.offset + bytes);
    return lease.offset;
  }

  std::optional<int64_t> lastFit(int64_t bytes, int64_t limit) const {
    int64_t end = limit;
    for (const Lease &lease : llvm::reverse(leases)) {
      if (lease.offset + lease.bytes + bytes <= end)
        break;
      end = std::min(end, lease.offset);
    }
    return end >= bytes ? std::optional(end - bytes) : std::nullopt;
  }

  int64_t firstFit(int64_t bytes) const {
    int64_t offset = 0;
    for (const Lease &lease : leases) {
      if (offset + bytes <= lease.offset)
        return offset;
      offset = std::max(offset, lease.offset + lease.bytes);
    }
    return offset;
  }

  std::vector<Lease> leases;
  int64_t most = 0;
};
} // namespace

/// Places all results; with `limit`, those in planes below it, as far from rows
/// of pixels as can be: the bytes of a row are hardly ever those of the thread
/// that had a part of a plane there. Without, all are rows. With `writers`,
/// rows lie where two threads find most of what they wrote last. Returns the
/// end.
static int64_t placeResults(NetworkPlan &plan, std::optional<int64_t> limit,
                            Writers *writers = nullptr) {
  Leases leases;
  for (auto [index, layer] : llvm::enumerate(plan.layers)) {
    Value result = layer.op.getResult();
    if (result == plan.logits)
      continue;
    size_t now = index, lastUse = index;
    for (Operation *user : result.getUsers())
      if (!isa<ReturnOp>(user))
        lastUse = std::max(lastUse, plan.producers.lookup(user->getResult(0)));
    leases.expire(now);
    bool isPlanes = limit && layer.plan.resultPlanes;
    int64_t bytes = alignUp((isPlanes ? plan.storedBytes(result)
                                      : NetworkPlan::tensorBytes(result)) +
                            kSlack);
    if (layer.plan.sharedBytes != 0)
      bytes = NetworkPlan::sharedOffset(result) +
              alignUp(layer.plan.sharedBytes + kSlack);
    if (isPlanes)
      layer.resultOffset = leases.takeHigh(bytes, lastUse, *limit);
    else if (writers && bytes <= writers->most)
      layer.resultOffset = leases.takeOwn(bytes, lastUse, *limit, *writers);
    else
      layer.resultOffset = leases.take(bytes, lastUse);
    if (writers)
      writers->write(layer.resultOffset, bytes, isPlanes);
    if (!isPlanes || !layer.op.isReported())
      continue;
    // It is reported when what only the layer itself read isn't needed any
    // more.
    leases.expire(now + 1);
    layer.reportOffset =
        leases.take(alignUp(NetworkPlan::tensorBytes(result)), now);
  }
  return leases.getEnd();
}

/// No more than rows would take, most of the time. Large results may leave no
/// room for each other where threads would like them.
void mlir::oqat::planArena(NetworkPlan &plan) {
  constexpr int64_t kLeastShare = 16;
  int64_t limit = placeResults(plan, std::nullopt), end = limit + 1;
  for (int64_t share = 1; share <= kLeastShare && end > limit; share *= 2) {
    Writers writers(limit, limit / share);
    // A run finds what the one before has left.
    for (int run = 0; run < 2; ++run)
      end = placeResults(plan, limit, &writers);
  }
  if (end > limit)
    end = placeResults(plan,
                       plan.hasPlanes() ? std::optional(limit) : std::nullopt);
  plan.scratchBytes = std::max(end, kAlignment);
}
