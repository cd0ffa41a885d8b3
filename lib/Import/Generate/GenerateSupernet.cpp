//===- GenerateSupernet.cpp - Networks of known search spaces -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes the module of a MobileNetV3 search space (OQAT.md section 1): the
// space, the parameters at their largest extents, the elastic network. All
// spaces come from the same code over the tables of SearchSpaces.cpp.
//
//===----------------------------------------------------------------------===//

#include "oqat/Import/GenerateSupernet.h"
#include "SearchSpaces.h"
#include "oqat/Numerics/Shape.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

/// Weights and activations; every quantizer has a step for each.
static constexpr int64_t kBits[] = {2, 3, 4, 8};

namespace {

/// A channel count: fixed, or a base width times a choice.
struct Width {
  int64_t largest;
  WidthAttr elastic;
};

/// One convolution with what belongs to it.
struct ConvSpec {
  std::string name;
  Width out, in;
  std::vector<int64_t> kernels;
  FlatSymbolRefAttr kernelChoice;
  int64_t stride = 1;
  bool depthwise = false;
  bool quantized = true;
  bool batchNorm = true;
};

class SupernetBuilder {
public:
  SupernetBuilder(ModuleOp module, const SpaceSpec &spec);
  void build();

private:
  void buildSpace();
  void buildChoice(const Twine &name, StringRef key,
                   std::optional<int64_t> index, ArrayRef<int64_t> values,
                   bool perLayer = false);
  FlatSymbolRefAttr parameter(const Twine &name, ParameterKind kind,
                              ArrayRef<int64_t> shape);
  FlatSymbolRefAttr symbol(const Twine &name) {
    return FlatSymbolRefAttr::get(context, name.str());
  }
  Width fixed(int64_t width) { return {width, {}}; }

  Value weight(const ConvSpec &conv);
  Value fakeQuantize(Value value, const Twine &step, StringRef choice,
                     bool isSigned);
  Value conv(Value x, const ConvSpec &conv);
  Value activate(Value x, ActivationKind kind) {
    return builder.create<ActivationOp>(loc, x.getType(), kind, x);
  }
  Value squeezeExcite(Value x, const std::string &name, int64_t channels);

  Value buildStem(Value image);
  Value buildFirstBlock(Value x);
  Value buildStage(Value x, size_t stage, int64_t inputWidth);
  Value buildBlock(Value x, size_t stage, int64_t slot, int64_t inputWidth);
  Value buildHead(Value x, int64_t inputWidth);

  const SpaceSpec &spec;
  MLIRContext *context;
  Location loc;
  OpBuilder builder;
  /// Parameters go before the network that uses them.
  OpBuilder parameters;
  RankedTensorType activationType, logitsType;
};

} // namespace

SupernetBuilder::SupernetBuilder(ModuleOp module, const SpaceSpec &spec)
    : spec(spec), context(module.getContext()), loc(module.getLoc()),
      builder(module.getBodyRegion()), parameters(module.getBodyRegion()) {
  constexpr int64_t open = ShapedType::kDynamic;
  Type f32 = builder.getF32Type();
  activationType = RankedTensorType::get({open, open, open, open}, f32);
  logitsType = RankedTensorType::get({open, spec.classes}, f32);
}

//===----------------------------------------------------------------------===//
// Space and parameters
//===----------------------------------------------------------------------===//

void SupernetBuilder::buildChoice(const Twine &name, StringRef key,
                                  std::optional<int64_t> index,
                                  ArrayRef<int64_t> values, bool perLayer) {
  builder.create<ChoiceOp>(
      loc, builder.getStringAttr(name), builder.getStringAttr(key),
      index ? builder.getI64IntegerAttr(*index) : IntegerAttr(),
      perLayer ? builder.getUnitAttr() : UnitAttr(),
      builder.getDenseI64ArrayAttr(values), /*default_value=*/IntegerAttr());
}

void SupernetBuilder::buildSpace() {
  auto space = builder.create<SpaceOp>(loc, "space");
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&space.getBody());
  auto stages = static_cast<int64_t>(spec.stages.size());
  int64_t slots = stages * spec.slotsPerStage();
  buildChoice("image_size", "image_size", std::nullopt, spec.imageSizes);
  for (int64_t slot = 0; slot < slots; ++slot)
    buildChoice("ks_" + Twine(slot), "ks", slot, spec.kernels);
  for (int64_t slot = 0; slot < slots; ++slot)
    buildChoice("e_" + Twine(slot), "e", slot, spec.expands);
  for (int64_t stage = 0; stage < stages; ++stage)
    buildChoice("d_" + Twine(stage), "d", stage, spec.depths);
  buildChoice("bits_w", "bits_w", std::nullopt, kBits, true);
  buildChoice("bits_a", "bits_a", std::nullopt, kBits, true);
}

