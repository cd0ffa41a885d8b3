//===- PrefetchElements.cpp - Reads of kernels, ahead of their use --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The CPU's own prefetchers start anew with every page, and one stream in
// flight is not enough to keep the memory busy.
//
//===----------------------------------------------------------------------===//
#include "KernelModule.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;
using namespace mlir::oqat;

static constexpr StringLiteral kElements = "elements.";

/// Elements have a rank of three: two pointers, an offset, three sizes and
/// three strides.
static bool isDescriptorOfElements(const Function &function, unsigned first) {
  auto isPointer = [&](unsigned i) {
    return i < function.arg_size() &&
           function.getArg(i)->getType()->isPointerTy();
  };
  unsigned next = first + 2;
  while (next < function.arg_size() && !isPointer(next))
    ++next;
  return isPointer(first) && isPointer(first + 1) && next == first + 9;
}

void mlir::oqat::nameElements(Module &module) {
  for (Function &function : module)
    if (!function.isDeclaration() && !isKernelEntry(function))
      for (unsigned i = 0; i < function.arg_size(); ++i)
        if (isDescriptorOfElements(function, i))
          function.getArg(i + 1)->setName(kElements + Twine(i));
}

const Argument *mlir::oqat::getElements(const llvm::Value *pointer) {
  auto *argument =
      dyn_cast<Argument>(getUnderlyingObject(pointer, /*MaxLookup=*/0));
  return argument && argument->getName().starts_with(kElements) ? argument
                                                                : nullptr;
}

/// Whether these are x, the first argument.
static bool isInput(const Argument &elements) {
  return elements.getName() == "elements.0";
}

/// Backward kernels read and write three streams, of which plain stores read
/// theirs; what streams has x and gradients far ahead in the second level.
static void prefetch(Function &kernel) {
  bool fromMemory = isStreaming(kernel);
  if (!fromMemory && !kernel.getName().ends_with("_forward"))
    return;
  int64_t bytesAhead = fromMemory ? 4096 : 1024;
  SmallVector<LoadInst *> loads;
  for (Instruction &instruction : instructions(kernel))
    if (auto *load = dyn_cast<LoadInst>(&instruction))
      if (load->getType()->isVectorTy())
        if (const Argument *elements = getElements(load->getPointerOperand()))
          if (fromMemory || isInput(*elements))
            loads.push_back(load);
  for (LoadInst *load : loads) {
    IRBuilder<> builder(load);
    Value *ahead = builder.CreateConstGEP1_64(
        builder.getInt8Ty(), load->getPointerOperand(), bytesAhead);
    builder.CreateIntrinsic(Intrinsic::prefetch, {ahead->getType()},
                            {ahead, /*write=*/builder.getInt32(0),
                             /*locality=*/builder.getInt32(fromMemory ? 2 : 3),
                             /*data=*/builder.getInt32(1)});
  }
}

void mlir::oqat::prefetchElements(Module &module) {
  for (Function &function : module)
    if (!isKernelEntry(function))
      prefetch(function);
}
