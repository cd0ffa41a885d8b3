//===- Plan.h - What training needs from the compiler -----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A training plan is a folder with graph.json (oqat/Formats/Plan.h says what is
// in it) and the object of the pointwise kernels that it names. The cost server
// answers what a subnet costs, for a search that has no compiler linked in.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_EXPORT_PLAN_H
#define OQAT_EXPORT_PLAN_H

#include "mlir/IR/BuiltinOps.h"
#include <istream>

namespace mlir::oqat {

/// All kernels for one GPU ("sm_90"), or as PTX for that one and later ones.
struct GpuCode {
  std::string chip;
  bool isPTX = false;
  std::string bytes;
  std::string getFileName() const {
    return "kernels." + chip + (isPTX ? ".ptx" : ".cubin");
  }
};

/// What kernels are compiled to.
struct CompiledKernels {
  std::string object;
  std::vector<GpuCode> gpuCode;
};

/// A plan in memory.
struct TrainingPlan {
  /// graph.json.
  std::string graph;
  /// The kernels' shared object.
  std::string kernels;
  /// The same kernels for GPUs.
  std::vector<GpuCode> gpuCode;
};

/// Turns a module of kernel functions (oqat/Autodiff/Kernels.h) into the bytes
/// of a shared object for this machine, and into code for GPUs.
using KernelCompiler = llvm::function_ref<FailureOr<CompiledKernels>(
    OwningOpRef<ModuleOp> kernels)>;

/// The plan of the module's supernet; diagnostics name what has none.
FailureOr<TrainingPlan> buildTrainingPlan(ModuleOp module,
                                          KernelCompiler compile);

/// Writes the plan's files into `folder`, which it creates, each of them whole
/// or not at all and graph.json last.
LogicalResult writeTrainingPlan(const TrainingPlan &plan, StringRef folder,
                                Location loc);

/// Reads one subnet, a JSON object, per line of `in` and answers each with one
/// line on `out`: its cost, or {"error": ...}. Ends at the end of `in`. Fails
/// only where the module has no elastic network.
LogicalResult serveCosts(ModuleOp module, std::istream &in, raw_ostream &out);

} // namespace mlir::oqat

#endif // OQAT_EXPORT_PLAN_H
