//===- NetworkDescription.h - What an artifact says of itself ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The lowering to LLVM leaves a dictionary `oqat.network` on the module; from
// it come the C header and the manifest:
//
//   oqat.network = {name = "net", target = "avx512vnni", subnet = "{...}",
//     height = 32, width = 32, channels = 3, classes = 10,
//     scratch_bytes = 4096, prepared_bytes = 64,
//     tensors = [{name = "b0.dw.input", dtype = "u8", shape = [16, 16, 16]}],
//     layers = [{name = "b0.dw", kind = "depthwise", bits_w = 4, bits_a = 4,
//                macs = 36864, weight_bytes = 72, kernel = "...",
//                accumulator = {min = -540, max = 480, bits = 16}}]}
//
// and `emulated = true` where --emulate-target-intrinsics has run.
//
//===----------------------------------------------------------------------===//
#ifndef OQAT_TARGET_EMIT_NETWORKDESCRIPTION_H
#define OQAT_TARGET_EMIT_NETWORKDESCRIPTION_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

namespace mlir::oqat {

/// A tensor that an object reports through its callback; its index is its
/// place.
struct TensorDescription {
  std::string name, dtype;
  std::vector<int64_t> shape;
};

struct AccumulatorDescription {
  int64_t min = 0, max = 0, bits = 0;
};

struct LayerDescription {
  std::string name, kind, kernel;
  int64_t bitsW = 32, bitsA = 32, macs = 0, weightBytes = 0;
  /// Of the activations that it reads.
  int64_t inputBytes = 0;
  /// Of an integer layer, what its accumulators are proven to stay within.
  std::optional<AccumulatorDescription> accumulator;
};

/// One of several targets in an object.
struct TargetDescription {
  std::string name;
  bool emulated = false;
  /// What the CPU must have, a CpuFeatures.def word.
  uint64_t features = 0;
  int64_t preparedBytes = 0;
  /// Of every layer.
  std::vector<std::string> kernels;
};

struct NetworkDescription {
  /// `target` lists them where there are several.
  std::string name, target, subnet;
  /// The intrinsics of the target are emulated.
  bool emulated = false;
  int64_t height = 0, width = 0, channels = 0, classes = 0;
  int64_t scratchBytes = 0, preparedBytes = 0;
  std::vector<TensorDescription> tensors;
  std::vector<LayerDescription> layers;
  /// Where there are several, the fastest first; then the kernels are theirs,
  /// not the layers', and `preparedBytes` is the most that one of them needs.
  std::vector<TargetDescription> targets;
};

/// Reads `oqat.network`; says what is missing on the module's location.
FailureOr<NetworkDescription> readNetworkDescription(ModuleOp module);

} // namespace mlir::oqat

#endif // OQAT_TARGET_EMIT_NETWORKDESCRIPTION_H
