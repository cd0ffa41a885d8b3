//===- Tensor.h - A value while it is interpreted ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_INTERPRETER_TENSOR_H
#define OQAT_INTERPRETER_TENSOR_H

#include "oqat/Numerics/Bounds.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::oqat {

/// A dense value: pixels, floats, codes of a quantizer, or the integer
/// accumulators of a convolution of codes. Activations have the number of
/// pictures in front.
struct Tensor {
  enum class Kind { Pixels, Float, Codes, Accumulators };

  Kind kind = Kind::Float;
  std::vector<int64_t> shape;
  std::vector<float> floats;
  std::vector<uint8_t> pixels;
  std::vector<int16_t> codes;
  std::vector<int64_t> accumulators;

  /// Codes: the quantizer that gave them, and its name.
  ::oqat::numerics::Quantizer quantizer;
  std::string name;

  /// Accumulators: the steps of activation and weight, one or one per channel,
  /// and per channel every value that the weights allow.
  std::vector<float> inputSteps, weightSteps;
  std::vector<::oqat::numerics::Interval> intervals;

  /// Floats: the largest magnitude that can occur, where it is proven (N4).
  std::optional<float> bound;

  /// Accumulators: s_a * s_w of every channel.
  std::vector<double> stepProducts() const {
    std::vector<double> products;
    for (size_t c = 0; c < static_cast<size_t>(channels()); ++c)
      products.push_back(
          static_cast<double>(inputSteps[c % inputSteps.size()]) *
          static_cast<double>(weightSteps[c % weightSteps.size()]));
    return products;
  }

  /// Accumulators: N1 of every channel without batch norm. `bias` may be empty.
  std::vector<::oqat::numerics::Rescale>
  unitRescale(const std::vector<float> &bias = {}) const {
    std::vector<::oqat::numerics::Rescale> maps;
    for (size_t c = 0; c < static_cast<size_t>(channels()); ++c)
      maps.push_back(::oqat::numerics::rescaleWithoutNorm(
          inputSteps[c % inputSteps.size()],
          weightSteps[c % weightSteps.size()], bias.empty() ? 0.0f : bias[c]));
    return maps;
  }
  int64_t channels() const { return shape.back(); }
  int64_t elements() const {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return count;
  }
};

} // namespace mlir::oqat

#endif // OQAT_INTERPRETER_TENSOR_H
