//===- StreamStores.cpp - Variants of kernels that store past caches ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A plain store reads the line that it writes. Where no cache holds that line,
// and none would keep it until it is read, a non-temporal store saves a third
// of what a backward kernel moves. So each kernel has a variant beside it.
//
// Before: void @_mlir_ciface_f(ptr %x, ptr %y) { ... call @f(...) }
// After:  the same, and
//   void @_mlir_ciface_f_stream(ptr %x, ptr %y) {
//     if (all rows of %y start where a line of the cache starts)
//       @f_stream(...), sfence
//     else
//       @_mlir_ciface_f(%x, %y)
//   }
//
// Two steps: cloneStreamingKernels() before LLVM's pipeline, and after it
// streamStores(), which looks for vectors that go to elements which the kernel
// never reads. Kernels without any keep no variant, nor do those of targets
// other than x86. Results have the kernel's bits.
//
//===----------------------------------------------------------------------===//
#include "KernelModule.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Analysis/VectorUtils.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/LoopUtils.h"
#include <map>

using namespace llvm;
using namespace mlir::oqat;

/// A line that is written in parts which meet other stores is read after all.
static constexpr uint64_t kLineBytes = 64;
/// Shorter vectors have no such store.
static constexpr uint64_t kLeastBytes = 16;

static Function *clone(Function &function) {
  ValueToValueMapTy map;
  Function *copy = CloneFunction(&function, map);
  copy->setName(function.getName() + kStreamSuffix);
  return copy;
}

static CallInst *findCall(Function &entry, const Function &kernel) {
  for (Instruction &instruction : instructions(entry))
    if (auto *call = dyn_cast<CallInst>(&instruction))
      if (call->getCalledFunction() == &kernel)
        return call;
  return nullptr;
}

/// A vector of floats becomes a quarter of a line of codes.
static void joinIterations(Function &kernel) {
  DominatorTree dominators(kernel);
  LoopInfo loops(dominators);
  for (Instruction &instruction : instructions(kernel))
    if (auto *store = dyn_cast<StoreInst>(&instruction))
      if (store->getValueOperand()->getType()->isIntegerTy(8))
        if (Loop *loop = loops.getLoopFor(store->getParent()))
          addStringMetadataToLoop(loop, "llvm.loop.interleave.count", 4);
}

/// Whether it has arrays that a variant may stream to.
static bool hasElements(const Function &kernel) {
  return llvm::any_of(kernel.args(), [](const Argument &argument) {
    return getElements(&argument) != nullptr;
  });
}

void mlir::oqat::cloneStreamingKernels(Module &module) {
  if (!Triple(module.getTargetTriple()).isX86())
    return;
  SmallVector<Function *> entries;
  for (Function &function : module)
    if (isKernelEntry(function) && !function.isDeclaration())
      entries.push_back(&function);
  for (Function *entry : entries) {
    Function *kernel =
        module.getFunction(entry->getName().drop_front(kEntryPrefix.size()));
    if (!kernel || !hasElements(*kernel) || !findCall(*entry, *kernel))
      continue;
    Function *copy = clone(*kernel);
    joinIterations(*copy);
    findCall(*clone(*entry), *kernel)->setCalledFunction(copy);
  }
}

static uint64_t getBytes(const StoreInst *store) {
  return store->getModule()->getDataLayout().getTypeStoreSize(
      store->getValueOperand()->getType());
}

/// The vector stores to elements of which nothing is read.
static SmallVector<StoreInst *> findStreams(Function &kernel) {
  SmallPtrSet<const Argument *, 8> read;
  SmallVector<StoreInst *> stores;
  for (Instruction &instruction : instructions(kernel)) {
    if (auto *store = dyn_cast<StoreInst>(&instruction)) {
      if (store->getValueOperand()->getType()->isVectorTy() &&
          getElements(store->getPointerOperand()))
        stores.push_back(store);
    } else if (auto *load = dyn_cast<LoadInst>(&instruction)) {
      read.insert(getElements(load->getPointerOperand()));
    }
  }
  llvm::erase_if(stores, [&](StoreInst *store) {
    return read.contains(getElements(store->getPointerOperand()));
  });
  return stores;
}

namespace {
/// Stores side by side in a block.
struct Line {
  int64_t offset; // from what the block counts places from
  uint64_t bytes = 0;
  SmallVector<StoreInst *> stores = {};

  /// One vector of codes becomes a store of the low bytes of lanes, which is
  /// plain whatever it was.
  bool isNarrowing() const {
    Type *type = stores.front()->getValueOperand()->getType();
    return stores.size() == 1 && type->getScalarType()->isIntegerTy(8);
  }
  bool canStream() const {
    return bytes >= kLeastBytes && isPowerOf2_64(bytes) &&
           offset % static_cast<int64_t>(bytes) == 0 && !isNarrowing();
  }
};
} // namespace

