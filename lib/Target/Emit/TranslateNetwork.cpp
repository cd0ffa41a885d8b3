//===- TranslateNetwork.cpp - LLVM dialect to an optimised llvm::Module ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "EntryPoints.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Operator.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace mlir;
using namespace mlir::oqat;

LogicalResult mlir::oqat::verifyStrictFloat(const llvm::Module &module,
                                            Location loc) {
  for (const llvm::Function &function : module)
    for (const llvm::Instruction &instruction : llvm::instructions(function))
      if (isa<llvm::FPMathOperator>(instruction) &&
          instruction.getFastMathFlags().any())
        return emitError(loc) << "'" << instruction.getOpcodeName()
                              << "' with fast-math flags in function '"
                              << function.getName() << "'";
  return success();
}

void mlir::oqat::setTargetAttributes(llvm::Module &module,
                                     const CodeTarget &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration() || function.hasFnAttribute("target-cpu"))
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty() && !function.hasFnAttribute("target-features"))
      function.addFnAttr("target-features", target.features);
    function.setDoesNotThrow();
  }
}

/// The packed weights are part of the artifact even where the code needs only a
/// constant folded from them.
static void keepWeights(llvm::Module &module) {
  SmallVector<llvm::GlobalValue *> weights;
  for (llvm::GlobalVariable &global : module.globals())
    if (global.getSection() == kWeightSection)
      weights.push_back(&global);
  llvm::appendToCompilerUsed(module, weights);
}

/// What is in another object of the network is reached without a detour: what
/// has a dot in its name, which no function of C has, or belongs to the
/// runtime.
static void hideDeclarations(llvm::Module &module) {
  for (llvm::GlobalObject &object : module.global_objects()) {
    auto *function = dyn_cast<llvm::Function>(&object);
    bool isOwn =
        object.getName().contains('.') || object.getName().starts_with("oqat_");
    if (!object.isDeclaration() || !isOwn ||
        (function && function->isIntrinsic()))
      continue;
    object.setVisibility(llvm::GlobalValue::HiddenVisibility);
    object.setDSOLocal(true);
  }
}

void mlir::oqat::prepareModule(llvm::Module &module, const CodeTarget &target,
                               llvm::TargetMachine &machine) {
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
}

std::unique_ptr<llvm::Module> mlir::oqat::translateModule(
    ModuleOp module, StringRef name, const CodeTarget &target,
    llvm::TargetMachine &machine, llvm::LLVMContext &context) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  std::unique_ptr<llvm::Module> result =
      translateModuleToLLVMIR(module, context, name);
  if (!result) {
    emitError(module.getLoc(), "the module can't be translated to LLVM IR");
    return nullptr;
  }
  result->setSourceFileName(name);
  prepareModule(*result, target, machine);
  if (failed(verifyStrictFloat(*result, module.getLoc())))
    return nullptr;
  return result;
}

LogicalResult mlir::oqat::verifyModule(const llvm::Module &module,
                                       Location loc) {
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (llvm::verifyModule(module, &stream))
    return emitError(loc) << "broken LLVM IR: " << StringRef(message).trim();
  return success();
}

std::unique_ptr<llvm::Module>
mlir::oqat::translateNetwork(ModuleOp module, const NetworkDescription &network,
                             const CodeTarget &target,
                             llvm::LLVMContext &context, StringRef bodies) {
  Location loc = module.getLoc();
  FailureOr<uint64_t> features = requiredCpuFeatures(target, loc);
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  if (failed(features) || failed(machine))
    return nullptr;
  std::unique_ptr<llvm::Module> result =
      translateModule(module, network.name, target, **machine, context);
  if (!result)
    return nullptr;
  EntryPoints entries(*result, network, loc);
  if (failed(entries.takeBodies(bodies.empty() ? network.name : bodies,
                                *features)) ||
      (bodies.empty() && failed(entries.add(baselineCpu(target)))))
    return nullptr;
  setTargetAttributes(*result, target);
  hideDeclarations(*result);
  keepWeights(*result);
  llvm::internalizeModule(*result, [&](const llvm::GlobalValue &value) {
    return bodies.empty() ? entries.isExported(value) : entries.isBody(value);
  });
  if (failed(verifyModule(*result, loc)))
    return nullptr;
  optimize(*result, **machine);
  return result;
}
