//===- WinogradPlan.cpp - 3x3 convolutions by minimal filtering -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradPlan.h"

#include "oqat/Numerics/Bounds.h"
#include "oqat/Target/Weights.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static constexpr int64_t kPositions = numerics::kWinogradPositions;

namespace {
/// Of intervals, for the range of transformed codes.
struct IntervalRing {
  using Interval = numerics::Interval;
  Interval add(Interval x, Interval y) const {
    return {x.lo + y.lo, x.hi + y.hi};
  }
  Interval sub(Interval x, Interval y) const {
    return {x.lo - y.hi, x.hi - y.lo};
  }
};
} // namespace

/// The range of each transformed code, of codes of `bits` bits.
static std::array<numerics::Interval, kPositions> rangesOf(int64_t bits) {
  std::array<numerics::Interval, kPositions> codes;
  codes.fill({0, (int64_t(1) << bits) - 1});
  return numerics::winogradInput(codes, IntervalRing());
}

/// Weights (n, tap, c) to (n, position, c).
static std::vector<int16_t> transformWeights(ArrayRef<int16_t> weights,
                                             int64_t inputs) {
  constexpr int64_t kTaps = 9;
  std::vector<int16_t> transformed(weights.size() / kTaps * kPositions);
  int64_t outputs = static_cast<int64_t>(weights.size()) / (kTaps * inputs);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t c = 0; c < inputs; ++c) {
      std::array<int, kTaps> kernel;
      for (int64_t tap = 0; tap < kTaps; ++tap)
        kernel[tap] = weights[(n * kTaps + tap) * inputs + c];
      std::array<int, kPositions> values =
          numerics::winogradFilter(kernel, numerics::PlainRing());
      for (int64_t position = 0; position < kPositions; ++position)
        transformed[(n * kPositions + position) * inputs + c] =
            static_cast<int16_t>(values[position]);
    }
  return transformed;
}

/// What the offsets and the zero point add to four times the accumulators.
static std::vector<int32_t> makeConstants(const WinogradPlan &plan,
                                          ArrayRef<int16_t> weights,
                                          ArrayRef<int16_t> transformed,
                                          int64_t inputs, int64_t zeroPoint) {
  int64_t outputs =
      static_cast<int64_t>(transformed.size()) / (kPositions * inputs);
  constexpr int64_t kTileOutputs =
      numerics::kWinogradOutputs * numerics::kWinogradOutputs;
  std::vector<int32_t> constants(kTileOutputs * outputs);
  for (int64_t n = 0; n < outputs; ++n) {
    std::array<int64_t, kPositions> extra = {};
    for (int64_t position = 0; position < kPositions; ++position)
      for (int64_t c = 0; c < inputs; ++c)
        extra[position] +=
            plan.offsets[position] *
            transformed[(n * kPositions + position) * inputs + c];
    int64_t sum = 0;
    for (int16_t weight : weights.slice(n * 9 * inputs, 9 * inputs))
      sum += weight;
    auto sums = numerics::winogradOutput(extra, numerics::PlainRing());
    for (auto [output, value] : llvm::enumerate(sums))
      constants[output * outputs + n] = static_cast<int32_t>(
          -value - numerics::kWinogradScale * zeroPoint * sum);
  }
  return constants;
}

/// The first dot product whose elements hold the weights and whose sums are
/// exact for a while.
static bool chooseDot(const VectorTarget &target, WinogradPlan &plan,
                      ArrayRef<int16_t> transformed, int64_t inputs,
                      int64_t highest) {
  auto [lowest, largest] =
      std::minmax_element(transformed.begin(), transformed.end());
  bool areBytes = *lowest >= std::numeric_limits<int8_t>::min() &&
                  *largest <= std::numeric_limits<int8_t>::max();
  for (const std::unique_ptr<DotProduct> &dot : target.dots) {
    if (dot->getElementBytes() == 1 && !areBytes)
      continue;
    plan.dot = dot.get();
    plan.segment = dot->getSegment(transformed, inputs, highest);
    if (plan.segment != 0)
      return true;
  }
  return false;
}

std::optional<WinogradPlan> mlir::oqat::planWinograd(const VectorTarget &target,
                                                     bitpack::Conv2DOp op) {
  Geometry geometry = geometryOf(op);
  if (geometry.kernelH != 3 || geometry.kernelW != 3 || geometry.stride != 1)
    return {};
  auto codes =
      cast<bitpack::CodesType>(op.getInput().getType().getElementType());
  WinogradPlan plan;
  int64_t highest = 0;
  for (auto [offset, range] :
       llvm::zip(plan.offsets, rangesOf(codes.getBits()))) {
    offset = -range.lo;
    highest = std::max(highest, range.hi - range.lo);
  }
  if (highest > std::numeric_limits<uint8_t>::max())
    return {};
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
  std::vector<int16_t> transformed = transformWeights(weights, geometry.inC);
  if (!chooseDot(target, plan, transformed, geometry.inC, highest))
    return {};
  plan.constants = makeConstants(plan, weights, transformed, geometry.inC,
                                 static_cast<int64_t>(op.getInputZeroPoint()));
  return plan;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// How many bytes of transformed codes, and of sums, are kept on the stack,
/// about; and of how many tiles at least, so that weights are not read too
/// often.
static constexpr int64_t kBlockBytes = 32 * 1024, kLeastTiles = 8;
/// So many, as in a picture of 7x7, are one block where vectors are of 512 bits
/// (the others weren't measured): what weights take is most of all then, and
/// they are read but once, ahead of their use.
static constexpr int64_t kFewTiles = 16;

WinogradShape::WinogradShape(const VectorTarget &target, int64_t codeBytes,
                             const Geometry &geometry, int64_t outputs,
                             int64_t tileVectors)
    : channels(outputs, target.lanes,
               tileVectors != 0 ? tileVectors
                                : maxTileVectors(target, geometry)),
      tilesY(ceilDiv(geometry.outH, numerics::kWinogradOutputs)),
      tilesX(ceilDiv(geometry.outW, numerics::kWinogradOutputs)),
      all(tilesY * tilesX),
      rowBytes(roundUp(geometry.inC, 4 * target.lanes) * codeBytes) {
  int64_t vectors = channels.vectors;
  int64_t sumBytes = vectors * target.lanes * 4;
  int64_t most = std::max(
      kBlockBytes / (kPositions * std::max(rowBytes, sumBytes)), kLeastTiles);
  if (target.lanes == 16 && all <= kFewTiles)
    most = all;
  // Of the register tiles that fit, the one of the fewest instructions: a pixel
  // takes `vectors` products and sums, its codes, and its share of the weights.
  int64_t best = std::numeric_limits<int64_t>::max();
  for (int64_t candidate =
           std::min((target.registers - vectors - 2) / vectors, most);
       candidate > 0; --candidate) {
    int64_t count = ceilDiv(all, most);
    int64_t size = roundUp(ceilDiv(all, count), candidate);
    int64_t cost = ceilDiv(all, size) * size / candidate *
                   (candidate * (2 * vectors + 1) + vectors);
    if (cost >= best)
      continue;
    best = cost;
    pixels = candidate;
    block = size;
  }
  blocks = ceilDiv(all, block);
}
