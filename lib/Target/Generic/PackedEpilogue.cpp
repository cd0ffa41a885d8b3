//===- PackedEpilogue.cpp - Codes rounded in whole vectors ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedEpilogue.h"

#include "Epilogue.h"
#include "oqat/Numerics/Rescale.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

/// The factor of a channel before rounding.
static float reciprocalOf(LayerOpInterface layer, int64_t channel) {
  if (DenseElementsAttr reciprocals = layer.getChannelReciprocals())
    return reciprocals.getValues<float>()[channel];
  return cast<FloatAttr>(layer.getReciprocalAttr()).getValue().convertToFloat();
}

/// Whether nothing that the layer rounds leaves 2^30.
static bool isSmall(LayerOpInterface layer,
                    const std::optional<AccumulatorBounds> &bounds) {
  if (!bounds || layer.getGateValue() ||
      (layer.getResidualValue() && !layer.hasIntegerResidual()))
    return false;
  // Activations are at most as large as what goes in, or 6. A NaN is no small
  // number either.
  auto scales = layer.getScaleAttr().getValues<float>();
  auto biases = layer.getBiasAttr().getValues<float>();
  for (auto [channel, interval] : llvm::enumerate(bounds->channels)) {
    numerics::Rescale rescale{scales[channel], biases[channel]};
    float reciprocal = reciprocalOf(layer, static_cast<int64_t>(channel));
    for (int64_t accumulator : {interval.lo, interval.hi}) {
      float z = std::fabs(numerics::rescale(accumulator, rescale));
      if (!(reciprocal > 0 && (z + 6) * reciprocal < 0x1p30f))
        return false;
    }
  }
  return true;
}

/// Compares of 16 words or 64 bytes make masks, in one unit of the CPU, which
/// cost more than rounding does unless thresholds are few and an activation is
/// saved (measured: docs/Performance.md).
static bool countsSlowly(const VectorTarget &target, LayerOpInterface layer,
                         ThresholdsAttr thresholds) {
  constexpr int64_t kMaskLanes = 16, kFew = 7;
  if (target.lanes < kMaskLanes)
    return false;
  return thresholds.getValues().getType().getShape()[1] > kFew ||
         layer.getActivation() != ActivationKind::HSwish;
}

bool PackedEpilogue::isFor(const VectorTarget &target, LayerOpInterface layer) {
  if (layer.getCodeBits() == 0)
    return false;
  Attribute form = layer->getAttr("requantization");
  auto thresholds = dyn_cast_or_null<ThresholdsAttr>(form);
  return !form || (thresholds && countsSlowly(target, layer, thresholds));
}

PackedEpilogue::PackedEpilogue(KernelBuilder &builder,
                               const EmitContext &context,
                               LayerOpInterface layer, int64_t channels,
                               PartedOrder parted)
    : target(context.target), builder(builder), frame(context.frame),
      layer(layer),
      store(builder, context,
            channels ? channels
                     : layer.getResult().getType().getShape().back()),
      channels(channels ? channels
                        : layer.getResult().getType().getShape().back()),
      parted(parted), isBounded(isSmall(layer, context.plan.accumulators)),
      floats(builder.vectorOf(builder.getF32Type(), context.target.lanes)),
      words(builder.vectorOf(builder.getI32Type(), context.target.lanes)) {
  if (isBounded && context.target.hasFma())
    lines = findFloatLines(layer, *context.plan.accumulators);
  if (lines) {
    scale = addPerChannel(lines->factors);
    bias = addPerChannel(lines->offsets);
    addShortLines();
    return;
  }
  scale = addPerChannel(layer.getScaleAttr());
  bias = addPerChannel(layer.getBiasAttr());
  reciprocals = addPerChannel(layer.getChannelReciprocals());
}

Value PackedEpilogue::addPerChannel(ArrayRef<float> values) {
  return addFloats(frame, parted.order(values), store.getVectorBytes());
}

Value PackedEpilogue::addPerChannel(DenseElementsAttr values) {
  if (!values)
    return {};
  return addPerChannel(SmallVector<float>(values.getValues<float>()));
}

