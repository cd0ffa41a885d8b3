//===- DirectTies.cpp - Accumulators that land on .5 ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random weights hardly ever give a value exactly between two codes, so tests
// on them do not see how a tie is rounded. Here the interpreter runs some
// pictures; at every batch norm between a quantized convolution and a
// quantizer, each channel's beta is moved until
//
//   f32(activation(f32(f32(acc * A) + B)) * r) == k + 0.5
//
// for an accumulator that occurs and a code k of the quantizer.
//
// Before:
//   oqat.parameter @b0.ib.bn.beta ... = dense<0.1> : tensor<16xf32>
// After:
//   oqat.parameter @b0.ib.bn.beta ... = dense<[0.13, 0.07, ...]>
//
// Needs a fixed network whose parameters have values. Layers whose quantizer
// is of another kind, or lies behind an addition, stay as they are.
//
//===----------------------------------------------------------------------===//

#include "oqat/Transforms/DirectTies.h"
#include "dialects/oqat/Oqat.h"
#include "oqat/Interpreter/Interpreter.h"
#include "oqat/Interpreter/Parameters.h"
#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Transforms/Passes.h"

#include <cmath>

namespace mlir::oqat {
#define GEN_PASS_DEF_DIRECTTIES
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

std::vector<uint8_t> mlir::oqat::tiePicture(uint64_t seed, uint64_t index,
                                            size_t bytes) {
  numerics::Random random(numerics::combineSeeds(seed, index));
  std::vector<uint8_t> picture(bytes);
  for (uint8_t &byte : picture)
    byte = static_cast<uint8_t>(random.below(256));
  return picture;
}

namespace {

/// What follows a batch norm.
struct Consumer {
  std::optional<ActivationKind> activation;
  float step;
  numerics::CodeRange range;
};

/// The four vectors of a batch norm.
struct Norm {
  ParameterOp parameters[4];
  std::vector<float> gamma, beta, mean, variance;
  double eps;

