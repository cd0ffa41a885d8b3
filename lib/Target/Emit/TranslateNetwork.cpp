//===- TranslateNetwork.cpp - LLVM dialect to an optimised llvm::Module ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Operator.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/Internalize.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// Adds the C ABI around the generated bodies. The exported functions are
/// compiled for the family's baseline CPU, because they run before the check.
class EntryPoints {
public:
  EntryPoints(llvm::Module &module, const NetworkDescription &network,
              const CodeTarget &target, uint64_t features, Location loc)
      : module(module), network(network), target(target), features(features),
        loc(loc), builder(module.getContext()) {}

  LogicalResult add() {
    for (StringRef what : {"abi_version", "prepared_size", "scratch_size"})
      if (failed(verifyFree(exported(what))))
        return failure();
    for (StringRef what : {"oqat_enter_prepare", "oqat_enter_run"})
      if (failed(verifyFree(what)))
        return failure();
    addConstant("abi_version", builder.getInt32(kAbiVersion));
    addConstant("prepared_size", builder.getInt64(network.preparedBytes));
    addConstant("scratch_size", builder.getInt64(network.scratchBytes));
    return success(succeeded(wrap("prepare", 1)) && succeeded(wrap("run", 4)));
  }

  bool isExported(const llvm::GlobalValue &value) const {
    return functions.contains(&value);
  }

private:
  std::string exported(StringRef what) {
    return network.name + "_" + what.str();
  }

  /// What is added here must not be there.
  LogicalResult verifyFree(StringRef name) {
    if (!module.getNamedValue(name))
      return success();
    return emitError(loc) << "'" << name
                          << "' is the name of something that is added to "
                             "every network";
  }

  void addConstant(StringRef what, llvm::Constant *value) {
    auto *type = llvm::FunctionType::get(value->getType(), false);
    llvm::Function *function = create(what, type);
    builder.SetInsertPoint(
        llvm::BasicBlock::Create(module.getContext(), "", function));
    builder.CreateRet(value);
  }

  /// Renames the body of <net>_<what>, which takes `arguments` pointers, and
  /// puts under its name a call of oqat_enter_<what>(body, features, ...).
  LogicalResult wrap(StringRef what, unsigned arguments) {
    llvm::Function *body = module.getFunction(exported(what));
    llvm::Type *pointer = builder.getPtrTy();
    SmallVector<llvm::Type *> types(arguments, pointer);
    auto *type = llvm::FunctionType::get(builder.getInt32Ty(), types, false);
    if (!body || body->isDeclaration() || body->getFunctionType() != type)
      return emitError(loc)
             << "expected '" << exported(what) << "' to be a function of "
             << arguments << " pointers that returns an i32";
    body->setName(network.name + "." + what);

    SmallVector<llvm::Type *> enterTypes = {pointer, builder.getInt64Ty()};
    enterTypes.append(types);
    llvm::FunctionCallee enter = module.getOrInsertFunction(
        ("oqat_enter_" + what).str(),
        llvm::FunctionType::get(builder.getInt32Ty(), enterTypes, false));
    auto *callee = cast<llvm::Function>(enter.getCallee());
    callee->setVisibility(llvm::GlobalValue::HiddenVisibility);
    callee->setDSOLocal(true);

    llvm::Function *function = create(what, type);
    builder.SetInsertPoint(
        llvm::BasicBlock::Create(module.getContext(), "", function));
    SmallVector<llvm::Value *> values = {body, builder.getInt64(features)};
    for (llvm::Argument &argument : function->args())
      values.push_back(&argument);
    builder.CreateRet(builder.CreateCall(enter, values));
    return success();
  }

  llvm::Function *create(StringRef what, llvm::FunctionType *type) {
    auto *function = llvm::Function::Create(
        type, llvm::GlobalValue::ExternalLinkage, exported(what), module);
    function->setDoesNotThrow();
    function->addFnAttr("target-cpu", baselineCpu(target));
    functions.insert(function);
    return function;
  }

  llvm::Module &module;
  const NetworkDescription &network;
  const CodeTarget &target;
  uint64_t features;
  Location loc;
  llvm::IRBuilder<> builder;
  llvm::SmallPtrSet<const llvm::GlobalValue *, 8> functions;
};

} // namespace

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

void mlir::oqat::optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  // Kernels are unrolled as far as registers reach; more would spill.
  tuning.LoopUnrolling = false;
  tuning.SLPVectorization = true;
  llvm::PassBuilder passes(&machine, tuning);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graphs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graphs, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
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
  result->setTargetTriple(target.triple);
  result->setDataLayout(machine.createDataLayout());
  result->setPICLevel(llvm::PICLevel::BigPIC);
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
                             llvm::LLVMContext &context) {
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
  EntryPoints entries(*result, network, target, *features, loc);
  if (failed(entries.add()))
    return nullptr;
  setTargetAttributes(*result, target);
  hideDeclarations(*result);
  keepWeights(*result);
  llvm::internalizeModule(*result, [&](const llvm::GlobalValue &value) {
    return entries.isExported(value);
  });
  if (failed(verifyModule(*result, loc)))
    return nullptr;
  optimize(*result, **machine);
  return result;
}
