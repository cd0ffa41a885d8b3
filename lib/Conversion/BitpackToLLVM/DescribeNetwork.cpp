//===- DescribeNetwork.cpp - What the manifest needs to know --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/NetworkPlan.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// The extents without the batch.
static ArrayAttr shapeOf(Builder &builder, RankedTensorType type) {
  return builder.getI64ArrayAttr(type.getShape().drop_front());
}

static DictionaryAttr describeTensor(Builder &builder, const NetworkPlan &plan,
                                     const PlannedLayer &layer) {
  LayerOpInterface op = layer.op;
  RankedTensorType type = op.getResult().getType();
  bool isFloat = type.getElementType().isF32();
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("name",
                            builder.getStringAttr(plan.tensorName(layer))),
       builder.getNamedAttr("dtype",
                            builder.getStringAttr(isFloat ? "f32" : "u8")),
       builder.getNamedAttr("shape", shapeOf(builder, type))});
}

static int64_t bitsOf(Type type) {
  auto codes = dyn_cast<CodesType>(getElementTypeOrSelf(type));
  return codes ? codes.getBits() : 32;
}

/// Of the activations that a layer reads, each once.
static int64_t inputBytesOf(const NetworkPlan &plan, LayerOpInterface op) {
  SmallVector<Value> inputs = llvm::to_vector(op->getOperands());
  llvm::sort(inputs, [](Value lhs, Value rhs) {
    return lhs.getAsOpaquePointer() < rhs.getAsOpaquePointer();
  });
  inputs.erase(llvm::unique(inputs), inputs.end());
  int64_t bytes = 0;
  for (Value input : inputs)
    bytes += plan.storedBytes(input);
  return bytes;
}

static DictionaryAttr describeLayer(Builder &builder, const NetworkPlan &plan,
                                    const PlannedLayer &layer) {
  LayerOpInterface op = layer.op;
  auto weights = op->getAttrOfType<DenseElementsAttr>("weights");
  auto bits = op->getAttrOfType<IntegerAttr>("weight_bits");
  int64_t bytes = 0;
  if (weights)
    bytes = weights.getNumElements() * (bits ? 1 : 4);
  auto number = [&](StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  };
  auto text = [&](StringRef name, StringRef value) {
    return builder.getNamedAttr(name, builder.getStringAttr(value));
  };
  SmallVector<NamedAttribute> entries = {
      text("name", op.getLayer()),
      text("kind", op->getName().stripDialect()),
      number("bits_w", bits ? bits.getInt() : 32),
      number("bits_a", bitsOf(op->getOperand(0).getType())),
      number("macs", op.getMacs()),
      number("input_bytes", inputBytesOf(plan, op)),
      number("weight_bytes", bytes),
      text("kernel", layer.plan.kernel)};
  if (const auto &accumulators = layer.plan.accumulators)
    entries.push_back(builder.getNamedAttr(
        "accumulator",
        builder.getDictionaryAttr({number("min", accumulators->layer.lo),
                                   number("max", accumulators->layer.hi),
                                   number("bits", accumulators->bits)})));
  return builder.getDictionaryAttr(entries);
}

DictionaryAttr mlir::oqat::describeNetwork(const NetworkPlan &plan) {
  NetworkOp network = plan.network;
  Builder builder(network.getContext());
  SmallVector<Attribute> tensors, layers;
  for (const PlannedLayer &layer : plan.layers) {
    tensors.push_back(describeTensor(builder, plan, layer));
    layers.push_back(describeLayer(builder, plan, layer));
  }
  auto image = cast<RankedTensorType>(plan.image.getType());
  auto logits = cast<RankedTensorType>(plan.logits.getType());
  auto subnet = network->getAttrOfType<StringAttr>("subnet");
  auto number = [&](StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  };
  return builder.getDictionaryAttr(
      {builder.getNamedAttr("name", network.getSymNameAttr()),
       builder.getNamedAttr("target", builder.getStringAttr(plan.target->name)),
       builder.getNamedAttr("subnet",
                            subnet ? subnet : builder.getStringAttr("")),
       number("height", image.getDimSize(1)),
       number("width", image.getDimSize(2)),
       number("channels", image.getDimSize(3)),
       number("classes", logits.getDimSize(1)),
       number("scratch_bytes", plan.scratchBytes),
       number("prepared_bytes", plan.preparedBytes),
       builder.getNamedAttr("tensors", builder.getArrayAttr(tensors)),
       builder.getNamedAttr("layers", builder.getArrayAttr(layers))});
}