Value PackedEpilogue::perChannel(Value base, Value channel) {
  return builder.load(floats, builder.at(base, builder.mul(channel, 4)));
}

/// What is rounded, by FloatLines, of words with such factors and offsets.
Value PackedEpilogue::onLine(Value sum, Value factor, Value offset) {
  auto fuse = [&](Value lhs, Value rhs, Value summand) -> Value {
    return builder.create<LLVM::FMAOp>(floats, lhs, rhs, summand);
  };
  Value x = fuse(builder.create<arith::SIToFPOp>(floats, sum), factor, offset);
  if (!lines->slope)
    return x;
  Value gate = fuse(x, builder.constant(floats, *lines->slope),
                    builder.constant(floats, 3));
  gate = emitClamp(builder, gate, 0, 6);
  if (lines->point == 0)
    return builder.create<arith::MulFOp>(x, gate);
  return fuse(x, gate, builder.constant(floats, lines->point));
}

/// Up to what is rounded.
Value PackedEpilogue::toFloats(Value z, Value pixel, Value channel) {
  if (lines)
    return onLine(z, perChannel(scale, channel), perChannel(bias, channel));
  if (isa<IntegerType>(getElementTypeOrSelf(z)))
    z = builder.create<arith::SIToFPOp>(floats, z);
  if (scale)
    z = builder.create<arith::MulFOp>(z, perChannel(scale, channel));
  if (bias)
    z = builder.create<arith::AddFOp>(z, perChannel(bias, channel));
  // Where 0 is the lowest code, saturation does what relu does.
  std::optional<ActivationKind> activation = layer.getActivation();
  if (activation && !(*activation == ActivationKind::Relu && isBounded &&
                      layer.getZeroPoint() == 0))
    z = emitActivation(builder, *activation, z);
  if (layer.getGateValue())
    z = builder.create<arith::MulFOp>(z, perChannel(frame.gate, channel));
  if (layer.getResidualValue() && !layer.hasIntegerResidual()) {
    Value element = builder.add(builder.mul(pixel, channels), channel);
    z = builder.create<arith::AddFOp>(z, perChannel(frame.residual, element));
  }
  Value factor = reciprocals ? perChannel(reciprocals, channel)
                             : builder.constant(floats, reciprocalOf(layer, 0));
  return builder.create<arith::MulFOp>(z, factor);
}

/// rne(z) within [low, high], which 0 is in; a NaN gives 0.
Value PackedEpilogue::round(Value z, double low, double high) {
  if (isBounded)
    return builder.round(z);
  Value lowest = builder.constant(floats, low),
        highest = builder.constant(floats, high);
  // A lowest of 0 is also what a NaN becomes, as that is above nothing.
  if (low != 0)
    z = builder.select(arith::CmpFPredicate::ORD, z, z, z,
                       builder.constant(floats, 0));
  z = builder.select(arith::CmpFPredicate::OGT, z, lowest, z, lowest);
  return builder.round(
      builder.select(arith::CmpFPredicate::OLT, z, highest, z, highest));
}

/// What clamping to 0 .. 255 makes a byte.
Value PackedEpilogue::toWords(Value sum, Value pixel, Value channel) {
  Value z = toFloats(sum, pixel, channel);
  if (layer.hasIntegerResidual()) {
    // Beyond 255 a step changes nothing.
    Value step = round(z, -255, 255);
    Value element = builder.add(builder.mul(pixel, channels), channel);
    Value stream = builder.create<arith::ExtUIOp>(
        words, builder.load(builder.vectorOf(builder.getI8Type(),
                                             words.getNumElements()),
                            builder.at(frame.residual, element)));
    return builder.create<arith::AddIOp>(stream, step);
  }
  auto zeroPoint = static_cast<double>(layer.getZeroPoint());
  Value code = round(z, 0 - zeroPoint, 255 - zeroPoint);
  if (zeroPoint == 0 || lines) // The zero point is in the line.
    return code;
  return builder.create<arith::AddIOp>(code,
                                       builder.constant(words, zeroPoint));
}