  numerics::Rescale fold(double product, int64_t c) const {
    return numerics::foldBatchNormOver(product, gamma[c], beta[c], mean[c],
                                       variance[c], eps);
  }
  void write();
};

struct DirectTies : mlir::oqat::impl::DirectTiesBase<DirectTies> {
  using DirectTiesBase::DirectTiesBase;
  void runOnOperation() override;

private:
  LogicalResult direct(SupernetOp network);
  LogicalResult directNorm(BatchNormOp op, const Tensor &input,
                           SymbolTableCollection &symbols);
  FailureOr<std::optional<Consumer>> findConsumer(Value value,
                                                  SymbolTableCollection &);
};

} // namespace

void Norm::write() {
  const std::vector<float> *lists[] = {&gamma, &beta, &mean, &variance};
  for (auto [parameter, list] : llvm::zip(parameters, lists))
    parameter.setValueAttr(DenseElementsAttr::get(parameter.getTensorType(),
                                                  ArrayRef<float>(*list)));
}

static FailureOr<Norm> readNorm(BatchNormOp op,
                                SymbolTableCollection &symbols) {
  Norm norm;
  norm.eps = op.getEps().convertToDouble();
  std::vector<float> *lists[] = {&norm.gamma, &norm.beta, &norm.mean,
                                 &norm.variance};
  FlatSymbolRefAttr names[] = {op.getGammaAttr(), op.getBetaAttr(),
                               op.getMeanAttr(), op.getVarianceAttr()};
  for (int i = 0; i < 4; ++i) {
    auto parameter = lookupParameter(op, names[i], symbols);
    if (failed(parameter))
      return failure();
    norm.parameters[i] = *parameter;
    *lists[i] = floatsOf(parameter->getValueAttr());
  }
  return norm;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The power of two nearest to |x|, with the sign of x.
static float powerOfTwo(double x) {
  int exponent = std::ilogb(std::fabs(x) * 0x1.6a09e667f3bcdp0);
  return static_cast<float>(std::copysign(std::ldexp(1.0, exponent), x));
}

static float activate(const Consumer &consumer, float z) {
  if (!consumer.activation)
    return z;
  switch (*consumer.activation) {
  case ActivationKind::Relu:
    return numerics::relu(z);
  case ActivationKind::Relu6:
    return numerics::relu6(z);
  case ActivationKind::HSwish:
    return numerics::hSwish(z);
  case ActivationKind::HSigmoid:
    return numerics::hSigmoid(z);
  }
  return z;
}

/// An argument that the activation brings near `y`.
static double invert(const Consumer &consumer, double y) {
  if (consumer.activation == ActivationKind::HSigmoid)
    return 6 * y - 3;
  if (consumer.activation == ActivationKind::HSwish && y < 3)
    return (-3 + std::sqrt(std::fmax(9 + 24 * y, 0.0))) / 2;
  return y;
}

/// The multiple of the step, in float, that the quantizer is to round.
static float scaled(const Consumer &consumer, numerics::Rescale map,
                    int64_t acc) {
  return activate(consumer, numerics::rescale(acc, map)) *
         numerics::reciprocalStep(consumer.step);
}

/// Moves beta until `acc` gives `target`; a search over neighbouring floats,
/// since every operation on the way rounds.
static bool moveBeta(Norm &norm, int64_t c, double product,
                     const Consumer &consumer, int64_t acc, float target) {
  constexpr int kReach = 40;
  numerics::Rescale map = norm.fold(product, c);
  double z = invert(consumer, double(target) * std::fabs(consumer.step));
  double shift = z - (double(numerics::rescale(acc, {map.a, 0.0f})) + map.b);
  const float before = norm.beta[c];
  float up = static_cast<float>(before + shift), down = up;
  for (int i = 0; i < kReach; ++i) {
    for (float beta : {up, down}) {
      norm.beta[c] = beta;
      if (scaled(consumer, norm.fold(product, c), acc) == target)
        return true;
    }
    up = std::nextafter(up, INFINITY);
    down = std::nextafter(down, -INFINITY);
  }
  norm.beta[c] = before;
  return false;
}

/// A tie for one of some accumulators of channel `c`, those first whose value
/// is within the range already.
static bool tieChannel(Norm &norm, int64_t c, double product,
                       const Consumer &consumer, const Tensor &input) {
  int64_t channels = input.channels();
  int64_t rows = input.accumulators.size() / channels;
  int64_t stride = std::max<int64_t>(1, rows / 24);
  for (bool within : {true, false})
    for (int64_t row = (c * 7) % stride; row < rows; row += stride) {
      int64_t acc = input.accumulators[row * channels + c];
      float u = scaled(consumer, norm.fold(product, c), acc);
      bool inside = u > consumer.range.lo && u < consumer.range.hi;
      if (inside != within || u != u)
        continue;
      float lo = consumer.range.lo, hi = consumer.range.hi - 1;
      float code = std::floor(std::fmin(std::fmax(u, lo), hi));
      if (moveBeta(norm, c, product, consumer, acc, code + 0.5f))
        return true;
    }
  return false;
}

/// A and B of every channel become multiples of powers of two.
static void makeDyadic(Norm &norm, ArrayRef<double> products, float step) {
  // Channels that are not active have no steps and stay.
  for (auto [c, product] : llvm::enumerate(products)) {
    numerics::Rescale map = norm.fold(product, c);
    if (map.a == 0 || product == 0)
      continue;
    norm.gamma[c] = static_cast<float>(powerOfTwo(map.a) / product);
    norm.variance[c] = static_cast<float>(1.0 - norm.eps);
    norm.mean[c] = 0.0f;
    norm.beta[c] = std::nearbyintf(map.b / step * 2) * (step / 2);
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The first quantizer that reads the value, directly or behind an activation.
FailureOr<std::optional<Consumer>>
DirectTies::findConsumer(Value value, SymbolTableCollection &symbols) {
  SmallVector<std::pair<Value, std::optional<ActivationKind>>> places = {
      {value, std::nullopt}};
  for (Operation *user : value.getUsers())
    if (auto activation = dyn_cast<ActivationOp>(user))
      places.emplace_back(activation.getResult(), activation.getKind());
  for (auto &[place, activation] : places)
    for (Operation *user : place.getUsers()) {
      auto quantizer = dyn_cast<FakeQuantizeOp>(user);
      if (!quantizer || !quantizer.getFixedBits())
        continue;
      if (quantizer.getAxis())
        continue;
      auto learned = resolveQuantizer(quantizer, *quantizer.getFixedBits(),
                                      /*channels=*/1, symbols);
      if (failed(learned))
        return failure();
      return std::optional<Consumer>(
          {activation, learned->steps.front(),
           numerics::aroundZeroPoint(learned->range, learned->zeroPoint)});
    }
  return std::optional<Consumer>();
}

LogicalResult DirectTies::directNorm(BatchNormOp op, const Tensor &input,
                                     SymbolTableCollection &symbols) {
  if (input.kind != Tensor::Kind::Accumulators)
    return success();
  auto consumer = findConsumer(op.getResult(), symbols);
  FailureOr<Norm> norm = readNorm(op, symbols);
  if (failed(consumer) || failed(norm))
    return failure();
  std::vector<double> products = input.stepProducts();
  if (dyadic)
    makeDyadic(*norm, products, *consumer ? (*consumer)->step : 0x1p-4f);
  if (*consumer)
    for (int64_t c = 0; c < input.channels(); ++c)
      numTies += tieChannel(*norm, c, products[c], **consumer, input);
  norm->write();
  return success();
}

LogicalResult DirectTies::direct(SupernetOp network) {
  Interpreter interpreter;
  auto size = interpreter.pictureSize(network);
  if (failed(size))
    return failure();
  size_t bytes = size->first * size->second * 3;
  std::vector<uint8_t> images;
  for (unsigned i = 0; i < pictures; ++i) {
    std::vector<uint8_t> picture = tiePicture(seed, i, bytes);
    images.insert(images.end(), picture.begin(), picture.end());
  }
  SymbolTableCollection symbols;
  interpreter.setHook(
      [&](Operation *op, ArrayRef<const Tensor *> operands) -> LogicalResult {
        if (auto norm = dyn_cast<BatchNormOp>(op))
          return directNorm(norm, *operands[0], symbols);
        return success();
      });
  std::vector<float> logits;
  return interpreter.runBatch(network, images.data(), pictures,
                              /*onTensor=*/nullptr, logits);
}

void DirectTies::runOnOperation() {
  if (pictures < 1 || pictures > 1024) {
    emitError(getOperation().getLoc(), "expected 1 to 1024 pictures, but got ")
        << pictures.getValue();
    return signalPassFailure();
  }
  if (dyadic)
    for (auto parameter : getOperation().getOps<ParameterOp>()) {
      auto value =
          dyn_cast_or_null<DenseElementsAttr>(parameter.getValueAttr());
      if (parameter.getKind() != ParameterKind::Step || !value)
        continue;
      std::vector<float> steps = floatsOf(value);
      for (float &step : steps)
        if (numerics::isValidStep(step))
          step = powerOfTwo(step);
      parameter.setValueAttr(DenseElementsAttr::get(parameter.getTensorType(),
                                                    ArrayRef<float>(steps)));
    }
  for (auto network : getOperation().getOps<SupernetOp>())
    if (failed(direct(network)))
      return signalPassFailure();
}
