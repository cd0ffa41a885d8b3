//===- Lockstep.cpp - Kernels of the gpu dialect on a CPU -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Control flow keeps a mask of the threads that are there. A loop runs until no
// thread has another round; a branch runs both ways, each for its threads.
//
//===----------------------------------------------------------------------===//

#include "Lockstep.h"
#include "Memory.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace oqat::test;
using llvm::Error;

static constexpr size_t kWarp = 32;

size_t oqat::test::countParameters(gpu::GPUFuncOp kernel) {
  size_t count = 0;
  for (Type type : kernel.getArgumentTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    count += memref ? 3 + 2 * static_cast<size_t>(memref.getRank()) : 1;
  }
  return count;
}

namespace {
using Mask = std::vector<char>;

/// What a launch has in common.
struct LaunchState {
  Launch launch;
  ArrayRef<uint64_t> parameters;
  AccessLog memory;
};

class ThreadBlock {
public:
  ThreadBlock(LaunchState &state, std::array<int64_t, 3> index)
      : state(state), index(index) {
    for (int64_t size : state.launch.block)
      threads *= static_cast<size_t>(size);
  }

  Error run(gpu::GPUFuncOp kernel) {
    setArguments(kernel);
    return run(kernel.getBody().front(), Mask(threads, 1));
  }

private:
  void setArguments(gpu::GPUFuncOp kernel);
  Error run(mlir::Block &block, const Mask &mask);
  Error run(Operation *op, const Mask &mask);
  Error run(scf::ForOp loop, const Mask &mask);
  Error run(scf::IfOp branch, const Mask &mask);
  Error run(gpu::ShuffleOp shuffle, const Mask &mask);
  Error runBarrier(Operation *op, const Mask &mask);
  Error runVector(Operation *op);
  Error runMemory(Operation *op, Value memory, ValueRange indices, Value stored,
                  const Mask &mask);
  Error touch(Operation *op, const Memref &memref, char *place, size_t thread,
              bool isStore);

  const ThreadValues &get(Value value) const {
    return values.find(value)->second;
  }
  ThreadValues &make(Value value) {
    return values[value] = ThreadValues(threads, value.getType());
  }
  void fill(Value value, int64_t same) {
    for (uint64_t &bits : make(value).bits)
      bits = static_cast<uint64_t>(same);
  }
  /// Those threads' part of `from` to `to`.
  void move(Value from, Value to, const Mask &mask) {
    const ThreadValues source = get(from);
    auto known = values.find(to);
    ThreadValues &target = known == values.end() ? make(to) : known->second;
    for (size_t t = 0; t < threads; ++t)
      for (size_t e = 0; mask[t] && e < target.width; ++e)
        target.at(t, e) = source.at(t, e);
  }
  int64_t threadId(size_t thread, gpu::Dimension dimension) const {
    int64_t id = static_cast<int64_t>(thread);
    const auto &size = state.launch.block;
    if (dimension == gpu::Dimension::x)
      return id % size[0];
    if (dimension == gpu::Dimension::y)
      return id / size[0] % size[1];
    return id / size[0] / size[1];
  }
  /// A number for each thread of the launch.
  int64_t globalThread(size_t thread) const {
    const auto &grid = state.launch.grid;
    int64_t block = (index[2] * grid[1] + index[1]) * grid[0] + index[0];
    return block * static_cast<int64_t>(threads) + static_cast<int64_t>(thread);
  }

  LaunchState &state;
  std::array<int64_t, 3> index;
  size_t threads = 1;
  llvm::DenseMap<Value, ThreadValues> values;
  llvm::DenseMap<Value, Memref> memrefs;
  std::vector<std::vector<char>> storage;
  AccessLog sharedLog;
  llvm::DenseSet<const void *> written; // of the block's memory
};
} // namespace

void ThreadBlock::setArguments(gpu::GPUFuncOp kernel) {
  ArrayRef<uint64_t> rest = state.parameters;
  // The block has the buffers as arguments, too.
  for (BlockArgument argument :
       kernel.getArguments().take_front(kernel.getNumArguments())) {
    if (auto type = dyn_cast<MemRefType>(argument.getType())) {
      memrefs.try_emplace(argument, type, rest);
      rest = rest.drop_front(3 + 2 * static_cast<size_t>(type.getRank()));
      continue;
    }
    fill(argument, static_cast<int64_t>(rest.front()));
    rest = rest.drop_front();
  }
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    storage.emplace_back();
    memrefs.try_emplace(buffer, cast<MemRefType>(buffer.getType()),
                        storage.back());
  }
}

Error ThreadBlock::run(mlir::Block &block, const Mask &mask) {
  for (Operation &op : block.without_terminator())
    if (Error error = run(&op, mask))
      return error;
  return Error::success();
}

