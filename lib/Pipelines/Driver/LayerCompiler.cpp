//===- LayerCompiler.cpp - An isolated layer to an object -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerCompiler.h"
#include "dialects/bitpack/Bitpack.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Pipelines/Pipelines.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"

using namespace mlir;
using namespace mlir::oqat;

KernelSettings KernelSettings::getOwner(const LayerPlan &plan) const {
  KernelSettings owner = *this;
  owner.target = &target->getOwner(plan);
  return owner;
}

CodeTarget KernelSettings::getMachine() const {
  CodeTarget machine = {target->triple, target->cpu, target->features};
  return emulated ? baselineTarget(machine) : machine;
}

std::string KernelSettings::describe() const {
  CodeTarget machine = getMachine();
  return target->name + "\n" + machine.triple + "\n" + machine.cpu + "\n" +
         machine.features + (emulated ? "\nemulated" : "\n");
}

ObjectCache::Key mlir::oqat::makeObjectKey(const KernelSettings &settings,
                                           StringRef kind, StringRef contents) {
  llvm::BLAKE3 hash;
  hash.update((kind + "\n" + settings.describe() + "\n").str());
  hash.update(contents);
  return hash.final();
}

ObjectCache::Key mlir::oqat::getKernelKey(const KernelSettings &settings,
                                          const LayerPlan &plan,
                                          StringRef isolated) {
  return makeObjectKey(settings, "kernel " + plan.kernel, isolated);
}

std::string mlir::oqat::getKernelSymbol(const ObjectCache::Key &key) {
  return "oqat.kernel." +
         llvm::toHex(ArrayRef(key).take_front(8), /*LowerCase=*/true);
}

LayerCompiler::LayerCompiler(const KernelSettings &settings)
    : settings(settings), context(MLIRContext::Threading::DISABLED),
      error(context), passes(&context, ModuleOp::getOperationName()) {
  context.loadDialect<bitpack::BitpackDialect>();
  // What comes out is verified, by LLVM as well.
  passes.enableVerifier(false);
  buildKernelPhase(passes, settings.emulated);
}

FailureOr<Bytes> LayerCompiler::lower(ModuleOp module, StringRef symbol) {
  if (failed(passes.run(module)) || failed(verify(module)))
    return failure();
  return emitKernel(module, symbol, settings.getMachine());
}

/// What `emit` gives, or what it said.
llvm::Expected<Bytes>
LayerCompiler::compile(llvm::function_ref<FailureOr<Bytes>()> emit) {
  error.clear();
  FailureOr<Bytes> object = emit();
  if (succeeded(object))
    return std::move(*object);
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 error.take("compilation failed"));
}

llvm::Expected<Bytes> LayerCompiler::compile(StringRef layer,
                                             const LayerPlan &plan,
                                             StringRef symbol) {
  return compile([&]() -> FailureOr<Bytes> {
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(layer, ParserConfig(&context));
    if (!module)
      return failure();
    emitIsolatedKernel(*module, plan, *settings.target, symbol);
    return lower(*module, symbol);
  });
}

llvm::Expected<Bytes> LayerCompiler::compileUnpack(const WeightPanel &panel,
                                                   StringRef symbol) {
  return compile([&]() -> FailureOr<Bytes> {
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
    emitIsolatedUnpack(*module, panel, symbol);
    return lower(*module, symbol);
  });
}
