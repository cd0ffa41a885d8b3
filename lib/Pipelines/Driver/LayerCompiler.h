//===- LayerCompiler.h - An isolated layer to an object --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_DRIVER_LAYERCOMPILER_H
#define OQAT_LIB_PIPELINES_DRIVER_LAYERCOMPILER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "oqat/Conversion/KernelTarget.h"
#include "oqat/Target/Emit/Emit.h"

namespace mlir::oqat {

/// What kernels are compiled for.
struct KernelSettings {
  const KernelTarget *target = nullptr;
  /// The target's intrinsics are replaced by code for its family's least CPU.
  bool emulated = false;
  /// How the names of kernels start that are taken where a layer has one.
  std::string preferKernels;

  /// What LLVM is told: emulated kernels need no more than any CPU of the
  /// family has.
  CodeTarget getMachine() const;
  /// All of this that a kernel depends on.
  std::string describe() const;
};

/// Compiles one kernel after the other, in contexts of its own: several may
/// work at the same time.
class LayerCompiler {
public:
  explicit LayerCompiler(const KernelSettings &settings);

  /// The object of the kernel `symbol` of a layer (isolateLayer()).
  llvm::Expected<Bytes> compile(StringRef layer, const LayerPlan &plan,
                                StringRef symbol);

private:
  FailureOr<Bytes> emit(StringRef layer, const LayerPlan &plan,
                        StringRef symbol);

  KernelSettings settings;
  MLIRContext context;
  std::string message;
  ScopedDiagnosticHandler handler;
  PassManager passes;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_DRIVER_LAYERCOMPILER_H
