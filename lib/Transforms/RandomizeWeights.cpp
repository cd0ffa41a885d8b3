//===- RandomizeWeights.cpp - Random but well calibrated networks ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gives every parameter of a fixed network a value, so that its speed and
// exactness can be tried before any training. Weights are normal with variance
// 1 / fan-in; gamma is about 1, an eighth of it negative. The interpreter then
// runs some random pictures, and where it arrives at a quantizer or a batch
// norm, the step or the statistics are chosen from the values that arrive.
//
// Before:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32>
// After:
//   oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.1> :
//   tensor<f32>
//
// A step is LSQ's 2 mean|x| / sqrt(Qp), that of LSQ+ the values' extent by Qp,
// with `all-codes` moved as little as it takes to use all codes, or as many as
// the values can; a clip value is so many steps. The same seed gives the same
// values on every machine.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Interpreter/Interpreter.h"
#include "oqat/Interpreter/Parameters.h"
#include "oqat/Numerics/Digest.h"
#include "oqat/Numerics/Quantizer.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Numerics/Residual.h"
#include "oqat/Transforms/Passes.h"

#include <algorithm>

namespace mlir::oqat {
#define GEN_PASS_DEF_RANDOMIZEWEIGHTS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {
struct RandomizeWeights
    : mlir::oqat::impl::RandomizeWeightsBase<RandomizeWeights> {
  using RandomizeWeightsBase::RandomizeWeightsBase;
  void runOnOperation() override;

private:
  LogicalResult calibrate(SupernetOp network);
};
} // namespace

static void setValues(ParameterOp op, ArrayRef<float> values) {
  op.setValueAttr(DenseElementsAttr::get(op.getTensorType(), values));
}

//===----------------------------------------------------------------------===//
// Values that need no data
//===----------------------------------------------------------------------===//

/// `count` normal numbers. Small tensors take every 16th of a sorted sample, so
/// that even a tensor of 144 weights has them spread over 256 codes.
static std::vector<float> normalValues(numerics::Random &random, size_t count,
                                       double deviation) {
  constexpr size_t kSpread = 16;
  std::vector<float> values(count);
  if (count > 4096) {
    for (float &value : values)
      value = static_cast<float>(deviation * random.normal());
    return values;
  }
  std::vector<double> sample(count * kSpread);
  for (double &value : sample)
    value = random.normal();
  std::sort(sample.begin(), sample.end());
  for (size_t i = 0; i < count; ++i)
    values[i] =
        static_cast<float>(deviation * sample[i * kSpread + kSpread / 2]);
  for (size_t i = count; i > 1; --i)
    std::swap(values[i - 1], values[random.below(i)]);
  return values;
}

static std::vector<float> uniformValues(numerics::Random &random, size_t count,
                                        double lo, double hi) {
  std::vector<float> values(count);
  for (float &value : values)
    value = static_cast<float>(random.uniform(lo, hi));
  return values;
}

/// The identity and a little noise.
static std::vector<float> transformValues(numerics::Random &random,
                                          int64_t taps) {
  std::vector<float> values = normalValues(random, taps * taps, 0.05);
  for (int64_t i = 0; i < taps; ++i)
    values[i * taps + i] += 1.0f;
  return values;
}

static void initializeParameter(ParameterOp op, uint64_t seed) {
  StringRef name = op.getSymName();
  numerics::Random random(numerics::combineSeeds(
      seed, numerics::fnv1a64(name.data(), name.size())));
  ArrayRef<int64_t> shape = op.getTensorType().getShape();
  size_t count = op.getTensorType().getNumElements();
  switch (op.getKind()) {
  case ParameterKind::Weight:
    return setValues(
        op, normalValues(random, count, std::sqrt(double(shape[0]) / count)));
  case ParameterKind::Gamma: {
    std::vector<float> values = uniformValues(random, count, 0.6, 1.4);
    for (float &value : values)
      if (random.below(8) == 0)
        value = -value;
    return setValues(op, values);
  }
  case ParameterKind::Beta:
  case ParameterKind::Bias:
    return setValues(op, uniformValues(random, count, -0.5, 0.8));
  case ParameterKind::Transform:
    return setValues(op, transformValues(random, shape[0]));
  case ParameterKind::Mean:
    return setValues(op, std::vector<float>(count, 0.0f));
  case ParameterKind::Offset:
  case ParameterKind::Step:
  case ParameterKind::Variance:
    return setValues(op, std::vector<float>(count, 1.0f));
  }
}

//===----------------------------------------------------------------------===//
// Values chosen from data
//===----------------------------------------------------------------------===//