Error ThreadBlock::run(scf::ForOp loop, const Mask &mask) {
  move(loop.getLowerBound(), loop.getInductionVar(), mask);
  for (auto [init, value] :
       llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs()))
    move(init, value, mask);
  const ThreadValues upper = get(loop.getUpperBound());
  const ThreadValues step = get(loop.getStep());
  unsigned bits = getElementBits(loop.getInductionVar().getType());
  while (true) {
    Mask active(mask);
    ThreadValues &counter = values.find(loop.getInductionVar())->second;
    for (size_t t = 0; t < threads; ++t)
      active[t] = mask[t] && llvm::SignExtend64(counter.at(t), bits) <
                                 llvm::SignExtend64(upper.at(t), bits);
    if (llvm::none_of(active, [](char isThere) { return isThere; }))
      break;
    if (Error error = run(*loop.getBody(), active))
      return error;
    // All of them are read before one is written.
    SmallVector<ThreadValues> next;
    auto yielded = loop.getBody()->getTerminator()->getOperands();
    for (Value value : yielded)
      next.push_back(get(value));
    for (auto [source, argument] : llvm::zip(next, loop.getRegionIterArgs())) {
      ThreadValues &target = values.find(argument)->second;
      for (size_t t = 0; t < threads; ++t)
        for (size_t e = 0; active[t] && e < target.width; ++e)
          target.at(t, e) = source.at(t, e);
    }
    ThreadValues &next0 = values.find(loop.getInductionVar())->second;
    for (size_t t = 0; t < threads; ++t)
      if (active[t])
        next0.at(t) += step.at(t);
  }
  for (auto [value, result] :
       llvm::zip(loop.getRegionIterArgs(), loop.getResults()))
    move(value, result, mask);
  return Error::success();
}

Error ThreadBlock::run(scf::IfOp branch, const Mask &mask) {
  const ThreadValues condition = get(branch.getCondition());
  for (bool taken : {true, false}) {
    mlir::Region &region =
        taken ? branch.getThenRegion() : branch.getElseRegion();
    if (region.empty())
      continue;
    Mask active(mask);
    for (size_t t = 0; t < threads; ++t)
      active[t] = mask[t] && (condition.at(t) != 0) == taken;
    if (llvm::none_of(active, [](char isThere) { return isThere; }))
      continue;
    if (Error error = run(region.front(), active))
      return error;
    for (auto [value, result] :
         llvm::zip(region.front().getTerminator()->getOperands(),
                   branch.getResults()))
      move(value, result, active);
  }
  return Error::success();
}

Error ThreadBlock::run(gpu::ShuffleOp shuffle, const Mask &mask) {
  if (shuffle.getMode() != gpu::ShuffleMode::XOR)
    return operationError(shuffle, "not a shuffle that kernels have");
  const ThreadValues source = get(shuffle.getValue());
  const ThreadValues offset = get(shuffle.getOffset());
  const ThreadValues width = get(shuffle.getWidth());
  fill(shuffle.getValid(), 1);
  ThreadValues &result = make(shuffle.getShuffleResult());
  for (size_t t = 0; t < threads; ++t) {
    if (!mask[t])
      continue;
    size_t lane = (t % kWarp) ^ offset.at(t), other = t - t % kWarp + lane;
    if (width.at(t) != kWarp || lane >= kWarp || other >= threads ||
        !mask[other])
      return operationError(shuffle, "exchanges with a lane that isn't there");
    result.at(t) = source.at(other);
  }
  return Error::success();
}

Error ThreadBlock::runBarrier(Operation *op, const Mask &mask) {
  if (llvm::any_of(mask, [](char isThere) { return !isThere; }))
    return operationError(op, "not all threads come to this barrier");
  sharedLog.synchronize();
  return Error::success();
}

Error ThreadBlock::runVector(Operation *op) {
  Value result = op->getResult(0);
  ThreadValues made(threads, result.getType());
  if (auto extract = dyn_cast<vector::ExtractOp>(op)) {
    const ThreadValues &from = get(extract.getVector());
    if (extract.getNumIndices() != 1 || extract.hasDynamicPosition())
      return operationError(op, "not an extraction that kernels have");
    size_t position = static_cast<size_t>(extract.getStaticPosition().front());
    for (size_t t = 0; t < threads; ++t)
      made.at(t) = from.at(t, position);
  } else {
    // A broadcast of a scalar, or elements one by one.
    for (size_t t = 0; t < threads; ++t)
      for (size_t e = 0; e < made.width; ++e)
        made.at(t, e) =
            get(op->getOperand(
                    op->getNumOperands() == 1 ? 0 : static_cast<unsigned>(e)))
                .at(t);
  }
  values[result] = std::move(made);
  return Error::success();
}

Error ThreadBlock::touch(Operation *op, const Memref &memref, char *place,
                         size_t thread, bool isStore) {
  if (!place)
    return operationError(op, "is out of bounds");
  AccessLog &log = memref.ofBlock ? sharedLog : state.memory;
  int64_t who =
      memref.ofBlock ? static_cast<int64_t>(thread) : globalThread(thread);
  if (const char *wrong =
          isStore ? log.write(place, who) : log.read(place, who))
    return operationError(op, wrong);
  if (memref.ofBlock && isStore)
    written.insert(place);
  if (memref.ofBlock && !isStore && !written.contains(place))
    return operationError(op, "reads what nobody wrote");
  return Error::success();
}

