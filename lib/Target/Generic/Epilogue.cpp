//===- Epilogue.cpp - From an accumulator to what is stored ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"

#include "oqat/Numerics/Activations.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;
namespace numerics = ::oqat::numerics;

Value mlir::oqat::addPerChannel(KernelFrame &frame, DenseElementsAttr values,
                                int64_t multiple) {
  if (!values)
    return {};
  return addFloats(frame, SmallVector<float>(values.getValues<float>()),
                   multiple);
}

Value mlir::oqat::addFloats(KernelFrame &frame, ArrayRef<float> values,
                            int64_t multiple) {
  SmallVector<float> padded(values);
  padded.resize(roundUp(padded.size(), multiple), 0.0f);
  return frame.addConstants(padded);
}

Epilogue::Epilogue(KernelBuilder &builder, const EmitContext &context,
                   LayerOpInterface layer, int64_t channels)
    : builder(builder), frame(context.frame), layer(layer),
      lanes(context.target.lanes), channels(channels),
      floats(builder.vectorOf(builder.getF32Type(), lanes)),
      requantizer(builder, context, layer) {
  if (channels == 0)
    this->channels = layer.getResult().getType().getShape().back();
  if (requantizer)
    return;
  scale = addPerChannel(frame, layer.getScaleAttr());
  bias = addPerChannel(frame, layer.getBiasAttr());
}

Value Epilogue::perChannel(Value base, Value channel) {
  return builder.load(floats, builder.at(base, builder.mul(channel, 4)));
}

Value mlir::oqat::emitClamp(KernelBuilder &builder, Value value, double low,
                            double high) {
  Value lowest = builder.constant(value.getType(), low);
  Value highest = builder.constant(value.getType(), high);
  value =
      builder.select(arith::CmpFPredicate::OLT, value, lowest, lowest, value);
  return builder.select(arith::CmpFPredicate::OGT, value, highest, highest,
                        value);
}

Value mlir::oqat::emitActivation(KernelBuilder &builder, ActivationKind kind,
                                 Value z) {
  Type floats = z.getType();
  Value zero = builder.constant(floats, 0.0);
  if (kind == ActivationKind::Relu)
    return builder.select(arith::CmpFPredicate::OLT, z, zero, zero, z);
  if (kind == ActivationKind::Relu6)
    return emitClamp(builder, z, 0.0, 6.0);
  Value gate = builder.create<arith::AddFOp>(z, builder.constant(floats, 3.0));
  gate = emitClamp(builder, gate, 0.0, 6.0);
  if (kind == ActivationKind::HSwish)
    gate = builder.create<arith::MulFOp>(z, gate);
  return builder.create<arith::MulFOp>(
      gate, builder.constant(floats, numerics::kSixth));
}

void Epilogue::emit(Value z, Value pixel, Value channel, int64_t count) {
  Value element = builder.add(builder.mul(pixel, channels), channel);
  if (requantizer)
    return storeCodes(requantizer.emit(z, channel, count), element, count);
  if (isa<IntegerType>(getElementTypeOrSelf(z)))
    z = builder.create<arith::SIToFPOp>(floats, z);
  if (scale)
    z = builder.create<arith::MulFOp>(z, perChannel(scale, channel));
  if (bias)
    z = builder.create<arith::AddFOp>(z, perChannel(bias, channel));
  if (layer.getActivation())
    z = emitActivation(builder, *layer.getActivation(), z);
  if (layer.getGateValue())
    z = builder.create<arith::MulFOp>(z, perChannel(frame.gate, channel));
  if (layer.getResidualValue())
    z = builder.create<arith::AddFOp>(z, perChannel(frame.residual, element));
  builder.storeFirst(z, count,
                     builder.at(frame.result, builder.mul(element, 4)));
}

void Epilogue::storeCodes(Value words, Value element, int64_t count) {
  Value codes = builder.create<arith::TruncIOp>(
      builder.vectorOf(builder.getI8Type(), lanes), words);
  builder.storeFirst(codes, count, builder.at(frame.result, element));
}