/// What the tensor stands for.
static std::vector<float> realValues(const Tensor &tensor) {
  if (tensor.kind == Tensor::Kind::Float)
    return tensor.floats;
  std::vector<float> values;
  if (tensor.kind == Tensor::Kind::Codes) {
    for (int16_t code : tensor.codes)
      values.push_back(numerics::dequantize(tensor.quantizer, code));
    return values;
  }
  std::vector<numerics::Rescale> maps = tensor.unitRescale();
  for (auto [i, acc] : llvm::enumerate(tensor.accumulators))
    values.push_back(numerics::rescale(acc, maps[i % maps.size()]));
  return values;
}

/// At most 2^14 values, evenly taken.
static std::vector<float> thinOut(std::vector<float> values) {
  size_t stride = values.size() / (1 << 14) + 1;
  for (size_t i = 0; i * stride < values.size(); ++i)
    values[i] = values[i * stride];
  values.resize((values.size() + stride - 1) / stride);
  return values;
}

/// What a quantizer learns, but for LSQ+ per tensor a step alone.
struct Learned {
  float parameter = 1, offset = 0;
};

static int64_t countCodes(ArrayRef<float> values, numerics::QuantizerSpec spec,
                          Learned learned) {
  numerics::Quantizer q =
      numerics::makeQuantizer(spec, {learned.parameter}, learned.offset);
  SmallVector<bool, 256> seen(q.range.hi - q.range.lo + 1, false);
  float reciprocal = numerics::reciprocalStep(q.steps.front());
  for (float value : values)
    seen[numerics::quantize(q, value, reciprocal) - q.range.lo] = true;
  return llvm::count(seen, true);
}

/// Where the search starts: step or clip value, and offset.
static std::pair<double, double> firstGuess(ArrayRef<float> values,
                                            numerics::QuantizerSpec spec) {
  int32_t high = std::max(numerics::codeRange(spec.bits, spec.isSigned).hi, 1);
  if (spec.scheme == numerics::Scheme::LsqPlus) {
    double lowest = *llvm::min_element(values);
    return {(*llvm::max_element(values) - lowest) / high, lowest};
  }
  double sum = 0;
  for (float value : values)
    sum += std::fabs(value);
  double lsq = 2 * sum / double(values.size()) / std::sqrt(double(high));
  // Levels without zero are two steps apart.
  if (spec.scheme == numerics::Scheme::Liq && spec.isSigned)
    lsq /= 2;
  return {lsq * numerics::stepsPerParameter(spec), 0.0};
}

static Learned chooseLearned(ArrayRef<float> values,
                             numerics::QuantizerSpec spec, bool allCodes) {
  auto [parameter, offset] = firstGuess(values, spec);
  Learned best;
  if (!(parameter > 0))
    return best;
  int64_t all = int64_t(1) << spec.bits, most = -1;
  for (int i = 0; i <= (allCodes ? 48 : 0); ++i) {
    // 0, 1, -1, 2, -2, ... sixths of a power of two, without a C library's pow.
    int sixths = i % 2 ? (i + 1) / 2 : -i / 2;
    int octave = (sixths + 600) / 6 - 100, part = (sixths + 600) % 6;
    double factor = std::ldexp(1.0 + part / 6.0, octave);
    Learned learned{static_cast<float>(parameter * factor),
                    static_cast<float>(offset * factor)};
    int64_t count = countCodes(values, spec, learned);
    if (count <= most)
      continue;
    most = count;
    best = learned;
    if (count == all)
      break;
  }
  return best;
}

/// The values of one channel along `axis`.
static std::vector<float> channelValues(const Tensor &shape,
                                        const std::vector<float> &values,
                                        int64_t axis, int64_t channel) {
  int64_t inner = 1, channels = shape.shape[axis];
  for (size_t dim = axis + 1; dim < shape.shape.size(); ++dim)
    inner *= shape.shape[dim];
  std::vector<float> result;
  for (size_t i = 0; i < values.size(); ++i)
    if (static_cast<int64_t>(i) / inner % channels == channel)
      result.push_back(values[i]);
  return result;
}

/// Sets the quantizer's entry of a parameter to `chosen`.
static LogicalResult setEntry(FakeQuantizeOp op, FlatSymbolRefAttr symbol,
                              int64_t bits, ArrayRef<float> chosen,
                              SymbolTableCollection &symbols) {
  auto parameter = lookupParameter(op, symbol, symbols);
  if (failed(parameter))
    return failure();
  // The entries of other bit-widths stay as they are: their layer has none. So
  // do channels that are not active.
  RankedTensorType type = parameter->getTensorType();
  int64_t begin = 0;
  if (auto entry = op.getStepEntry(type, bits))
    begin = *entry * (type.getNumElements() / type.getDimSize(0));
  std::vector<float> values = floatsOf(parameter->getValueAttr());
  llvm::copy(chosen, values.begin() + begin);
  setValues(*parameter, values);
  return success();
}

