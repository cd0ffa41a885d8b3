//===- Pipelines.h - One builder per phase ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_PIPELINES_H
#define OQAT_PIPELINES_PIPELINES_H

#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>

namespace mlir {
class OpPassManager;
}

namespace mlir::oqat {

/// What a module holds, in the order of lowering.
enum class Phase { Supernet, Subnet, Integer, Packed, Target };

StringRef stringifyPhase(Phase phase);

struct PipelineOptions {
  /// A subnet: "file.json", "file.json#id" or JSON text.
  std::string subnet;
  /// A safetensors file, or empty.
  std::string weights;
  std::optional<uint64_t> randomWeights;
  /// The name of a kernel target.
  std::string target = "native";
  /// The form in which layers make codes (N14); where empty, as the packed
  /// network says.
  std::string requantization;
  /// How the names of kernels start that are taken where a layer has one,
  /// instead of the best.
  std::string preferKernels;
  /// Replaces the intrinsics of the target by code for any CPU of its family.
  bool emulateIntrinsics = false;
  /// Random weights use all codes, not only those that LSQ's first steps give.
  bool randomAllCodes = true;
};

/// Adds the check that a module holds what `phase` leaves behind.
void buildPhaseCheck(Phase phase, OpPassManager &passes);

/// Adds the passes that bring a module from the phase before to `phase`, and
/// the check that nothing is left that has no business there.
void buildPhase(Phase phase, OpPassManager &passes,
                const PipelineOptions &options);

/// The target phase in two parts, between which layers are separated: choices
/// about the packed network, and what happens to the kernels that are emitted
/// into a module.
void buildRequantization(OpPassManager &passes, const PipelineOptions &options);
void buildKernelPhase(OpPassManager &passes, bool emulateIntrinsics);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_PIPELINES_H