Value PackedEpilogue::toRounded(Value sum, Value channel) {
  return toFloats(sum, builder.index(0), channel);
}

Value PackedEpilogue::toCodes(Value sum, Value channel) {
  int64_t highest = (int64_t(1) << layer.getCodeBits()) - 1;
  Value code = toWords(sum, builder.index(0), channel);
  code = builder.create<arith::MaxSIOp>(code, builder.constant(words, 0));
  return builder.create<arith::MinSIOp>(
      code, builder.constant(words, static_cast<double>(highest)));
}

void PackedEpilogue::clampBytes(Packs &packs) {
  int64_t highest = (int64_t(1) << layer.getCodeBits()) - 1;
  if (highest == 255)
    return;
  for (Value &bytes : packs.bytes)
    bytes = builder.create<arith::MinUIOp>(
        bytes, builder.constant(bytes.getType(), static_cast<double>(highest)));
}

void PackedEpilogue::emit(const TileSums &sums) {
  store.emit(
      sums, /*isSigned=*/false,
      [&](Value sum, Value pixel, Value channel) {
        return toWords(sum, pixel, channel);
      },
      [&](Packs &packs) { clampBytes(packs); });
}

//===----------------------------------------------------------------------===//
// Sums of 16 bits
//===----------------------------------------------------------------------===//

/// Interleaving a vector of 16 bits with zeros gives words of 2^16 times its
/// elements, of every 16 bytes the first or the second half, which pack()
/// undoes: no element leaves its 16 bytes, which is what costs.
static constexpr float kShortUnit = 0x1p-16f;
/// Elements of 16 bits, and words, in 16 bytes.
static constexpr int64_t kShorts = 8, kWords = 4;

/// The channel of element `i` of the `half`-th vector of words.
static int64_t shortOf(int64_t i, int64_t half) {
  return i / kWords * kShorts + half * kWords + i % kWords;
}

/// Puts factors and offsets into the order of these words.
void PackedEpilogue::addShortLines() {
  bool isExact = llvm::all_of(lines->factors, [](float factor) {
    return std::isnormal(factor * kShortUnit);
  });
  if (!target.hasPairs() || layer.getResidualValue() || !isExact)
    return;
  int64_t lanes = target.lanes;
  auto reorder = [&](ArrayRef<float> values, float unit) {
    std::vector<float> result(roundUp(values.size(), 2 * lanes), 0.0f);
    for (int64_t i = 0, n = result.size(); i < n; ++i) {
      size_t channel =
          i / (2 * lanes) * (2 * lanes) + shortOf(i % lanes, i / lanes % 2);
      if (channel < values.size())
        result[i] = values[channel] * unit;
    }
    return addFloats(frame, result, store.getVectorBytes());
  };
  shortFactors = reorder(lines->factors, kShortUnit);
  shortOffsets = reorder(lines->offsets, 1);
}

bool PackedEpilogue::takesShorts() const { return bool(shortFactors); }

/// The codes of a vector of sums.
Value PackedEpilogue::toShorts(Value sums, Value channel) {
  auto type = cast<VectorType>(sums.getType());
  Value zero = builder.constant(type, 0), halves[2];
  for (int64_t half : {0, 1}) {
    SmallVector<int32_t> order;
    for (int64_t i = 0; i < target.lanes; ++i)
      order.append(
          {0, static_cast<int32_t>(type.getNumElements() + shortOf(i, half))});
    Value both = builder.create<LLVM::ShuffleVectorOp>(zero, sums, order);
    Value own = builder.add(channel, half * target.lanes);
    halves[half] = builder.round(
        onLine(builder.create<LLVM::BitcastOp>(words, both),
               perChannel(shortFactors, own), perChannel(shortOffsets, own)));
  }
  return target.pack(builder, halves[0], halves[1], /*isSigned=*/true);
}

void PackedEpilogue::emitShorts(const TileSums &sums) {
  store.emit(
      sums, /*isSigned=*/false,
      [&](Value sum, Value, Value channel) { return toShorts(sum, channel); },
      [&](Packs &packs) { clampBytes(packs); });
}