/// A load where `stored` is null.
Error ThreadBlock::runMemory(Operation *op, Value memory, ValueRange indices,
                             Value stored, const Mask &mask) {
  const Memref &memref = memrefs.find(memory)->second;
  SmallVector<const ThreadValues *> positions;
  if (!stored)
    make(op->getResult(0));
  for (Value value : indices)
    positions.push_back(&get(value));
  ThreadValues &data = values.find(stored ? stored : op->getResult(0))->second;
  for (size_t t = 0; t < threads; ++t) {
    if (!mask[t])
      continue;
    SmallVector<int64_t> at;
    for (const ThreadValues *position : positions)
      at.push_back(static_cast<int64_t>(position->at(t)));
    char *place = memref.find(at);
    if (Error error = touch(op, memref, place, t, stored != nullptr))
      return error;
    for (size_t e = 0; e < memref.width; ++e) {
      char *element = place + e * memref.elementBytes;
      if (stored)
        std::memcpy(element, &data.at(t, e), memref.elementBytes);
      else
        std::memcpy(&data.at(t, e), element, memref.elementBytes);
    }
  }
  return Error::success();
}

Error ThreadBlock::run(Operation *op, const Mask &mask) {
  if (isArithmetic(op)) {
    SmallVector<const ThreadValues *> operands;
    for (Value operand : op->getOperands())
      operands.push_back(&get(operand));
    auto result = computeArithmetic(op, threads, operands);
    if (!result)
      return result.takeError();
    values[op->getResult(0)] = std::move(*result);
    return Error::success();
  }
  auto perThread = [&](Value value, gpu::Dimension dimension) -> Error {
    ThreadValues &ids = make(value);
    for (size_t t = 0; t < threads; ++t)
      ids.at(t) = static_cast<uint64_t>(threadId(t, dimension));
    return Error::success();
  };
  auto same = [&](Value value, int64_t number) -> Error {
    fill(value, number);
    return Error::success();
  };
  auto of = [](const std::array<int64_t, 3> &sizes, gpu::Dimension dimension) {
    return sizes[static_cast<size_t>(dimension)];
  };
  return llvm::TypeSwitch<Operation *, Error>(op)
      .Case<scf::ForOp, scf::IfOp, gpu::ShuffleOp>(
          [&](auto typed) { return run(typed, mask); })
      .Case([&](gpu::BarrierOp) -> Error { return runBarrier(op, mask); })
      .Case(
          [&](gpu::ThreadIdOp id) { return perThread(id, id.getDimension()); })
      .Case([&](gpu::BlockIdOp id) -> Error {
        return same(id, of(index, id.getDimension()));
      })
      .Case([&](gpu::BlockDimOp size) -> Error {
        return same(size, of(state.launch.block, size.getDimension()));
      })
      .Case([&](gpu::GridDimOp size) -> Error {
        return same(size, of(state.launch.grid, size.getDimension()));
      })
      .Case([&](memref::DimOp dim) -> Error {
        std::optional<int64_t> axis = dim.getConstantIndex();
        if (!axis)
          return operationError(op, "has no constant dimension");
        return same(dim, memrefs.find(dim.getSource())
                             ->second.sizes[static_cast<size_t>(*axis)]);
      })
      .Case([&](memref::LoadOp load) -> Error {
        return runMemory(op, load.getMemRef(), load.getIndices(), Value(),
                         mask);
      })
      .Case([&](memref::StoreOp store) -> Error {
        return runMemory(op, store.getMemRef(), store.getIndices(),
                         store.getValueToStore(), mask);
      })
      .Case<vector::BroadcastOp, vector::ExtractOp, vector::FromElementsOp>(
          [&](auto) { return runVector(op); })
      .Default([](Operation *unknown) -> Error {
        return operationError(unknown, "no thread can do this");
      });
}

Error oqat::test::runKernel(gpu::GPUFuncOp kernel, const Launch &launch,
                            ArrayRef<uint64_t> parameters) {
  auto isBad = [](int64_t size, int64_t limit) {
    return size < 1 || size > limit;
  };
  int64_t threads = launch.block[0] * launch.block[1] * launch.block[2];
  if (isBad(threads, 1024) || isBad(launch.grid[0], INT32_MAX) ||
      isBad(launch.grid[1], 65535) || isBad(launch.grid[2], 65535))
    return llvm::createStringError("no GPU takes a grid of this size");
  if (parameters.size() != countParameters(kernel))
    return llvm::createStringError("wrong number of parameters");
  LaunchState state{launch, parameters, {}};
  std::array<int64_t, 3> index;
  for (index[2] = 0; index[2] < launch.grid[2]; ++index[2])
    for (index[1] = 0; index[1] < launch.grid[1]; ++index[1])
      for (index[0] = 0; index[0] < launch.grid[0]; ++index[0])
        if (Error error = ThreadBlock(state, index).run(kernel))
          return error;
  return Error::success();
}
