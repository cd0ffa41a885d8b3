//===- LowerCodes.cpp - Functions of single codes -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A quantizer of the picture, or of what codes stand for, is a table. Whoever
// reads codes as floats reads the codes where it can; else they are made floats
// once for all readers.
//
//===----------------------------------------------------------------------===//

#include "LowerLayers.h"

#include "dialects/bitpack/Requantization.h"

#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Residual.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {
/// A quantizer whose code goes into a table.
struct TableQuantizer {
  TableQuantizer(const FusedEpilogue &quantizer, StoredCodes codes,
                 int64_t channels)
      : reciprocals(quantizer.getReciprocals(channels)),
        zeroPoint(static_cast<int32_t>(codes.zeroPoint)),
        range{-zeroPoint, (1 << codes.bits) - 1 - zeroPoint} {}

  uint8_t operator()(float value, size_t channel) const {
    return static_cast<uint8_t>(
        numerics::quantize(value, reciprocals[channel], range) + zeroPoint);
  }

  SmallVector<float> reciprocals;
  int32_t zeroPoint;
  numerics::CodeRange range;
};
} // namespace

/// The quantizer `op` by itself, or a diagnostic.
static FailureOr<FusedEpilogue> readQuantizer(QuantizeOp op,
                                              const IRMapping &values) {
  FusedEpilogue quantizer;
  if (!quantizer.append(op, values))
    return op.emitOpError("expected codes of 1 to 8 bits with one zero point, "
                          "but got ")
           << op.getResult().getType();
  return quantizer;
}

static DenseIntElementsAttr bytesAttr(OpBuilder &builder,
                                      ArrayRef<int64_t> shape,
                                      ArrayRef<uint8_t> bytes) {
  auto type = RankedTensorType::get(shape, builder.getI8Type());
  return cast<DenseIntElementsAttr>(DenseElementsAttr::get(type, bytes));
}

SmallVector<numerics::Rescale> mlir::oqat::coloursOf(NormalizeOp op) {
  SmallVector<numerics::Rescale> colours;
  for (auto [mean, deviation] : llvm::zip(op.getMean(), op.getDeviation()))
    colours.push_back(numerics::inputRescale(mean, deviation));
  return colours;
}

LogicalResult LayerLowering::lowerTable(QuantizeOp op) {
  auto normalize = op.getInput().getDefiningOp<NormalizeOp>();
  FailureOr<FusedEpilogue> epilogue = readQuantizer(op, values);
  if (failed(epilogue))
    return failure();
  SmallVector<numerics::Rescale> colours = coloursOf(normalize);
  TableQuantizer quantizer(*epilogue,
                           *storedCodes(getElementTypeOrSelf(op.getResult())),
                           colours.size());
  SmallVector<uint8_t> entries;
  for (int pixel = 0; pixel < 256; ++pixel)
    for (auto [channel, colour] : llvm::enumerate(colours))
      entries.push_back(quantizer(numerics::normalize(pixel, colour), channel));
  auto table = builder.create<bitpack::TableOp>(
      op.getLoc(), epilogue->resultType, unique(op.getTensorName()),
      values.lookup(normalize.getImage()),
      bytesAttr(builder, {256, static_cast<int64_t>(colours.size())}, entries));
  values.map(op.getResult(), table.getResult());
  return success();
}

/// Codes that are decoded, activated if there is an `activation`, and quantized
/// again.
LogicalResult LayerLowering::lowerMap(QuantizeOp op, DecodeOp decode,
                                      ActivationOp activation) {
  FailureOr<FusedEpilogue> epilogue = readQuantizer(op, values);
  std::optional<StoredCodes> input =
      storedCodes(getElementTypeOrSelf(decode.getInput()));
  if (failed(epilogue))
    return failure();
  TableQuantizer quantizer(
      *epilogue, *storedCodes(getElementTypeOrSelf(op.getResult())), 1);
  float step = decode.getStep().convertToFloat();
  SmallVector<uint8_t> entries(256, 0);
  for (int32_t code = 0; code < 1 << input->bits; ++code) {
    int32_t centred = code - static_cast<int32_t>(input->zeroPoint);
    float value = numerics::codeValue(centred, step);
    if (activation)
      value = bitpack::applyActivation(convertActivation(activation).getValue(),
                                       value);
    entries[code] = quantizer(value, 0);
  }
  auto map = builder.create<bitpack::MapOp>(
      op.getLoc(), epilogue->resultType, unique(op.getTensorName()),
      values.lookup(decode.getInput()), bytesAttr(builder, {256}, entries));
  values.map(op.getResult(), map.getResult());
  return success();
}

/// Whether this reader of decoded codes takes the codes themselves. One that
/// scales first can't: an epilogue has one scale, and the step is that.
static bool readsCodes(OpOperand &use) {
  Operation *reader = use.getOwner();
  return isa<QuantizeOp, ActivationOp>(reader) ||
         (isa<ScaleOp>(reader) && use.getOperandNumber() == 0);
}

std::optional<LayerLowering::Codes> LayerLowering::codesBehind(OpOperand &use) {
  auto decode = use.get().getDefiningOp<DecodeOp>();
  if (!decode || !readsCodes(use))
    return std::nullopt;
  return decodedCodes(decode);
}

LayerLowering::Codes LayerLowering::decodedCodes(DecodeOp op) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  float step = op.getStep().convertToFloat();
  SmallVector<float> steps(type.getShape().back(), step);
  return {values.lookup(op.getInput()), floatsAttr(steps),
          storedCodes(getElementTypeOrSelf(op.getInput()))->zeroPoint};
}

LogicalResult LayerLowering::lowerDecode(DecodeOp op) {
  if (!storedCodes(getElementTypeOrSelf(op.getInput())))
    return op.emitOpError("expected codes of 1 to 8 bits with one zero point, "
                          "but got ")
           << op.getInput().getType();
  if (llvm::all_of(op->getUses(), readsCodes))
    return success();
  Codes codes = decodedCodes(op);
  FusedEpilogue epilogue;
  epilogue.scale = codes.scale;
  epilogue.last = op.getResult();
  epilogue.resultType = cast<RankedTensorType>(op.getResult().getType());
  auto source = codes.value.getDefiningOp<bitpack::LayerOpInterface>();
  finish(epilogue, createElementwise(op.getLoc(),
                                     unique(source.getTensorName() + ".floats"),
                                     codes.value, epilogue, codes.zeroPoint));
  return success();
}
