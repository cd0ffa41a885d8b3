//===- LookupPlan.cpp - Convolutions by table -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LookupPlan.h"

#include "oqat/Numerics/Bounds.h"
#include "oqat/Target/Weights.h"

#include <numeric>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

/// Weights and codes are fields of two bits.
static constexpr int64_t kFieldBits = 2;
static constexpr int32_t kHighestCode = 3;

/// Of bytes, one value is left to the 1 that every accumulator starts with, one
/// to NarrowRequantizer's never.
static constexpr int64_t kHighestSum = std::numeric_limits<uint8_t>::max() - 2;

/// What a weight adds to the bias, so that no code makes its product negative.
static int32_t biasOf(int32_t weight) {
  return kHighestCode * std::max(-weight, 0);
}

namespace {
/// Of each output and lookup, the most that its entry can be. Lookup r has the
/// inputs r, r + rows, ...; no entry exceeds 3|w|.
class LargestEntries {
public:
  LargestEntries(ArrayRef<int16_t> weights, int64_t inputs, int64_t rows)
      : rows(rows), entries(weights.size() / inputs * rows) {
    int32_t *output = entries.data();
    for (; !weights.empty();
         weights = weights.drop_front(inputs), output += rows)
      for (int64_t first = 0; first < inputs; first += rows) {
        const int16_t *field = weights.data() + first;
        for (int64_t row = 0, end = std::min(rows, inputs - first); row < end;
             ++row)
          output[row] += kHighestCode * std::abs(field[row]);
      }
  }

  /// The largest sum of `segment` lookups in a row, over all outputs.
  int64_t getLargestSum(int64_t segment) const {
    int32_t largest = 0;
    for (size_t output = 0; output < entries.size(); output += rows)
      for (int64_t row = 0; row < rows; row += segment) {
        const int32_t *first = entries.data() + output + row;
        largest = std::max(
            largest,
            std::accumulate(first, first + std::min(segment, rows - row), 0));
      }
    return largest;
  }

  int64_t rows;

private:
  std::vector<int32_t> entries;
};
} // namespace

/// Whether a layer has fields of two bits and the target has lookups.
template <typename ConvOp>
static bool isForLookups(const VectorTarget &target, ConvOp op) {
  auto codes =
      cast<bitpack::CodesType>(op.getInput().getType().getElementType());
  return target.lookupBytes() != 0 && op.getWeightBits() <= kFieldBits &&
         codes.getBits() <= kFieldBits;
}

/// Everything but how sums are cut, for `inputs` weights an output.
template <typename ConvOp>
static LookupPlan planOutputs(ConvOp op, ArrayRef<int16_t> weights,
                              int64_t inputs, int64_t group,
                              const LargestEntries &entries) {
  LookupPlan plan;
  plan.group = group;
  plan.rows = plan.segment = entries.rows;
  for (int32_t code = 0; code < 4; ++code)
    plan.values[code] =
        numerics::weightValue(code < 2 ? code : code - 4, op.getOdd());
  plan.highest = 1 + entries.getLargestSum(plan.rows);
  for (size_t first = 0; first < weights.size(); first += inputs) {
    auto [up, down] =
        numerics::sumWeights(weights.data() + first, inputs, /*odd=*/false);
    // Codes stand for their distance from the zero point, outside the picture
    // too, where it is what is looked up.
    plan.biases.push_back(1 - kHighestCode * down +
                          static_cast<int64_t>(op.getInputZeroPoint()) *
                              (up + down));
  }
  return plan;
}

std::optional<LookupPlan> mlir::oqat::planLookups(const VectorTarget &target,
                                                  bitpack::Conv2DOp op) {
  int64_t inputs = op.getKernel()[0] * op.getKernel()[1] *
                   op.getInput().getType().getDimSize(3);
  // The last lookup's missing inputs have weight codes 0, which must mean 0.
  if (!isForLookups(target, op) ||
      (op.getOdd() && inputs % target.lookupGroup() != 0))
    return {};
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
  LargestEntries entries(weights, inputs,
                         ceilDiv(inputs, target.lookupGroup()));
  LookupPlan plan =
      planOutputs(op, weights, inputs, target.lookupGroup(), entries);
  if (plan.highest >= std::numeric_limits<uint16_t>::max())
    return {};
  int64_t segments = 1;
  do
    plan.segment = ceilDiv(plan.rows, segments++);
  while (entries.getLargestSum(plan.segment) > kHighestSum);
  return plan;
}

std::optional<LookupPlan>
mlir::oqat::planLookups(const VectorTarget &target,
                        bitpack::DepthwiseConv2DOp op) {
  if (!isForLookups(target, op))
    return {};
  int64_t taps = op.getKernel()[0] * op.getKernel()[1];
  std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
  LookupPlan plan = planOutputs(op, weights, taps, /*group=*/1,
                                LargestEntries(weights, taps, taps));
  if (plan.highest > kHighestSum + 1)
    return {};
  return plan;
}

SmallVector<uint8_t> mlir::oqat::makeProductTable(const LookupPlan &plan,
                                                  int64_t vectorBytes) {
  SmallVector<uint8_t> table;
  for (int64_t lane = 0; lane < vectorBytes; ++lane) {
    int32_t weight = plan.values[(lane >> kFieldBits) & 3];
    table.push_back(static_cast<uint8_t>(weight * (lane & 3) + biasOf(weight)));
  }
  return table;
}

/// The biased sum of the products of weights and codes of two bits.
static uint8_t entryOf(const LookupPlan &plan, int64_t weights, int64_t codes,
                       int64_t products) {
  int64_t entry = 0;
  for (int64_t shift = 0; shift < kFieldBits * products; shift += kFieldBits) {
    int32_t weight = plan.values[(weights >> shift) & 3];
    entry += weight * ((codes >> shift) & 3) + biasOf(weight);
  }
  return static_cast<uint8_t>(entry);
}

SmallVector<uint8_t> mlir::oqat::makeLookupTable(const LookupPlan &plan,
                                                 int64_t vectorBytes) {
  int64_t combinations = int64_t(1) << (kFieldBits * plan.group);
  SmallVector<uint8_t> table;
  for (int64_t codes = 0; codes < combinations; ++codes)
    for (int64_t lane = 0; lane < vectorBytes; ++lane)
      table.push_back(entryOf(plan, lane, codes, plan.group));
  return table;
}

SmallVector<uint8_t> mlir::oqat::makeTapTable(const LookupPlan &plan,
                                              int64_t taps) {
  int64_t combinations = int64_t(1) << (kFieldBits * taps);
  SmallVector<uint8_t> table;
  for (int64_t weights = 0; weights < combinations; ++weights)
    for (int64_t codes = 0; codes < combinations; ++codes)
      table.push_back(entryOf(plan, weights, codes, taps));
  return table;
}
