//===- LowerConvolutions.cpp - Convolutions and what feeds the first one --===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerLayers.h"

#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Packing.h"
#include "oqat/Numerics/Quantize.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static DenseIntElementsAttr packWeights(DenseElementsAttr codes, int bits) {
  SmallVector<int8_t> flat(codes.getValues<int8_t>());
  std::vector<uint8_t> bytes =
      numerics::packCodes(flat.data(), static_cast<int64_t>(flat.size()), bits);
  auto type = RankedTensorType::get({static_cast<int64_t>(bytes.size())},
                                    IntegerType::get(codes.getContext(), 8));
  return cast<DenseIntElementsAttr>(
      DenseElementsAttr::get(type, ArrayRef<uint8_t>(bytes)));
}

/// Bits of signed codes around 0, or 0 for any other type.
static unsigned weightBits(Type elementType) {
  std::optional<StoredCodes> codes = storedCodes(elementType);
  bool isSigned = codes && codes->offset != 0;
  return isSigned && codes->zeroPoint == codes->offset ? codes->bits : 0;
}

LogicalResult LayerLowering::lowerConv(Conv2DOp op) {
  FusedEpilogue epilogue;
  epilogue.resultType = op.getResultType();
  epilogue.extend(op.getResult(), values, covered);
  if (!op.isQuantized())
    return lowerFloatConv(op, epilogue);

  auto weights = op.getWeight().getDefiningOp<ConstantCodesOp>();
  if (!weights)
    return op.emitOpError("expected its weights to be constant codes");
  unsigned bits = weightBits(op.getWeightType().getElementType());
  std::optional<StoredCodes> codes =
      storedCodes(op.getInputType().getElementType());
  if (bits == 0 || !codes)
    return op.emitOpError("only activations with one zero point and signed "
                          "weights have kernels, but got ")
           << op.getInputType() << " and " << op.getWeightType();
  if (!epilogue.scale)
    return op.emitOpError("expected its accumulator to have one use, a "
                          "'oqat.rescale'");
  ArrayRef<int64_t> shape = op.getWeightType().getShape();
  auto setAttributes = [&](auto conv) {
    conv.setWeightsAttr(
        packWeights(cast<DenseElementsAttr>(weights.getCodes()), bits));
    conv.setWeightBits(bits);
    conv.setOdd(weights->hasAttr("odd"));
    if (codes->zeroPoint != 0)
      conv.setInputZeroPoint(codes->zeroPoint);
    conv.setKernel({shape[1], shape[2]});
    conv.setStride(op.getStride());
  };
  Value input = values.lookup(op.getInput());
  std::string layer = unique(weights.getLayer());
  Value result;
  if (op.getDepthwise())
    result = create<bitpack::DepthwiseConv2DOp>(op.getLoc(), layer, input,
                                                epilogue, setAttributes);
  else
    result = create<bitpack::Conv2DOp>(op.getLoc(), layer, input, epilogue,
                                       setAttributes);
  finish(epilogue, result);
  return success();
}

static DenseElementsAttr floatsAttr(MLIRContext *context,
                                    ArrayRef<float> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    Float32Type::get(context));
  return DenseElementsAttr::get(type, values);
}

/// What normalization does to each colour.
static SmallVector<numerics::Rescale> coloursOf(NormalizeOp op) {
  SmallVector<numerics::Rescale> colours;
  for (auto [mean, deviation] : llvm::zip(op.getMean(), op.getDeviation()))
    colours.push_back(numerics::inputRescale(mean, deviation));
  return colours;
}

LogicalResult LayerLowering::lowerFloatConv(Conv2DOp op,
                                            const FusedEpilogue &epilogue) {
  auto weights = op.getWeight().getDefiningOp<ConstantWeightOp>();
  if (!weights)
    return op.emitOpError("expected its weights to be constant");
  if (op.getDepthwise())
    return op.emitOpError("a depthwise convolution in full precision has no "
                          "kernel");
  auto normalize = op.getInput().getDefiningOp<NormalizeOp>();
  Value input = values.lookup(normalize ? normalize.getImage() : op.getInput());
  SmallVector<float> scale, bias;
  if (normalize)
    for (numerics::Rescale colour : coloursOf(normalize)) {
      scale.push_back(colour.a);
      bias.push_back(colour.b);
    }
  std::string layer = unique(weights.getLayer().value_or("conv"));
  Value result = create<bitpack::FloatConv2DOp>(
      op.getLoc(), layer, input, epilogue, [&](bitpack::FloatConv2DOp conv) {
        conv.setWeightsAttr(cast<DenseElementsAttr>(weights.getValue()));
        conv.setStride(op.getStride());
        if (normalize) {
          conv.setInputScaleAttr(floatsAttr(op.getContext(), scale));
          conv.setInputBiasAttr(floatsAttr(op.getContext(), bias));
        }
      });
  finish(epilogue, result);
  return success();
}

/// A quantizer of the picture: its codes of all 256 bytes of each colour.
LogicalResult LayerLowering::lowerTable(QuantizeOp op) {
  auto normalize = op.getInput().getDefiningOp<NormalizeOp>();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  FusedEpilogue quantizer;
  if (!quantizer.append(op, values))
    return op.emitOpError("expected codes of 1 to 8 bits with one zero point, "
                          "but got ")
           << type;
  SmallVector<numerics::Rescale> colours = coloursOf(normalize);
  SmallVector<float> reciprocals = quantizer.getReciprocals(colours.size());
  int32_t zeroPoint = static_cast<int32_t>(quantizer.zeroPoint);
  int32_t highest = (1 << storedCodes(type.getElementType())->bits) - 1;
  SmallVector<uint8_t> entries;
  for (int pixel = 0; pixel < 256; ++pixel)
    for (auto [colour, r] : llvm::zip_equal(colours, reciprocals))
      entries.push_back(static_cast<uint8_t>(
          zeroPoint + numerics::quantize(numerics::normalize(pixel, colour), r,
                                         {-zeroPoint, highest - zeroPoint})));
  auto tableType = RankedTensorType::get(
      {256, static_cast<int64_t>(colours.size())}, builder.getI8Type());
  auto table = builder.create<bitpack::TableOp>(
      op.getLoc(), quantizer.resultType, unique(op.getTensorName()),
      values.lookup(normalize.getImage()),
      cast<DenseIntElementsAttr>(
          DenseElementsAttr::get(tableType, ArrayRef<uint8_t>(entries))));
  values.map(op.getResult(), table.getResult());
  return success();
}