/// What is added onto a stream needs room beside the values at its head.
static constexpr float kStreamRoom = 1.5f;

static LogicalResult calibrateStep(FakeQuantizeOp op, const Tensor &input,
                                   bool allCodes,
                                   SymbolTableCollection &symbols) {
  std::optional<int64_t> bits = op.getFixedBits();
  if (!bits)
    return op.emitOpError("expected fixed bits; run "
                          "--oqat-materialize-subnet");
  if (*bits == FakeQuantizeOp::kFloatBits)
    return success();
  auto step = lookupParameter(op, op.getStepAttr(), symbols);
  if (failed(step))
    return failure();
  if (step->getConstant())
    return success();
  std::vector<float> values = realValues(input);
  if (failed(normalizeForQuantizer(op, values)))
    return failure();
  numerics::QuantizerSpec spec = op.getSpec(*bits);
  if (auto axis = op.getAxis()) {
    SmallVector<float> steps;
    for (int64_t c = 0; c < input.shape[*axis]; ++c)
      steps.push_back(
          chooseLearned(thinOut(channelValues(input, values, *axis, c)), spec,
                        allCodes)
              .parameter);
    return setEntry(op, op.getStepAttr(), *bits, steps, symbols);
  }
  Learned learned = chooseLearned(thinOut(std::move(values)), spec, allCodes);
  bool isStream = llvm::any_of(op->getUsers(), [](Operation *user) {
    auto add = dyn_cast<AddOp>(user);
    return add && add.isStream();
  });
  if (isStream)
    learned.parameter *= kStreamRoom;
  if (auto offset = op.getScheme().getOffsetParameter())
    if (failed(setEntry(op, offset, *bits, learned.offset, symbols)))
      return failure();
  return setEntry(op, op.getStepAttr(), *bits, learned.parameter, symbols);
}

static LogicalResult calibrateNorm(BatchNormOp op, const Tensor &input,
                                   SymbolTableCollection &symbols) {
  auto mean = lookupParameter(op, op.getMeanAttr(), symbols);
  auto variance = lookupParameter(op, op.getVarianceAttr(), symbols);
  if (failed(mean) || failed(variance))
    return failure();
  std::vector<float> values = realValues(input);
  int64_t channels = input.channels(), rows = values.size() / channels;
  std::vector<float> means = floatsOf(mean->getValueAttr());
  std::vector<float> variances = floatsOf(variance->getValueAttr());
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < rows; ++i)
      sum += values[i * channels + c];
    double average = sum / double(rows);
    for (int64_t i = 0; i < rows; ++i) {
      double distance = values[i * channels + c] - average;
      squares += distance * distance;
    }
    means[c] = static_cast<float>(average);
    // A channel that never changes keeps the variance 1.
    if (squares > 0)
      variances[c] = static_cast<float>(squares / double(rows));
  }
  setValues(*mean, means);
  setValues(*variance, variances);
  return success();
}

/// Pictures of independent uniform bytes.
static std::vector<uint8_t> randomPictures(uint64_t seed, int64_t count,
                                           int64_t bytes) {
  std::vector<uint8_t> pictures;
  for (int64_t n = 0; n < count; ++n) {
    numerics::Random random(numerics::combineSeeds(seed, n));
    for (int64_t i = 0; i < bytes; ++i)
      pictures.push_back(static_cast<uint8_t>(random.below(256)));
  }
  return pictures;
}

LogicalResult RandomizeWeights::calibrate(SupernetOp network) {
  Interpreter interpreter;
  FailureOr<std::pair<int64_t, int64_t>> size =
      interpreter.pictureSize(network);
  if (failed(size))
    return failure();
  int64_t pixels = size->first * size->second;
  int64_t count = std::clamp<int64_t>(16384 / pixels, 2, 16);
  SymbolTableCollection symbols;
  interpreter.setHook(
      [&](Operation *op, ArrayRef<const Tensor *> operands) -> LogicalResult {
        if (auto quantizer = dyn_cast<FakeQuantizeOp>(op))
          return calibrateStep(quantizer, *operands[0], allCodes, symbols);
        if (auto norm = dyn_cast<BatchNormOp>(op))
          return calibrateNorm(norm, *operands[0], symbols);
        return success();
      });
  std::vector<float> logits;
  return interpreter.runBatch(network,
                              randomPictures(seed, count, pixels * 3).data(),
                              count, /*onTensor=*/nullptr, logits);
}

void RandomizeWeights::runOnOperation() {
  for (auto parameter : getOperation().getOps<ParameterOp>())
    if (!parameter.getConstant())
      initializeParameter(parameter, seed);
  for (auto network : getOperation().getOps<SupernetOp>())
    if (failed(calibrate(network)))
      return signalPassFailure();
}
