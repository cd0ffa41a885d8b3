//===- LayerCompiler.cpp - An isolated layer to an object ----------------===//
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

using namespace mlir;
using namespace mlir::oqat;

CodeTarget KernelSettings::getMachine() const {
  CodeTarget machine = {target->triple, target->cpu, target->features};
  return emulated ? baselineTarget(machine) : machine;
}

std::string KernelSettings::describe() const {
  CodeTarget machine = getMachine();
  return target->name + "\n" + machine.triple + "\n" + machine.cpu + "\n" +
         machine.features + (emulated ? "\nemulated" : "\n");
}

LayerCompiler::LayerCompiler(const KernelSettings &settings)
    : settings(settings), context(MLIRContext::Threading::DISABLED),
      handler(&context,
              [this](Diagnostic &diagnostic) {
                if (message.empty() &&
                    diagnostic.getSeverity() == DiagnosticSeverity::Error)
                  message = diagnostic.str();
                return success();
              }),
      passes(&context, ModuleOp::getOperationName()) {
  context.loadDialect<bitpack::BitpackDialect>();
  // What comes out is verified, by LLVM as well.
  passes.enableVerifier(false);
  buildKernelPhase(passes, settings.emulated);
}

FailureOr<Bytes> LayerCompiler::emit(StringRef layer, const LayerPlan &plan,
                                     StringRef symbol) {
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(layer, ParserConfig(&context));
  if (!module)
    return failure();
  emitIsolatedKernel(*module, plan, *settings.target, symbol);
  if (failed(passes.run(*module)) || failed(verify(*module)))
    return failure();
  return emitKernel(*module, symbol, settings.getMachine());
}

llvm::Expected<Bytes> LayerCompiler::compile(StringRef layer,
                                             const LayerPlan &plan,
                                             StringRef symbol) {
  message.clear();
  FailureOr<Bytes> object = emit(layer, plan, symbol);
  if (succeeded(object))
    return std::move(*object);
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 message.empty() ? "compilation failed"
                                                 : message);
}
