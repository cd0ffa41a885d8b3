//===- EmitNetwork.cpp - A network's objects, made in parallel ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Nearly all of the time goes into LLVM's optimisers and its code generator,
// and kernels don't need each other for it. So the module is cut into a fixed
// number of parts, whatever the machine, and every part is compiled in a
// context of its own.
//
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Transforms/Utils/SplitModule.h"

using namespace mlir;
using namespace mlir::oqat;

/// Enough to keep many cores busy; the same on all, so that objects are.
static constexpr unsigned kParts = 16;

static SmallVector<Bytes> splitIntoBitcode(llvm::Module &module) {
  SmallVector<Bytes> parts;
  llvm::SplitModule(
      module, kParts,
      [&](std::unique_ptr<llvm::Module> part) {
        llvm::raw_svector_ostream stream(parts.emplace_back());
        llvm::WriteBitcodeToFile(*part, stream);
      },
      /*PreserveLocals=*/false, /*RoundRobin=*/true);
  return parts;
}

static FailureOr<Bytes> compilePart(const Bytes &bitcode,
                                    const CodeTarget &target, Location loc) {
  llvm::LLVMContext context;
  auto part = llvm::parseBitcodeFile(
      llvm::MemoryBufferRef({bitcode.data(), bitcode.size()}, "part"), context);
  if (!part)
    return emitError(loc) << "a part of the network can't be read: "
                          << llvm::toString(part.takeError());
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  if (failed(machine))
    return failure();
  optimize(**part, **machine);
  return emitObject(**part, target, loc);
}

FailureOr<SmallVector<Bytes>>
mlir::oqat::emitNetwork(ModuleOp module, const NetworkDescription &network,
                        const CodeTarget &target) {
  Location loc = module.getLoc();
  SmallVector<Bytes> parts;
  {
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> whole =
        translateNetwork(module, network, target, context, /*optimized=*/false);
    if (!whole)
      return failure();
    parts = splitIntoBitcode(*whole);
  }
  SmallVector<FailureOr<Bytes>> results(parts.size(), failure());
  {
    llvm::DefaultThreadPool pool;
    for (auto [part, result] : llvm::zip_equal(parts, results))
      pool.async([&part = part, &result = result, &target, loc] {
        result = compilePart(part, target, loc);
      });
    pool.wait();
  }
  SmallVector<Bytes> objects;
  for (FailureOr<Bytes> &result : results) {
    if (failed(result))
      return failure();
    objects.push_back(std::move(*result));
  }
  return objects;
}