FlatSymbolRefAttr SupernetBuilder::parameter(const Twine &name,
                                             ParameterKind kind,
                                             ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  auto op = parameters.create<ParameterOp>(loc, parameters.getStringAttr(name),
                                           kind, type, ElementsAttr());
  return FlatSymbolRefAttr::get(op.getSymNameAttr());
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

Value SupernetBuilder::weight(const ConvSpec &conv) {
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
  constexpr int64_t open = ShapedType::kDynamic;
  int64_t kernel = conv.kernelChoice ? open : largest;
  auto type =
      RankedTensorType::get({conv.out.elastic ? open : conv.out.largest, kernel,
                             kernel, conv.in.elastic ? open : conv.in.largest},
                            builder.getF32Type());
  return builder.create<WeightOp>(
      loc, type, name, conv.out.elastic, conv.in.elastic, conv.kernelChoice,
      transforms.empty() ? ArrayAttr() : builder.getArrayAttr(transforms));
}

Value SupernetBuilder::fakeQuantize(Value value, const Twine &step,
                                    StringRef choice, bool isSigned) {
  auto entries = static_cast<int64_t>(std::size(kBits));
  return builder.create<FakeQuantizeOp>(
      loc, value.getType(), value,
      parameter(step, ParameterKind::Step, {entries}), IntegerAttr(),
      symbol(choice), isSigned ? builder.getUnitAttr() : UnitAttr());
}

Value SupernetBuilder::conv(Value x, const ConvSpec &conv) {
  if (conv.quantized)
    x = fakeQuantize(x, conv.name + ".input_step", "bits_a", false);
  Value w = weight(conv);
  if (conv.quantized)
    w = fakeQuantize(w, conv.name + ".weight_step", "bits_w", true);
  x = builder.create<Conv2DOp>(
      loc, activationType, x, w, builder.getI64IntegerAttr(conv.stride),
      conv.depthwise ? builder.getUnitAttr() : UnitAttr());
  if (!conv.batchNorm)
    return x;
  const std::string bn = conv.name + ".bn.";
  int64_t channels = conv.out.largest;
  FlatSymbolRefAttr gamma =
      parameter(bn + "gamma", ParameterKind::Gamma, {channels});
  FlatSymbolRefAttr beta =
      parameter(bn + "beta", ParameterKind::Beta, {channels});
  FlatSymbolRefAttr mean =
      parameter(bn + "mean", ParameterKind::Mean, {channels});
  FlatSymbolRefAttr variance =
      parameter(bn + "variance", ParameterKind::Variance, {channels});
  return builder.create<BatchNormOp>(loc, x.getType(), x, gamma, beta, mean,
                                     variance, builder.getF64FloatAttr(1e-5));
}

Value SupernetBuilder::squeezeExcite(Value x, const std::string &name,
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
  return builder.create<SqueezeExciteOp>(loc, x.getType(), x, reduceWeight,
                                         reduceBias, expandWeight, expandBias,
                                         IntegerAttr());
}

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

Value SupernetBuilder::buildStem(Value image) {
  Value x = builder.create<NormalizeOp>(
      loc, activationType, image, builder.getDenseF64ArrayAttr(spec.mean),
      builder.getDenseF64ArrayAttr(spec.deviation));
  ConvSpec stem{"stem", fixed(spec.stemWidth), fixed(3), {3}, {}};
  stem.stride = spec.stemStride;
  stem.quantized = false;
  return activate(conv(x, stem), ActivationKind::HSwish);
}

Value SupernetBuilder::buildFirstBlock(Value x) {
  Width width = fixed(spec.stemWidth);
  ConvSpec dw{"b0.dw", width, fixed(1), {3}, {}};
  dw.depthwise = true;
  Value y = activate(conv(x, dw), ActivationKind::Relu);
  y = conv(y, {"b0.pl", width, width, {1}, {}});
  return builder.create<AddOp>(loc, y.getType(), y, x);
}

Value SupernetBuilder::buildBlock(Value x, size_t stage, int64_t slot,
                                  int64_t inputWidth) {
  const StageSpec &s = spec.stages[stage];
  bool first = slot % spec.slotsPerStage() == 0;
  int64_t stride = first ? s.stride : 1;
  const std::string name = "b" + std::to_string(slot + 1);
  Width middle = {
      numerics::scaledWidth(inputWidth,
                            static_cast<double>(spec.expands.back())),
      WidthAttr::get(context, inputWidth, symbol("e_" + Twine(slot)))};

  Value y = conv(x, {name + ".ib", middle, fixed(inputWidth), {1}, {}});
  y = activate(y, s.activation);
  ConvSpec dw{name + ".dw", middle, fixed(1), spec.kernels,
              symbol("ks_" + Twine(slot))};
  dw.stride = stride;
  dw.depthwise = true;
  y = activate(conv(y, dw), s.activation);
  if (s.squeezeExcite)
    y = squeezeExcite(y, name + ".se", middle.largest);
  y = conv(y, {name + ".pl", fixed(s.width), middle, {1}, {}});
  if (stride == 1 && inputWidth == s.width)
    y = builder.create<AddOp>(loc, y.getType(), y, x);
  return y;
}

Value SupernetBuilder::buildStage(Value x, size_t stage, int64_t inputWidth) {
  int64_t slots = spec.slotsPerStage();
  auto op = builder.create<StageOp>(loc, activationType,
                                    symbol("d_" + Twine(stage)), x, slots);
  OpBuilder::InsertionGuard guard(builder);
  for (int64_t i = 0; i < slots; ++i) {
    Block *block =
        builder.createBlock(&op.getBlocks()[i], {}, activationType, loc);
    Value y = buildBlock(block->getArgument(0), stage,
                         static_cast<int64_t>(stage) * slots + i, inputWidth);
    builder.create<YieldOp>(loc, y);
    inputWidth = spec.stages[stage].width;
  }
  return op.getResult();
}

Value SupernetBuilder::buildHead(Value x, int64_t inputWidth) {
  Width expanded = fixed(spec.finalExpand), mixed = fixed(spec.featureMix);
  x = conv(x, {"final_expand", expanded, fixed(inputWidth), {1}, {}});
  x = activate(x, ActivationKind::HSwish);
  x = builder.create<PoolOp>(loc, activationType, x, IntegerAttr());
  ConvSpec mix{"feature_mix", mixed, expanded, {1}, {}};
  mix.batchNorm = false;
  x = activate(conv(x, mix), ActivationKind::HSwish);
  int64_t shape[] = {spec.classes, spec.featureMix};
  Value weight = builder.create<WeightOp>(
      loc, RankedTensorType::get(shape, builder.getF32Type()),
      parameter("classifier.weight", ParameterKind::Weight, shape), WidthAttr(),
      WidthAttr(), FlatSymbolRefAttr(), ArrayAttr());
  FlatSymbolRefAttr bias =
      parameter("classifier.bias", ParameterKind::Bias, {spec.classes});
  return builder.create<LinearOp>(loc, logitsType, x, weight, bias);
}

void SupernetBuilder::build() {
  buildSpace();
  constexpr int64_t open = ShapedType::kDynamic;
  auto imageType = RankedTensorType::get(
      {open, open, open, 3}, builder.getIntegerType(8, /*isSigned=*/false));
  auto network = builder.create<SupernetOp>(
      loc, builder.getStringAttr(spec.symbol), symbol("space"), StringAttr(),
      TypeAttr::get(builder.getFunctionType({imageType}, {logitsType})),
      ArrayAttr(), ArrayAttr());
  parameters.setInsertionPoint(network);
  Block *body = builder.createBlock(&network.getBody(), {}, {imageType}, {loc});

  Value x = buildFirstBlock(buildStem(body->getArgument(0)));
  int64_t width = spec.stemWidth;
  for (size_t stage = 0; stage < spec.stages.size(); ++stage) {
    x = buildStage(x, stage, width);
    width = spec.stages[stage].width;
  }
  builder.create<ReturnOp>(loc, buildHead(x, width));
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

SmallVector<StringRef> mlir::oqat::getSupernetNames() {
  SmallVector<StringRef> names;
  for (const SpaceSpec &spec : getSearchSpaces())
    names.push_back(spec.name);
  return names;
}

OwningOpRef<ModuleOp> mlir::oqat::generateSupernet(MLIRContext *context,
                                                   StringRef name) {
  context->getOrLoadDialect<OqatDialect>();
  for (const SpaceSpec &spec : getSearchSpaces()) {
    if (spec.name != name)
      continue;
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
    SupernetBuilder(*module, spec).build();
    return module;
  }
  return nullptr;
}
