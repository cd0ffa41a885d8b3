//===- LayerCompiler.h - An isolated layer to an object ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_DRIVER_LAYERCOMPILER_H
#define OQAT_LIB_PIPELINES_DRIVER_LAYERCOMPILER_H

#include "mlir/Pass/PassManager.h"
#include "oqat/Conversion/KernelTarget.h"
#include "oqat/Support/FirstError.h"
#include "oqat/Target/Emit/Emit.h"
#include "oqat/Target/Emit/ObjectCache.h"

namespace mlir::oqat {

/// What kernels are compiled for.
struct KernelSettings {
  const KernelTarget *target = nullptr;
  /// The target's intrinsics are replaced by code for its family's least CPU.
  bool emulated = false;
  /// How the names of kernels start that are taken where a layer has one.
  std::string preferKernels;

  /// What the kernel of a plan is compiled for: for another target where that
  /// makes the same one.
  KernelSettings getOwner(const LayerPlan &plan) const;
  /// What LLVM is told: emulated kernels need no more than any CPU of the
  /// family has.
  CodeTarget getMachine() const;
  /// All of this that a kernel depends on.
  std::string describe() const;
};

/// What a kernel's object is kept under: of a layer by itself, by its plan.
ObjectCache::Key getKernelKey(const KernelSettings &settings,
                              const LayerPlan &plan, StringRef isolated);
std::string getKernelSymbol(const ObjectCache::Key &key);

/// The same of anything else, of a kind that is named.
ObjectCache::Key makeObjectKey(const KernelSettings &settings, StringRef kind,
                               StringRef contents);

/// Compiles one kernel after the other, in contexts of its own: several may
/// work at the same time.
class LayerCompiler {
public:
  explicit LayerCompiler(const KernelSettings &settings);

  /// The object of the kernel `symbol` of a layer (isolateLayer()).
  llvm::Expected<Bytes> compile(StringRef layer, const LayerPlan &plan,
                                StringRef symbol);

  /// The object of the function `symbol` that unpacks weights into such a panel
  /// (emitIsolatedUnpack()).
  llvm::Expected<Bytes> compileUnpack(const WeightPanel &panel,
                                      StringRef symbol);

private:
  llvm::Expected<Bytes> compile(llvm::function_ref<FailureOr<Bytes>()> emit);
  FailureOr<Bytes> lower(ModuleOp module, StringRef symbol);

  KernelSettings settings;
  MLIRContext context;
  FirstError error;
  PassManager passes;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_DRIVER_LAYERCOMPILER_H
