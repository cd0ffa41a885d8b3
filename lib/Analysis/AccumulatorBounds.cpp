//===- AccumulatorBounds.cpp - What accumulators can become ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/AccumulatorBounds.h"
#include "oqat/Support/Bytes.h"

#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "oqat/Numerics/Packing.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {
/// A layer's integers, whatever level it is of.
struct IntegerLayer {
  /// Row after row, one per output channel: as the attribute has them, or
  /// unpacked.
  ArrayRef<int8_t> codes;
  std::optional<ElementsView<int8_t>> constant;
  std::vector<int8_t> unpacked;
  int64_t outputs;
  bool odd;
  /// What the types allow.
  numerics::CodeRange weights, input;
  int32_t zeroPoint;
};
} // namespace

static numerics::CodeRange storageRange(quant::QuantizedType type) {
  return {static_cast<int32_t>(type.getStorageTypeMin()),
          static_cast<int32_t>(type.getStorageTypeMax())};
}

template <typename ProductOp>
static std::optional<IntegerLayer> readProduct(ProductOp op) {
  auto weights = op.getWeight().template getDefiningOp<ConstantCodesOp>();
  auto input =
      dyn_cast<quant::QuantizedType>(op.getInputType().getElementType());
  if (!weights || !input)
    return std::nullopt;
  IntegerLayer layer;
  layer.constant.emplace(cast<DenseElementsAttr>(weights.getCodes()));
  layer.codes = layer.constant->get();
  layer.outputs = op.getWeightType().getDimSize(0);
  layer.odd = weights.getOdd();
  layer.weights = storageRange(
      cast<quant::QuantizedType>(op.getWeightType().getElementType()));
  layer.input = storageRange(input);
  auto uniform = dyn_cast<quant::UniformQuantizedType>(input);
  layer.zeroPoint = uniform ? static_cast<int32_t>(uniform.getZeroPoint()) : 0;
  return layer;
}

template <typename ConvOp>
static IntegerLayer readPackedLayer(ConvOp op, int64_t inputsPerOutput) {
  int bits = static_cast<int>(op.getWeightBits());
  IntegerLayer layer;
  layer.outputs = op.getResult().getType().getShape().back();
  layer.unpacked.resize(layer.outputs * op.getKernel()[0] * op.getKernel()[1] *
                        inputsPerOutput);
  numerics::unpackCodes(BytesView(op.getWeights()).data(),
                        static_cast<int64_t>(layer.unpacked.size()), bits,
                        layer.unpacked.data());
  layer.codes = layer.unpacked;
  layer.odd = op->hasAttr("odd");
  layer.weights = numerics::codeRange(bits, /*isSigned=*/true);
  auto input =
      cast<bitpack::CodesType>(op.getInput().getType().getElementType());
  layer.input = numerics::codeRange(static_cast<int>(input.getBits()),
                                    /*isSigned=*/false);
  auto zeroPoint = op->template getAttrOfType<IntegerAttr>("input_zero_point");
  layer.zeroPoint = zeroPoint ? static_cast<int32_t>(zeroPoint.getInt()) : 0;
  return layer;
}

static std::optional<IntegerLayer> readLayer(Operation *op) {
  using Result = std::optional<IntegerLayer>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([](Conv2DOp conv) { return readProduct(conv); })
      .Case([](LinearOp linear) { return readProduct(linear); })
      .Case([](bitpack::Conv2DOp conv) -> Result {
        return readPackedLayer(conv,
                               conv.getInput().getType().getShape().back());
      })
      .Case([](bitpack::DepthwiseConv2DOp conv) -> Result {
        return readPackedLayer(conv, /*inputsPerOutput=*/1);
      })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<AccumulatorBounds>
mlir::oqat::computeAccumulatorBounds(Operation *op) {
  std::optional<IntegerLayer> layer = readLayer(op);
  if (!layer)
    return std::nullopt;
  AccumulatorBounds bounds;
  bounds.channels = numerics::accumulatorIntervals(
      layer->codes, layer->outputs, layer->odd,
      numerics::aroundZeroPoint(layer->input, layer->zeroPoint));
  for (numerics::Interval channel : bounds.channels)
    bounds.layer = numerics::joinIntervals(bounds.layer, channel);
  if (!numerics::fitsBits(bounds.layer, 16))
    bounds.bits = numerics::fitsBits(bounds.layer, 32) ? 32 : 64;
  // Products are made of codes as they are stored, as unsigned bytes.
  numerics::CodeRange stored{0, layer->input.hi - layer->input.lo};
  auto weightValue = [&](int32_t code) {
    return static_cast<int32_t>(numerics::weightValue(code, layer->odd));
  };
  bounds.flush = numerics::flushLength(
      {weightValue(layer->weights.lo), weightValue(layer->weights.hi)}, stored);
  return bounds;
}

static StringRef layerName(Operation *op) {
  if (auto layer = dyn_cast<bitpack::LayerOpInterface>(op))
    return layer.getLayer();
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getLayerName();
  auto conv = dyn_cast<Conv2DOp>(op);
  return conv ? conv.getLayerName() : StringRef();
}

LogicalResult mlir::oqat::verifyAccumulators(Operation *op,
                                             const AccumulatorBounds &bounds) {
  for (auto [channel, interval] : llvm::enumerate(bounds.channels))
    if (!numerics::fitsBits(interval, 32))
      return op->emitOpError("expected accumulators of layer '")
             << layerName(op) << "' to fit 32 bits, but channel " << channel
             << " ranges from " << interval.lo << " to " << interval.hi;
  return success();
}
