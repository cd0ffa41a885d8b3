//===- Requantizer.cpp - Codes without floats -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Requantizer.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// More thresholds than these are a loop.
static constexpr int64_t kUnrolledThresholds = 15;

static Value addWords(KernelFrame &frame, ArrayRef<int32_t> words) {
  return frame.addBytes(
      ArrayRef(reinterpret_cast<const uint8_t *>(words.data()),
               words.size() * sizeof(int32_t)));
}

Requantizer::Requantizer(KernelBuilder &builder, const EmitContext &context,
                         LayerOpInterface layer)
    : builder(builder), lanes(context.target.lanes),
      channels(roundUp(layer.getResult().getType().getShape().back(),
                       kPanelOutputs)) {
  Attribute form = layer->getAttr("requantization");
  thresholds = dyn_cast_or_null<ThresholdsAttr>(form);
  map = dyn_cast_or_null<AccumulatorMapAttr>(form);
  if (thresholds)
    addThresholds(context.frame);
  else if (map)
    addMap(context.frame);
}

void Requantizer::addThresholds(KernelFrame &frame) {
  int64_t count = thresholds.getValues().getType().getShape()[1];
  SmallVector<int32_t> words(count * channels, 0), directions(channels, 0);
  for (auto [index, value] :
       llvm::enumerate(thresholds.getValues().getValues<int32_t>()))
    words[index % count * channels + index / count] = value;
  values = addWords(frame, words);
  if (!thresholds.getFalling())
    return;
  for (int64_t c = 0; c < thresholds.getChannels(); ++c)
    directions[c] = thresholds.isFalling(c) ? -1 : 0;
  falling = addWords(frame, directions);
}

void Requantizer::addMap(KernelFrame &frame) {
  SmallVector<int32_t> words(map.getOffsets().asArrayRef());
  words.resize(channels, 0);
  offsets = addWords(frame, words);
  table =
      frame.addBytes(SmallVector<uint8_t>(map.getTable().getValues<uint8_t>()));
}

Value Requantizer::perChannel(Value base, Value channel, VectorType type) {
  return builder.load(type, builder.at(base, builder.mul(channel, 4)));
}

Value Requantizer::countThresholds(Value x, Value channel) {
  auto type = cast<VectorType>(x.getType());
  if (falling) // ~acc is acc ^ -1
    x = builder.create<arith::XOrIOp>(x, perChannel(falling, channel, type));
  auto step = [&](Value code, Value row) -> Value {
    Value above = builder.create<arith::CmpIOp>(arith::CmpIPredicate::sgt, x,
                                                perChannel(row, channel, type));
    return builder.create<arith::SubIOp>(
        code, builder.create<arith::ExtSIOp>(type, above));
  };
  int64_t count = thresholds.getValues().getType().getShape()[1];
  Value code = builder.constant(type, 0);
  if (count > kUnrolledThresholds)
    return builder
        .loop(builder.index(0), builder.index(count), 1, code,
              [&](Value k, ValueRange carried) {
                Value row = builder.at(values, builder.mul(k, channels * 4));
                return SmallVector<Value>{step(carried.front(), row)};
              })
        .front();
  for (int64_t k = 0; k < count; ++k)
    code = step(code, builder.at(values, k * channels * 4));
  // With mask registers, LLVM counts in bytes, which is best. Without, it would
  // pack the result of every compare for that; the freeze keeps it from it.
  if (lanes < 16)
    return builder.create<LLVM::FreezeOp>(code);
  return code;
}

/// Four bytes from each entry on, of which the first one counts; no load for
/// lanes that are no channels, which may hold anything.
Value Requantizer::lookUp(Value x, Value channel, int64_t count) {
  auto type = cast<VectorType>(x.getType());
  Value index =
      builder.create<arith::AddIOp>(x, perChannel(offsets, channel, type));
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value addresses = builder.create<LLVM::GEPOp>(
      LLVM::getFixedVectorType(pointer, lanes), builder.getI8Type(), table,
      ArrayRef<LLVM::GEPArg>{index});
  SmallVector<bool> isChannel(lanes, false);
  std::fill_n(isChannel.begin(), count, true);
  Value mask = builder.create<arith::ConstantOp>(DenseElementsAttr::get(
      builder.vectorOf(builder.getI1Type(), lanes), ArrayRef<bool>(isChannel)));
  return builder.create<LLVM::masked_gather>(
      type, addresses, mask, ValueRange{builder.constant(type, 0)},
      builder.getI32IntegerAttr(1));
}

Value Requantizer::emit(Value accumulators, Value channel, int64_t count) {
  return thresholds ? countThresholds(accumulators, channel)
                    : lookUp(accumulators, channel, count);
}