static SmallVector<Line> findLines(ArrayRef<StoreInst *> stores) {
  // Stores by their offsets.
  using Places = std::map<int64_t, StoreInst *>;
  MapVector<std::pair<BasicBlock *, const Value *>, Places> blocks;
  for (StoreInst *store : stores) {
    const DataLayout &layout = store->getModule()->getDataLayout();
    APInt offset(layout.getIndexTypeSizeInBits(store->getPointerOperandType()),
                 0);
    const Value *base =
        store->getPointerOperand()->stripAndAccumulateConstantOffsets(
            layout, offset, /*AllowNonInbounds=*/true);
    blocks[{store->getParent(), base}][offset.getSExtValue()] = store;
  }
  SmallVector<Line> lines;
  for (auto &[block, places] : blocks) {
    size_t first = lines.size();
    for (auto [offset, store] : places) {
      bool isNext = lines.size() > first && offset % int64_t(kLineBytes) != 0 &&
                    lines.back().offset + int64_t(lines.back().bytes) == offset;
      if (!isNext)
        lines.push_back({offset});
      lines.back().bytes += getBytes(store);
      lines.back().stores.push_back(store);
    }
  }
  return lines;
}

/// One store in place of those of a line, of which nothing is read in between.
static StoreInst *join(const Line &line) {
  if (line.stores.size() == 1)
    return line.stores.front();
  StoreInst *last =
      *llvm::max_element(line.stores, [](StoreInst *a, StoreInst *b) {
        return a->comesBefore(b);
      });
  IRBuilder<> builder(last);
  SmallVector<Value *> parts;
  for (StoreInst *store : line.stores)
    parts.push_back(store->getValueOperand());
  StoreInst *whole =
      builder.CreateStore(concatenateVectors(builder, parts),
                          line.stores.front()->getPointerOperand());
  for (StoreInst *store : line.stores)
    store->eraseFromParent();
  return whole;
}

static void makeNonTemporal(StoreInst &store) {
  LLVMContext &context = store.getContext();
  auto *one =
      ConstantAsMetadata::get(ConstantInt::get(Type::getInt32Ty(context), 1));
  store.setMetadata(LLVMContext::MD_nontemporal, MDNode::get(context, one));
  // Rows start where lines do, and loops take whole vectors from there on.
  store.setAlignment(Align(getBytes(&store)));
}

/// The kernel's arguments to which something streams, and what their elements
/// take.
using Results = SmallMapVector<const Argument *, uint64_t, 2>;

static Results makeStreaming(Function &kernel) {
  Results results;
  for (const Line &line : findLines(findStreams(kernel))) {
    if (!line.canStream())
      continue;
    StoreInst *store = join(line);
    makeNonTemporal(*store);
    results[getElements(store->getPointerOperand())] =
        store->getValueOperand()->getType()->getScalarSizeInBits() / 8;
  }
  return results;
}

/// What is zero where rows start where lines do. The descriptor of elements has
/// two pointers, an offset of zero, three sizes and three strides, one of 1.
static Value *findMisplacement(IRBuilder<> &builder, Value *descriptor,
                               uint64_t elementBytes) {
  auto load = [&](int64_t word) {
    return builder.CreateLoad(
        builder.getInt64Ty(),
        builder.CreateConstGEP1_64(builder.getInt64Ty(), descriptor, word));
  };
  Value *steps = builder.CreateMul(builder.CreateOr(load(6), load(7)),
                                   builder.getInt64(elementBytes));
  return builder.CreateAnd(builder.CreateOr(load(1), steps),
                           builder.getInt64(kLineBytes - 1));
}

/// What an entry does in place of its call.
static void choose(CallInst *call, const Results &results, Function &plain) {
  Function *entry = call->getFunction();
  IRBuilder<> builder(call);
  Value *misplaced = nullptr;
  for (auto [result, elementBytes] : results) {
    // A kernel's pointers come out of the descriptors that its entry gets.
    auto *pointer = cast<LoadInst>(call->getArgOperand(result->getArgNo()));
    Value *descriptor = getUnderlyingObject(pointer->getPointerOperand());
    Value *own = findMisplacement(builder, descriptor, elementBytes);
    misplaced = misplaced ? builder.CreateOr(misplaced, own) : own;
  }
  Value *aligned = builder.CreateIsNull(misplaced);
  BasicBlock *before = call->getParent();
  BasicBlock *stream = before->splitBasicBlock(call, "stream");
  BasicBlock *fall = BasicBlock::Create(entry->getContext(), "plain", entry);
  ReplaceInstWithInst(before->getTerminator(),
                      BranchInst::Create(stream, fall, aligned));
  // Nothing else orders these stores before what lets other threads read them.
  builder.SetInsertPoint(call->getNextNode());
  builder.CreateIntrinsic(Intrinsic::x86_sse_sfence, {}, {});
  builder.SetInsertPoint(fall);
  SmallVector<Value *> descriptors(llvm::make_pointer_range(entry->args()));
  builder.CreateCall(&plain, descriptors);
  builder.CreateRetVoid();
}

void mlir::oqat::streamStores(Module &module) {
  SmallVector<Function *> entries;
  for (Function &function : module)
    if (isKernelEntry(function) && isStreaming(function))
      entries.push_back(&function);
  for (Function *entry : entries) {
    StringRef name = entry->getName();
    Function *kernel = module.getFunction(name.drop_front(kEntryPrefix.size()));
    Function *plain = module.getFunction(name.drop_back(kStreamSuffix.size()));
    Results results = makeStreaming(*kernel);
    if (!results.empty()) {
      choose(findCall(*entry, *kernel), results, *plain);
      continue;
    }
    entry->eraseFromParent();
    kernel->eraseFromParent();
  }
}
