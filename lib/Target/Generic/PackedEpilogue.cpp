//===- PackedEpilogue.cpp - Codes rounded in whole vectors ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedEpilogue.h"

#include "Epilogue.h"
#include "oqat/Numerics/Rescale.h"

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

bool PackedEpilogue::isFor(LayerOpInterface layer,
                           const AccumulatorBounds &bounds) {
  if (layer.getCodeBits() == 0 || layer.getGateValue() ||
      layer->hasAttr("requantization") ||
      (layer.getResidualValue() && !layer.hasIntegerResidual()))
    return false;
  // Activations are at most as large as what goes in, or 6. A NaN is no small
  // number either.
  auto scales = layer.getScaleAttr().getValues<float>();
  auto biases = layer.getBiasAttr().getValues<float>();
  for (auto [channel, interval] : llvm::enumerate(bounds.channels)) {
    numerics::Rescale rescale{scales[channel], biases[channel]};
    float reciprocal = reciprocalOf(layer, static_cast<int64_t>(channel));
    for (int64_t accumulator : {interval.lo, interval.hi}) {
      float z = std::fabs(numerics::rescale(accumulator, rescale));
      if (!(reciprocal > 0 && (z + 6) * reciprocal < 0x1p22f))
        return false;
    }
  }
  return true;
}

PackedEpilogue::PackedEpilogue(KernelBuilder &builder,
                               const EmitContext &context,
                               LayerOpInterface layer)
    : builder(builder), frame(context.frame), layer(layer),
      store(builder, context.frame, 4 * context.target.lanes,
            layer.getResult().getType().getShape().back()),
      channels(layer.getResult().getType().getShape().back()),
      floats(builder.vectorOf(builder.getF32Type(), context.target.lanes)),
      words(builder.vectorOf(builder.getI32Type(), context.target.lanes)),
      scale(addPerChannel(frame, layer.getScaleAttr(), store.getVectorBytes())),
      bias(addPerChannel(frame, layer.getBiasAttr(), store.getVectorBytes())),
      reciprocals(addPerChannel(frame, layer.getChannelReciprocals(),
                                store.getVectorBytes())) {}

Value PackedEpilogue::perChannel(Value base, Value channel) {
  return builder.load(floats, builder.at(base, builder.mul(channel, 4)));
}

/// What clamping to 0 .. 255 makes a byte.
Value PackedEpilogue::toWords(Value sum, Value pixel, Value channel) {
  bool streams = layer.hasIntegerResidual();
  int64_t zeroPoint = streams ? 0 : layer.getZeroPoint();
  Value z = builder.create<arith::SIToFPOp>(floats, sum);
  z = builder.create<arith::MulFOp>(z, perChannel(scale, channel));
  z = builder.create<arith::AddFOp>(z, perChannel(bias, channel));
  // Where 0 is the lowest code, saturation does what relu does.
  std::optional<ActivationKind> activation = layer.getActivation();
  if (activation &&
      (*activation != ActivationKind::Relu || streams || zeroPoint != 0))
    z = emitActivation(builder, *activation, z);
  Value factor = reciprocals ? perChannel(reciprocals, channel)
                             : builder.constant(floats, reciprocalOf(layer, 0));
  z = builder.create<arith::MulFOp>(z, factor);
  z = builder.create<arith::AddFOp>(z,
                                    builder.constant(floats, kRoundingMagic));
  Value code = builder.create<arith::BitcastOp>(words, z);
  code = builder.create<arith::SubIOp>(
      code,
      builder.constant(
          words, static_cast<double>(llvm::bit_cast<int32_t>(
                                         static_cast<float>(kRoundingMagic)) -
                                     zeroPoint)));
  if (!streams)
    return code;
  Value element = builder.add(builder.mul(pixel, channels), channel);
  Value stream = builder.create<arith::ExtUIOp>(
      words, builder.load(
                 builder.vectorOf(builder.getI8Type(), words.getNumElements()),
                 builder.at(frame.residual, element)));
  return builder.create<arith::AddIOp>(stream, code);
}

void PackedEpilogue::emit(const TileSums &sums) {
  int64_t highest = (int64_t(1) << layer.getCodeBits()) - 1;
  store.emit(
      sums, /*isSigned=*/false,
      [&](Value sum, Value pixel, Value channel) {
        return toWords(sum, pixel, channel);
      },
      [&](Packs &packs) {
        if (highest == 255)
          return;
        for (Value &bytes : packs.bytes)
          bytes = builder.create<arith::MinUIOp>(
              bytes,
              builder.constant(bytes.getType(), static_cast<double>(highest)));
      });
}
