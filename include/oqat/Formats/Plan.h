//===- Plan.h - The training plan -----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// graph.json: the network as the trainer runs it. The reader checks every
// reference (parameters, choices, kernels, values), so its users need not.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_FORMATS_PLAN_H
#define OQAT_FORMATS_PLAN_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oqat::formats {

struct PlanChoice {
  std::string name, key;
  std::optional<int64_t> index;
  bool perLayer = false;
  std::vector<double> values;
};

struct PlanParameter {
  std::string name, kind;
  std::vector<int64_t> shape;
};

/// makeDivisible(round(base * value of choice), 8) channels.
struct PlanExtent {
  int64_t base = 0;
  std::string choice;
};

struct PlanTransform {
  int64_t from = 0, to = 0;
  std::string parameter;
};

/// A weight cut to the active subnet; empty members mean all of it.
struct PlanWeight {
  std::string parameter;
  std::optional<PlanExtent> out, in;
  std::string kernelChoice;
  std::vector<PlanTransform> transforms;
};

struct PlanQuantizer {
  std::string step;
  bool isSigned = false;
  /// Fixed bits and the step's entry, or 0 and a choice.
  int64_t bits = 0, entry = 0;
  std::string bitsChoice;
  /// The quantized tensor's name; empty for a weight.
  std::string name;
};

struct PlanBatchNorm {
  std::string gamma, beta, mean, variance;
  double eps = 1e-5;
};

/// One step of a pointwise chain.
struct PlanStage {
  enum class Kind {
    Rescale,
    Relu,
    Relu6,
    HSwish,
    HSigmoid,
    Add,
    Scale,
    Quantize
  };
  Kind kind = Kind::Relu;
  std::optional<PlanBatchNorm> batchNorm; // Rescale
  int64_t in = -1;                        // Add, Scale
  PlanQuantizer quantizer;                // Quantize
};

struct PlanAffine {
  std::string weight, bias;
};

struct PlanNode;

/// One repeated block of a stage: a body from `arg` to `result`.
struct PlanBlock {
  int64_t arg = -1, result = -1;
  std::vector<PlanNode> body;
};

struct PlanNode {
  enum class Kind { Normalize, Conv2d, Pointwise, Gate, Pool, Linear, Stage };
  Kind kind = Kind::Pool;
  std::string name;
  int64_t in = -1, out = -1;

  std::vector<double> mean, deviation; // Normalize

  int64_t stride = 1; // Conv2d
  bool depthwise = false;
  PlanWeight weight;
  std::optional<PlanQuantizer> weightQuantizer;

  std::string kernel, floatKernel; // Pointwise
  std::vector<PlanStage> stages;

  PlanAffine reduce, expand; // Gate
  PlanAffine linear;         // Linear

  std::string choice; // Stage
  std::vector<PlanBlock> blocks;
};

/// All kernels for one GPU ("sm_90"), or as PTX for that one and later ones.
struct PlanGpuCode {
  std::string chip;
  bool isPtx = false;
  std::string file, sha256;
};

struct Plan {
  std::string network;
  int64_t classes = 0;
  std::vector<PlanChoice> choices;
  std::vector<PlanParameter> parameters;
  int64_t input = -1, output = -1;
  std::vector<PlanNode> body;
  std::string kernelsFile, kernelsSha256;
  /// Of chains, and of weights: names of weightKernelName().
  std::vector<std::string> kernelFunctions, weightFunctions;
  std::vector<PlanGpuCode> gpuCode;

  const PlanChoice *findChoice(const std::string &name) const;
  const PlanParameter *findParameter(const std::string &name) const;
  /// Which entry of a step with entries is that of `bits`; -1 where the choice
  /// does not offer them.
  int64_t stepEntry(const PlanQuantizer &quantizer, int64_t bits) const;
};

/// The kernel that cuts a weight to a subnet, multiplies its taps by a matrix
/// and quantizes it.
std::string weightKernelName(bool transforms, bool quantizes);

std::optional<Plan> parsePlan(std::string_view text, const std::string &place,
                              std::string &error);

/// Reads graph.json.
std::optional<Plan> readPlan(const std::string &path, std::string &error);

} // namespace oqat::formats

#endif // OQAT_FORMATS_PLAN_H
