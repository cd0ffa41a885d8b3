//===- Quantizer.h - The quantizer family (N3, N15, N16) ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every scheme comes down to one form: steps, a zero point, a range of codes,
// and whether its levels are the odd multiples of the step. How the learned
// parameters give that form, and how gradients go back to them, is all that
// the schemes differ in.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_QUANTIZER_H
#define OQAT_NUMERICS_QUANTIZER_H

#include "oqat/Numerics/Quantize.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace oqat::numerics {

/// LSQ learns the step, LSQ+ also an offset, LIQ and PACT the clip value.
enum class Scheme { Lsq, LsqPlus, Liq, Pact };

/// What a quantizer is apart from its learned parameters.
struct QuantizerSpec {
  Scheme scheme = Scheme::Lsq;
  int bits = 8;
  bool isSigned = false;
};

struct Quantizer {
  /// Positive; one, or one per channel.
  std::vector<float> steps{1.0f};
  /// The code of 0.
  int32_t zeroPoint = 0;
  CodeRange range{0, 0};
  /// Whether code q stands for (2q + 1) steps.
  bool oddLevels = false;

  float step(size_t channel) const {
    return steps[steps.size() == 1 ? 0 : channel];
  }
};

/// The integers that codes bring into an accumulator: their distance to the
/// zero point, which is a code itself.
inline CodeRange aroundZeroPoint(CodeRange codes, int32_t zeroPoint) {
  return {codes.lo - zeroPoint, codes.hi - zeroPoint};
}

/// What a weight code stands for; `odd` weights have no zero (N15).
inline int64_t weightValue(int64_t code, bool odd) {
  return odd ? 2 * code + 1 : code;
}

/// LIQ weights have no zero, and neither have weights of one bit.
inline bool hasOddLevels(QuantizerSpec spec) {
  return spec.isSigned && (spec.scheme == Scheme::Liq || spec.bits == 1);
}

/// How many steps make up the learned parameter: 2^bits - 1 for a clip value.
inline int32_t stepsPerParameter(QuantizerSpec spec) {
  bool isClip = spec.scheme == Scheme::Liq || spec.scheme == Scheme::Pact;
  return isClip ? (int32_t(1) << spec.bits) - 1 : 1;
}

/// The step that a learned step or clip value stands for.
inline float stepOf(QuantizerSpec spec, float parameter) {
  int32_t count = stepsPerParameter(spec);
  if (count == 1)
    return std::fabs(parameter);
  return static_cast<float>(std::fabs(static_cast<double>(parameter)) /
                            static_cast<double>(count));
}

/// The position of the zero point before it is rounded, not clamped yet.
inline float rawZeroPoint(float offset, float r) { return -offset * r; }

/// z = rne(clamp(-offset * r, 0, Qp)).
inline int32_t zeroPointOf(float offset, float r, CodeRange range) {
  return quantize(rawZeroPoint(offset, r), 1.0f, range);
}

