//===- LowerConvolutions.cpp - Layers with weights of codes or floats ---===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerLayers.h"

#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Packing.h"
#include "oqat/Support/Bytes.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static DenseIntElementsAttr packWeights(DenseElementsAttr codes, int bits) {
  ElementsView<int8_t> flat(codes);
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
  epilogue.quantizeBeforePool();
  return lowerProduct(op, epilogue, op.getWeightType().getShape()[1],
                      op.getStride(), op.getDepthwise());
}

/// A convolution or a linear layer, operands (codes, constant codes).
LogicalResult LayerLowering::lowerProduct(Operation *op,
                                          const FusedEpilogue &epilogue,
                                          int64_t kernel, int64_t stride,
                                          bool depthwise) {
  Type input = op->getOperand(0).getType(),
       weight = op->getOperand(1).getType();
  auto weights = op->getOperand(1).getDefiningOp<ConstantCodesOp>();
  if (!weights)
    return op->emitOpError("expected its weights to be constant codes");
  unsigned bits = weightBits(getElementTypeOrSelf(weight));
  std::optional<StoredCodes> codes = storedCodes(getElementTypeOrSelf(input));
  if (bits == 0 || !codes)
    return op->emitOpError("only activations with one zero point and signed "
                           "weights have kernels, but got ")
           << input << " and " << weight;
  if (!epilogue.scale)
    return op->emitOpError("expected its accumulator to have one use, a "
                           "'oqat.rescale'");
  auto setAttributes = [&](auto conv) {
    conv.setWeightsAttr(
        packWeights(cast<DenseElementsAttr>(weights.getCodes()), bits));
    conv.setWeightBits(bits);
    conv.setOdd(weights.getOdd());
    if (codes->zeroPoint != 0)
      conv.setInputZeroPoint(codes->zeroPoint);
    conv.setKernel({kernel, kernel});
    conv.setStride(stride);
  };
  Value source = values.lookup(op->getOperand(0));
  std::string layer = unique(weights.getLayer());
  Value result;
  if (depthwise)
    result = create<bitpack::DepthwiseConv2DOp>(op->getLoc(), layer, source,
                                                epilogue, setAttributes);
  else
    result = create<bitpack::Conv2DOp>(op->getLoc(), layer, source, epilogue,
                                       setAttributes);
  finish(epilogue, result);
  return success();
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
          conv.setInputScaleAttr(floatsAttr(scale));
          conv.setInputBiasAttr(floatsAttr(bias));
        }
      });
  finish(epilogue, result);
  return success();
}
