//===- NetworkBuilder.cpp - What all generated networks share -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkBuilder.h"
#include "ActivationQuantizers.h"
#include "oqat/Numerics/Shape.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static constexpr int64_t kOpen = ShapedType::kDynamic;

PictureSpec mlir::oqat::imageNetPictures(std::vector<int64_t> sizes) {
  return {std::move(sizes), {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
}

PictureSpec mlir::oqat::cifar10Pictures(std::vector<int64_t> sizes) {
  return {std::move(sizes), {0.4914, 0.4822, 0.4465}, {0.2470, 0.2435, 0.2616}};
}

PictureSpec mlir::oqat::cifar100Pictures(std::vector<int64_t> sizes) {
  return {std::move(sizes), {0.5071, 0.4867, 0.4408}, {0.2675, 0.2557, 0.2761}};
}

NetworkBuilder::NetworkBuilder(ModuleOp module, const NetworkSpec &spec)
    : context(module.getContext()), loc(module.getLoc()),
      builder(module.getBodyRegion()), spec(spec),
      parameters(module.getBodyRegion()) {
  Type f32 = builder.getF32Type();
  activationType = RankedTensorType::get({kOpen, kOpen, kOpen, kOpen}, f32);
  logitsType = RankedTensorType::get({kOpen, spec.classes}, f32);
}

//===----------------------------------------------------------------------===//
// Space and parameters
//===----------------------------------------------------------------------===//

void NetworkBuilder::choice(const Twine &name, StringRef key,
                            std::optional<int64_t> index,
                            ArrayRef<int64_t> values, bool perLayer) {
  builder.create<ChoiceOp>(
      loc, builder.getStringAttr(name), builder.getStringAttr(key),
      index ? builder.getI64IntegerAttr(*index) : IntegerAttr(),
      perLayer ? builder.getUnitAttr() : UnitAttr(),
      builder.getDenseI64ArrayAttr(values), /*default_value=*/IntegerAttr());
}

void NetworkBuilder::buildSpace(function_ref<void()> choices) {
  auto space = builder.create<SpaceOp>(loc, "space");
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&space.getBody());
  choice("image_size", "image_size", std::nullopt, spec.pictures.sizes);
  choices();
  choice("bits_w", "bits_w", std::nullopt, spec.bits, true);
  choice("bits_a", "bits_a", std::nullopt, spec.bits, true);
  option("bits_ends");
  option("residual");
}

/// 8 bits, or full precision unless a subnet says otherwise.
void NetworkBuilder::option(StringRef key) {
  builder.create<ChoiceOp>(
      loc, builder.getStringAttr(key), builder.getStringAttr(key),
      /*index=*/IntegerAttr(), /*per_layer=*/UnitAttr(),
      builder.getDenseI64ArrayAttr({8, FakeQuantizeOp::kFloatBits}),
      builder.getI64IntegerAttr(FakeQuantizeOp::kFloatBits));
}

FlatSymbolRefAttr NetworkBuilder::parameter(const Twine &name,
                                            ParameterKind kind,
                                            ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  auto op =
      parameters.create<ParameterOp>(loc, parameters.getStringAttr(name), kind,
                                     /*constant=*/false, type, ElementsAttr());
  return FlatSymbolRefAttr::get(op.getSymNameAttr());
}

Width NetworkBuilder::scaledBy(int64_t base, int64_t largestRatio,
                               const Twine &name) {
  return {numerics::scaledWidth(base, static_cast<double>(largestRatio)),
          WidthAttr::get(context, base, symbol(name))};
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

Value NetworkBuilder::weight(const ConvSpec &conv) {
  int64_t largest = conv.kernels.back();
  FlatSymbolRefAttr name =
      parameter(conv.name + ".weight", ParameterKind::Weight,
                {conv.out.largest, largest, largest, conv.in.largest});
  SmallVector<Attribute> transforms;
  for (size_t i = conv.kernels.size() - 1; i > 0; --i) {
    int64_t from = conv.kernels[i], to = conv.kernels[i - 1];
    transforms.push_back(
        parameter(conv.name + ".transform_" + Twine(from) + "to" + Twine(to),
                  ParameterKind::Transform, {to * to, to * to}));
  }
  int64_t kernel = conv.kernelChoice ? kOpen : largest;
  auto type = RankedTensorType::get(
      {conv.out.elastic ? kOpen : conv.out.largest, kernel, kernel,
       conv.in.elastic ? kOpen : conv.in.largest},
      builder.getF32Type());
  return builder.create<WeightOp>(
      loc, type, name, conv.out.elastic, conv.in.elastic, conv.kernelChoice,
      transforms.empty() ? ArrayAttr() : builder.getArrayAttr(transforms));
}

Value NetworkBuilder::fakeQuantize(Value value, const Twine &step,
                                   StringRef choice, bool isSigned) {
  auto entries = static_cast<int64_t>(spec.bits.size());
  return builder.create<FakeQuantizeOp>(
      loc, value.getType(), value,
      parameter(step, ParameterKind::Step, {entries}), IntegerAttr(),
      symbol(choice), isSigned ? builder.getUnitAttr() : UnitAttr());
}

/// An option of 8 bits has one step.
Value NetworkBuilder::quantizeOption(Value value, FlatSymbolRefAttr step,
                                     StringRef choice, bool isSigned) {
  return builder.create<FakeQuantizeOp>(
      loc, value.getType(), value, step, IntegerAttr(), symbol(choice),
      isSigned ? builder.getUnitAttr() : UnitAttr());
}

Value NetworkBuilder::quantizeEnd(Value value, const Twine &step,
                                  bool isSigned) {
  return quantizeOption(value, parameter(step, ParameterKind::Step, {}),
                        "bits_ends", isSigned);
}

Value NetworkBuilder::conv(Value x, const ConvSpec &conv) {
  const std::string input = conv.name + ".input_step";
  const std::string steps = conv.name + ".weight_step";
  x = conv.isEnd ? quantizeEnd(x, input, /*isSigned=*/true)
                 : fakeQuantize(x, input, "bits_a", /*isSigned=*/false);
  Value w = weight(conv);
  w = conv.isEnd ? quantizeEnd(w, steps, /*isSigned=*/true)
                 : fakeQuantize(w, steps, "bits_w", /*isSigned=*/true);
  x = builder.create<Conv2DOp>(
      loc, activationType, x, w, builder.getI64IntegerAttr(conv.stride),
      conv.depthwise ? builder.getUnitAttr() : UnitAttr());
  return conv.batchNorm ? batchNorm(x, conv.name + ".bn", conv.out.largest) : x;
}

Value NetworkBuilder::batchNorm(Value x, const Twine &name, int64_t channels) {
  FlatSymbolRefAttr gamma =
      parameter(name + ".gamma", ParameterKind::Gamma, {channels});
  FlatSymbolRefAttr beta =
      parameter(name + ".beta", ParameterKind::Beta, {channels});
  FlatSymbolRefAttr mean =
      parameter(name + ".mean", ParameterKind::Mean, {channels});
  FlatSymbolRefAttr variance =
      parameter(name + ".variance", ParameterKind::Variance, {channels});
  return builder.create<BatchNormOp>(loc, x.getType(), x, gamma, beta, mean,
                                     variance,
                                     builder.getF64FloatAttr(spec.epsilon));
}

Value NetworkBuilder::activate(Value x, ActivationKind kind) {
  return builder.create<ActivationOp>(loc, x.getType(), kind, x);
}

Value NetworkBuilder::startStream(Value x, const Twine &name) {
  streamStep = parameter(name + ".residual_step", ParameterKind::Step, {});
  return continueStream(x);
}

Value NetworkBuilder::continueStream(Value x) {
  return quantizeOption(x, streamStep, "residual", /*isSigned=*/true);
}

Value NetworkBuilder::add(Value x, Value stream) {
  return builder.create<AddOp>(loc, x.getType(), x, stream, streamStep,
                               symbol("residual"));
}

Value NetworkBuilder::pool(Value x) {
  return builder.create<PoolOp>(loc, activationType, x, FloatAttr(),
                                StringAttr(), IntegerAttr());
}

Value NetworkBuilder::maxPool(Value x, int64_t kernel, int64_t stride) {
  return builder.create<MaxPoolOp>(loc, activationType, x,
                                   builder.getI64IntegerAttr(kernel),
                                   builder.getI64IntegerAttr(stride));
}

/// The gate's step: the float nearest to 1/255 (N17).
static constexpr float kGateStep = 0x1.010102p-8f;

Value NetworkBuilder::squeezeExcite(Value x, const std::string &name,
                                    int64_t channels) {
  int64_t squeeze = numerics::squeezeWidth(channels);
  FlatSymbolRefAttr reduceWeight =
      parameter(name + ".reduce.weight", ParameterKind::Weight,
                {squeeze, 1, 1, channels});
  FlatSymbolRefAttr reduceBias =
      parameter(name + ".reduce.bias", ParameterKind::Bias, {squeeze});
  FlatSymbolRefAttr expandWeight =
      parameter(name + ".expand.weight", ParameterKind::Weight,
                {channels, 1, 1, squeeze});
  FlatSymbolRefAttr expandBias =
      parameter(name + ".expand.bias", ParameterKind::Bias, {channels});
  SmallVector<Attribute> steps;
  for (const char *step :
       {".input_step", ".reduce.input_step", ".reduce.weight_step",
        ".expand.input_step", ".expand.weight_step"})
    steps.push_back(parameter(name + step, ParameterKind::Step, {}));
  auto scalar = RankedTensorType::get({}, builder.getF32Type());
  auto gateStep = parameters.create<ParameterOp>(
      loc, name + ".gate_step", ParameterKind::Step, /*constant=*/true, scalar,
      DenseElementsAttr::get(scalar, kGateStep));
  steps.push_back(FlatSymbolRefAttr::get(gateStep.getSymNameAttr()));
  return builder.create<SqueezeExciteOp>(
      loc, x.getType(), x, reduceWeight, reduceBias, expandWeight, expandBias,
      builder.getArrayAttr(steps), symbol("bits_ends"),
      mayBeNegative(x) ? builder.getUnitAttr() : UnitAttr(), IntegerAttr());
}

//===----------------------------------------------------------------------===//
// The network's ends
//===----------------------------------------------------------------------===//

Value NetworkBuilder::begin() {
  auto imageType = RankedTensorType::get(
      {kOpen, kOpen, kOpen, 3}, builder.getIntegerType(8, /*isSigned=*/false));
  auto network = builder.create<SupernetOp>(
      loc, builder.getStringAttr(spec.symbol), symbol("space"), StringAttr(),
      TypeAttr::get(builder.getFunctionType({imageType}, {logitsType})),
      ArrayAttr(), ArrayAttr());
  parameters.setInsertionPoint(network);
  Block *body = builder.createBlock(&network.getBody(), {}, {imageType}, {loc});
  return builder.create<NormalizeOp>(
      loc, activationType, body->getArgument(0),
      builder.getDenseF64ArrayAttr(spec.pictures.mean),
      builder.getDenseF64ArrayAttr(spec.pictures.deviation));
}

void NetworkBuilder::finish(Value features, int64_t channels) {
  features =
      quantizeEnd(features, "classifier.input_step", mayBeNegative(features));
  int64_t shape[] = {spec.classes, channels};
  Value weight = builder.create<WeightOp>(
      loc, RankedTensorType::get(shape, builder.getF32Type()),
      parameter("classifier.weight", ParameterKind::Weight, shape), WidthAttr(),
      WidthAttr(), FlatSymbolRefAttr(), ArrayAttr());
  weight = quantizeEnd(weight, "classifier.weight_step", /*isSigned=*/true);
  FlatSymbolRefAttr bias =
      parameter("classifier.bias", ParameterKind::Bias, {spec.classes});
  Value logits =
      builder.create<LinearOp>(loc, logitsType, features, weight, bias);
  builder.create<ReturnOp>(loc, logits);
}
