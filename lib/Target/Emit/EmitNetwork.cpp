//===- EmitNetwork.cpp - The objects of a network -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "EntryPoints.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/IR/Constants.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace mlir;
using namespace mlir::oqat;

FailureOr<Bytes> mlir::oqat::emitNetwork(ModuleOp module,
                                         const NetworkDescription &network,
                                         const CodeTarget &target,
                                         StringRef bodies) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> result =
      translateNetwork(module, network, target, context, bodies);
  if (!result)
    return failure();
  return emitObject(*result, target, module.getLoc());
}

std::string mlir::oqat::getTargetPrefix(StringRef network, StringRef target) {
  std::string name = target.str();
  // The linker's scripts read a dash as a minus.
  std::replace(name.begin(), name.end(), '-', '_');
  return (network + "." + name).str();
}

FailureOr<Bytes> mlir::oqat::emitTargetChoice(const NetworkDescription &network,
                                              const CodeTarget &target,
                                              Location loc) {
  CodeTarget baseline = baselineTarget(target);
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(baseline, loc);
  if (failed(machine))
    return failure();
  llvm::LLVMContext context;
  llvm::Module module(network.name, context);
  prepareModule(module, baseline, **machine);
  EntryPoints entries(module, network, loc);
  for (const TargetDescription &part : network.targets)
    entries.declareBodies(getTargetPrefix(network.name, part.name),
                          part.features);
  if (failed(entries.add(baseline.cpu)) || failed(verifyModule(module, loc)))
    return failure();
  optimize(module, **machine);
  return emitObject(module, **machine, loc);
}

/// Lets the linker keep one of the constants that several objects have.
static void shareConstants(llvm::Module &module) {
  for (llvm::GlobalVariable &global : module.globals())
    if (global.hasLinkOnceODRLinkage())
      global.setComdat(module.getOrInsertComdat(global.getName()));
}

FailureOr<Bytes> mlir::oqat::emitKernel(ModuleOp module, StringRef symbol,
                                        const CodeTarget &target) {
  Location loc = module.getLoc();
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  if (failed(machine))
    return failure();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> result =
      translateModule(module, symbol, target, **machine, context);
  if (!result)
    return failure();
  // The linker drops such a name, which would be a symbol for each kernel.
  result->setSourceFileName(".L");
  setTargetAttributes(*result, target);
  shareConstants(*result);
  llvm::internalizeModule(*result, [&](const llvm::GlobalValue &value) {
    return value.getName() == symbol || value.hasLinkOnceODRLinkage();
  });
  if (failed(verifyModule(*result, loc)))
    return failure();
  optimize(*result, **machine, /*isKernel=*/true);
  return emitObject(*result, **machine, loc);
}

FailureOr<Bytes> mlir::oqat::emitWeights(ArrayRef<uint8_t> weights,
                                         StringRef symbol,
                                         const CodeTarget &target,
                                         Location loc) {
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  if (failed(machine))
    return failure();
  llvm::LLVMContext context;
  llvm::Module module(symbol, context);
  module.setTargetTriple(target.triple);
  module.setDataLayout((*machine)->createDataLayout());
  llvm::Constant *bytes = llvm::ConstantDataArray::get(context, weights);
  auto *global = new llvm::GlobalVariable(
      module, bytes->getType(), /*isConstant=*/true,
      llvm::GlobalValue::ExternalLinkage, bytes, symbol);
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  global->setSection(kWeightSection);
  global->setAlignment(llvm::Align(64));
  return emitObject(module, **machine, loc);
}