/// `parameters` holds the learned step or clip value, or one per channel; only
/// LSQ+ reads `offset`.
inline Quantizer makeQuantizer(QuantizerSpec spec,
                               const std::vector<float> &parameters,
                               float offset = 0.0f) {
  Quantizer result;
  result.steps.clear();
  for (float parameter : parameters)
    result.steps.push_back(stepOf(spec, parameter));
  result.range = codeRange(spec.bits, spec.isSigned);
  result.oddLevels = hasOddLevels(spec);
  if (spec.scheme == Scheme::LsqPlus)
    result.zeroPoint =
        zeroPointOf(offset, reciprocalStep(result.steps[0]), result.range);
  return result;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The code of odd levels: that of the odd number nearest to y * r. One bit is
/// the sign, that of 0 being positive (N16).
inline int32_t quantizeOdd(float y, float r, CodeRange range) {
  float u = y * r;
  if (range.hi == 0)
    return u < 0.0f ? -1 : 0;
  float end = static_cast<float>(2 * range.hi + 1);
  u = u < -end ? -end : u;
  u = u > end ? end : u;
  float code = std::nearbyintf((u - 1.0f) * 0.5f);
  return code != code ? 0 : static_cast<int32_t>(code);
}

/// The code of `y`, `r` being the reciprocal of its channel's step. A NaN has
/// the code of 0, or 0.
inline int32_t quantize(const Quantizer &q, float y, float r) {
  if (q.oddLevels)
    return quantizeOdd(y, r, q.range);
  return quantize(y, r, aroundZeroPoint(q.range, q.zeroPoint)) + q.zeroPoint;
}

/// What a code stands for.
inline float dequantize(const Quantizer &q, int32_t code, size_t channel = 0) {
  int64_t level = weightValue(code - q.zeroPoint, q.oddLevels);
  return static_cast<float>(level) * q.step(channel);
}

/// What training calls the quantized value.
inline float fakeQuantize(const Quantizer &q, float y, size_t channel = 0) {
  return dequantize(q, quantize(q, y, reciprocalStep(q.step(channel))),
                    channel);
}

/// quantize() of values that share a step. Adding 1.5 * 2^23 rounds as
/// nearbyintf does, without a call of it: clamped values are far below that.
inline void quantizeRow(const Quantizer &q, const float *values, size_t count,
                        float r, int16_t *codes) {
  if (q.oddLevels) {
    for (size_t i = 0; i < count; ++i)
      codes[i] = static_cast<int16_t>(quantizeOdd(values[i], r, q.range));
    return;
  }
  constexpr float round = 0x1.8p23f;
  CodeRange range = aroundZeroPoint(q.range, q.zeroPoint);
  const float lo = static_cast<float>(range.lo);
  const float hi = static_cast<float>(range.hi);
  for (size_t i = 0; i < count; ++i) {
    float u = values[i] * r;
    u = u < lo ? lo : u;
    u = u > hi ? hi : u;
    u = u != u ? 0.0f : u;
    u = (u + round) - round;
    codes[i] = static_cast<int16_t>(static_cast<int32_t>(u) + q.zeroPoint);
  }
}

/// The codes of a tensor. With a step per channel, element i belongs to channel
/// i / inner % steps.
inline std::vector<int16_t> quantizeAll(const Quantizer &q,
                                        const std::vector<float> &values,
                                        size_t inner) {
  std::vector<float> reciprocals;
  for (float step : q.steps)
    reciprocals.push_back(reciprocalStep(step));
  if (reciprocals.size() == 1)
    inner = values.size();
  std::vector<int16_t> codes(values.size());
  size_t channel = 0;
  for (size_t first = 0; first < values.size(); first += inner) {
    size_t left = values.size() - first;
    quantizeRow(q, values.data() + first, left < inner ? left : inner,
                reciprocals[channel], codes.data() + first);
    channel = channel + 1 == reciprocals.size() ? 0 : channel + 1;
  }
  return codes;
}

/// N15: subtracts the mean and divides by the unbiased standard deviation, both
/// f64 sums in memory order over the active weight. False where the deviation
/// is 0 or not finite.
inline bool normalizeWeights(std::vector<float> &weights) {
  double sum = 0, squares = 0, count = static_cast<double>(weights.size());
  for (float w : weights)
    sum += static_cast<double>(w);
  double mean = sum / count;
  for (float w : weights) {
    double distance = static_cast<double>(w) - mean;
    double square = distance * distance;
    squares += square;
  }
  double deviation = std::sqrt(squares / (count - 1));
  if (!std::isfinite(deviation) || !(deviation > 0))
    return false;
  for (float &w : weights)
    w = static_cast<float>((static_cast<double>(w) - mean) / deviation);
  return true;
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

/// Derivatives of one quantized value, each to be multiplied by the gradient
/// that arrives. `parameter` is with respect to the magnitude of the step or
/// clip value and lacks LSQ's gradient scale.
struct QuantizerGrad {
  float input = 0, parameter = 0, offset = 0;
};

/// LSQ, and the scheme-independent part of LSQ+: `lo` and `hi` are the ends of
/// u in steps. The edges lie outside, as OQAT trains.
inline QuantizerGrad lsqGrad(float u, float level, float lo, float hi) {
  if (u <= lo)
    return {0.0f, lo, 0.0f};
  if (u >= hi)
    return {0.0f, hi, 0.0f};
  return {u != u ? u : 1.0f, level - u, 0.0f};
}

/// LSQ+: outside, the value is its end code times the step plus the offset, as
/// long as the clamp of the zero point does not hold the offset back.
inline QuantizerGrad lsqPlusGrad(float u, float r, float offset,
                                 const Quantizer &q) {
  CodeRange levels = aroundZeroPoint(q.range, q.zeroPoint);
  QuantizerGrad grad =
      lsqGrad(u, std::nearbyintf(u), static_cast<float>(levels.lo),
              static_cast<float>(levels.hi));
  float raw = rawZeroPoint(offset, r);
  bool isFree = raw >= 0.0f && raw <= static_cast<float>(q.range.hi);
  if (grad.input != 0.0f || !isFree)
    return grad;
  grad.parameter = static_cast<float>(
      u <= static_cast<float>(levels.lo) ? q.range.lo : q.range.hi);
  grad.offset = 1.0f;
  return grad;
}

/// LIQ: the edges lie inside, as SAQ trains.
inline QuantizerGrad liqGrad(float u, float level, float lo, float hi) {
  if (u < lo)
    return {0.0f, lo / hi, 0.0f};
  if (u > hi)
    return {0.0f, 1.0f, 0.0f};
  return {u != u ? u : 1.0f, (level - u) / hi, 0.0f};
}

/// PACT: the clip value learns from what it clips alone.
inline QuantizerGrad pactGrad(float u, float hi) {
  if (u >= hi)
    return {0.0f, 1.0f, 0.0f};
  return {u != u ? u : (u > 0.0f ? 1.0f : 0.0f), 0.0f, 0.0f};
}

/// `q` is makeQuantizer's of the same spec; `offset` that of LSQ+.
inline QuantizerGrad quantizerGrad(QuantizerSpec spec, const Quantizer &q,
                                   float y, size_t channel = 0,
                                   float offset = 0.0f) {
  float r = reciprocalStep(q.step(channel)), u = y * r;
  float level = static_cast<float>(
      weightValue(quantize(q, y, r) - q.zeroPoint, q.oddLevels));
  float lo = static_cast<float>(weightValue(q.range.lo, q.oddLevels));
  float hi = static_cast<float>(weightValue(q.range.hi, q.oddLevels));
  switch (spec.scheme) {
  case Scheme::Lsq:
    return lsqGrad(u, level, lo, hi);
  case Scheme::LsqPlus:
    return lsqPlusGrad(u, r, offset, q);
  case Scheme::Liq:
    return liqGrad(u, level, lo, hi);
  case Scheme::Pact:
    return pactGrad(u, hi);
  }
  return {};
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_QUANTIZER_H
