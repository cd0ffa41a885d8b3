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

  /// Codes: what the quantizer can give, its step and its name.
  ::oqat::numerics::CodeRange range = {0, 0};
  float step = 0;
  std::string name;

  /// Accumulators: the steps of activation and weight, and per channel every
  /// value that the weights allow.
  float inputStep = 0, weightStep = 0;
  std::vector<::oqat::numerics::Interval> intervals;

  /// Floats: the largest magnitude that can occur, where it is proven (N4).
  std::optional<float> bound;

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
