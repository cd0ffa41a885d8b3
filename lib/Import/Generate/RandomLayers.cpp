//===- RandomLayers.cpp - Layers of random networks -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomLayers.h"
#include "oqat/Numerics/Shape.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

static constexpr int64_t kOpen = ShapedType::kDynamic;

RandomLayers::RandomLayers(RandomNetwork &result, uint64_t seed)
    : context(result.module->getContext()), loc(result.module->getLoc()),
      random(numerics::combineSeeds(seed, 0)),
      builder(result.module->getBodyRegion()), result(result),
      parameters(builder), choices(builder) {
  activationType =
      RankedTensorType::get({kOpen, kOpen, kOpen, kOpen}, builder.getF32Type());
  auto space = builder.create<SpaceOp>(loc, "space");
  choices.createBlock(&space.getBody());
  parameters.setInsertionPointAfter(space);
  builder.setInsertionPointToEnd(result.module->getBody());
  bitValues = chance(50) ? SmallVector<int64_t>{2, 3, 4, 8}
                         : SmallVector<int64_t>{2, 3, 4, 5, 6, 7, 8};
  mixedBits = chance(80);
  for (StringRef key : {"bits_w", "bits_a"})
    choices.create<ChoiceOp>(
        loc, choices.getStringAttr(key), choices.getStringAttr(key),
        IntegerAttr(), choices.getUnitAttr(),
        choices.getDenseI64ArrayAttr(bitValues), IntegerAttr());
}

//===----------------------------------------------------------------------===//
// Choices and parameters
//===----------------------------------------------------------------------===//

FlatSymbolRefAttr RandomLayers::choice(StringRef key, ArrayRef<int64_t> values,
                                       int64_t &drawn) {
  drawn = values[random.below(values.size())];
  auto &entry = result.subnet.values[key.str()];
  std::string name = (key + "_" + Twine(entry.entries.size())).str();
  bool isList = key != "image_size";
  auto index =
      isList ? choices.getI64IntegerAttr(entry.entries.size()) : IntegerAttr();
  choices.create<ChoiceOp>(loc, choices.getStringAttr(name),
                           choices.getStringAttr(key), index, UnitAttr(),
                           choices.getDenseI64ArrayAttr(values), IntegerAttr());
  entry.isList = isList;
  entry.entries.push_back(static_cast<double>(drawn));
  return FlatSymbolRefAttr::get(context, name);
}

FlatSymbolRefAttr RandomLayers::parameter(const Twine &name, ParameterKind kind,
                                          ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  auto op =
      parameters.create<ParameterOp>(loc, parameters.getStringAttr(name), kind,
                                     /*constant=*/false, type, ElementsAttr());
  return FlatSymbolRefAttr::get(op.getSymNameAttr());
}

RandomWidth RandomLayers::elasticWidth(int64_t base) {
  SmallVector<int64_t> ratios =
      pick<SmallVector<int64_t>>({{1, 2}, {2, 3}, {1, 3}, {2}});
  int64_t ratio;
  FlatSymbolRefAttr symbol = choice("e", ratios, ratio);
  auto width = WidthAttr::get(context, base, symbol);
  note("elastic-width");
  return {width.widthFor(ratio), width.widthFor(ratios.back()), width};
}

void RandomLayers::drawKernel(RandomConv &conv) {
  conv.kernels = pick<SmallVector<int64_t>>({{3, 5}, {3, 5, 7}, {1, 3}, {5}});
  conv.kernelChoice = choice("ks", conv.kernels, conv.kernel);
  note("elastic-kernel");
}

int64_t RandomLayers::drawBits(int64_t atMost) {
  SmallVector<int64_t> allowed;
  for (int64_t bits : bitValues)
    if (bits == bitValues.front() || bits <= atMost)
      allowed.push_back(bits);
  return allowed[random.below(allowed.size())];
}

void RandomLayers::finish() {
  std::set<double> all(weightBits.begin(), weightBits.end());
  all.insert(inputBits.begin(), inputBits.end());
  if (mixedBits) {
    if (all.size() > 1)
      note("mixed-bits");
    result.subnet.set("bits_w", weightBits);
    result.subnet.set("bits_a", inputBits);
  } else {
    // What every layer can bear.
    auto least = [](const std::vector<double> &list) {
      return *std::min_element(list.begin(), list.end());
    };
    result.subnet.set("bits_w", least(weightBits));
    result.subnet.set("bits_a", least(inputBits));
    note("uniform-bits");
  }
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

Value RandomLayers::weight(Flow x, const RandomConv &conv) {
  RandomWidth inputs = conv.depthwise ? fixed(1) : x.channels;
  int64_t largest = conv.kernels.back();
  FlatSymbolRefAttr name =
      parameter(conv.name + ".weight", ParameterKind::Weight,
                {conv.outputs.largest, largest, largest, inputs.largest});
  // Without matrices a smaller kernel is the centre of the larger one.
  SmallVector<Attribute> transforms;
  if (conv.depthwise && conv.kernels.size() > 1 && chance(80)) {
    note("kernel-transform");
    for (size_t i = conv.kernels.size() - 1; i > 0; --i) {
      int64_t from = conv.kernels[i], to = conv.kernels[i - 1];
      transforms.push_back(
          parameter(conv.name + ".transform_" + Twine(from) + "to" + Twine(to),
                    ParameterKind::Transform, {to * to, to * to}));
    }
  }
  int64_t kernel = conv.kernelChoice ? kOpen : largest;
  auto type = RankedTensorType::get(
      {conv.outputs.elastic ? kOpen : conv.outputs.largest, kernel, kernel,
       inputs.elastic ? kOpen : inputs.largest},
      builder.getF32Type());
  return builder.create<WeightOp>(
      loc, type, name, conv.outputs.elastic, inputs.elastic, conv.kernelChoice,
      transforms.empty() ? ArrayAttr() : builder.getArrayAttr(transforms));
}

Value RandomLayers::fakeQuantize(Value x, const Twine &step, Attribute bits,
                                 bool isSigned) {
  // One step for all bits, or one for each.
  SmallVector<int64_t> entries;
  if (isa<FlatSymbolRefAttr>(bits) && chance(50)) {
    entries.push_back(static_cast<int64_t>(bitValues.size()));
    note("step-per-bits");
  }
  return builder.create<FakeQuantizeOp>(
      loc, x.getType(), x, parameter(step, ParameterKind::Step, entries),
      IntegerAttr(), bits, isSigned ? builder.getUnitAttr() : UnitAttr());
}

Flow RandomLayers::quantizeInput(Flow x, const Twine &layer) {
  // Enough values for half of the codes, about half of them being zero. One
  // channel has few different ones.
  int64_t atMost = x.channels.active < 4 ? 3 : 8;
  int64_t values = x.elements() * kRandomNetworkPictures;
  while (atMost > 2 && (int64_t(4) << atMost) > values)
    --atMost;
  bool isSigned = chance(25);
  if (isSigned)
    note("signed");
  x.value = fakeQuantize(x.value, layer + ".input_step",
                         FlatSymbolRefAttr::get(context, "bits_a"), isSigned);
  bitsOf[x.value] = drawBits(atMost);
  return x;
}

Value RandomLayers::linear(Flow x, const std::string &name, int64_t classes,
                           RankedTensorType type) {
  int64_t shape[] = {classes, x.channels.largest};
  Value w = builder.create<WeightOp>(
      loc, RankedTensorType::get(shape, builder.getF32Type()),
      parameter(name + ".weight", ParameterKind::Weight, shape), WidthAttr(),
      WidthAttr(), FlatSymbolRefAttr(), ArrayAttr());
  // Few values: the bits are the network's own, and few.
  if (x.channels.active * classes >= 16 && chance(40)) {
    note("quantized-linear");
    Attribute bits = builder.getI64IntegerAttr(pick({2, 3, 4}));
    x.value = fakeQuantize(x.value, name + ".input_step", bits, chance(50));
    w = fakeQuantize(w, name + ".weight_step", bits, true);
  }
  FlatSymbolRefAttr bias =
      parameter(name + ".bias", ParameterKind::Bias, {classes});
  return builder.create<LinearOp>(loc, type, x.value, w, bias);
}

Flow RandomLayers::conv(Flow x, const RandomConv &conv) {
  return convOfCodes(conv.quantized ? quantizeInput(x, conv.name) : x, conv);
}

Flow RandomLayers::convOfCodes(Flow x, const RandomConv &conv) {
  Value w = weight(x, conv);
  int64_t inputs = conv.depthwise ? 1 : x.channels.active;
  int64_t taps = conv.kernel * conv.kernel * inputs * conv.outputs.active;
  if (conv.quantized) {
    int64_t atMost = 8;
    while (atMost > 2 && (int64_t(1) << atMost) > taps)
      --atMost;
    w = fakeQuantize(w, conv.name + ".weight_step",
                     FlatSymbolRefAttr::get(context, "bits_w"), true);
    int64_t bits = drawBits(atMost);
    if (active) {
      weightBits.push_back(static_cast<double>(bits));
      inputBits.push_back(static_cast<double>(bitsOf.lookup(x.value)));
    }
  }
  std::string kernel = std::to_string(conv.kernel);
  note((conv.depthwise ? "depthwise-" + kernel : "conv-" + kernel).c_str());
  if (conv.stride > 1)
    note("stride");
  if (conv.outputs.active == 1)
    note("one-channel");
  return convolve(x, w, conv);
}

Flow RandomLayers::convolve(Flow x, Value w, const RandomConv &conv) {
  Flow y{builder.create<Conv2DOp>(loc, activationType, x.value, w,
                                  builder.getI64IntegerAttr(conv.stride),
                                  conv.depthwise ? builder.getUnitAttr()
                                                 : UnitAttr()),
         numerics::convOutput(x.height, conv.kernel, conv.stride),
         numerics::convOutput(x.width, conv.kernel, conv.stride), conv.outputs,
         /*bounded=*/conv.quantized};
  if (conv.batchNorm)
    return batchNorm(y, conv.name);
  note("no-batch-norm");
  return y;
}

Flow RandomLayers::batchNorm(Flow x, const std::string &layer) {
  auto vector = [&](const char *name, ParameterKind kind) {
    return parameter(layer + ".bn." + name, kind, {x.channels.largest});
  };
  FlatSymbolRefAttr gamma = vector("gamma", ParameterKind::Gamma),
                    beta = vector("beta", ParameterKind::Beta),
                    mean = vector("mean", ParameterKind::Mean),
                    variance = vector("variance", ParameterKind::Variance);
  double eps = pick({1e-5, 1e-5, 1e-3, 1e-30});
  x.value =
      builder.create<BatchNormOp>(loc, activationType, x.value, gamma, beta,
                                  mean, variance, builder.getF64FloatAttr(eps));
  return x;
}

Flow RandomLayers::activate(Flow x, ActivationKind kind) {
  x.value = builder.create<ActivationOp>(loc, activationType, kind, x.value);
  note(stringifyActivationKind(kind).data());
  return x;
}

Flow RandomLayers::activateAny(Flow x) {
  if (chance(15)) {
    note("no-activation");
    return x;
  }
  return activate(x, pick({ActivationKind::Relu, ActivationKind::Relu,
                           ActivationKind::Relu6, ActivationKind::HSwish,
                           ActivationKind::HSwish}));
}

Flow RandomLayers::maxPool(Flow x) {
  int64_t kernel = pick({1, 3, 3, 5}), stride = pick({1, 2});
  x.value = builder.create<MaxPoolOp>(loc, activationType, x.value,
                                      builder.getI64IntegerAttr(kernel),
                                      builder.getI64IntegerAttr(stride));
  x.height = numerics::convOutput(x.height, kernel, stride);
  x.width = numerics::convOutput(x.width, kernel, stride);
  note("max-pool");
  return x;
}

Flow RandomLayers::squeezeExcite(Flow x, const std::string &name) {
  int64_t channels = x.channels.largest;
  int64_t squeezed = numerics::squeezeWidth(channels);
  FlatSymbolRefAttr reduce =
      parameter(name + ".reduce.weight", ParameterKind::Weight,
                {squeezed, 1, 1, channels});
  FlatSymbolRefAttr reduceBias =
      parameter(name + ".reduce.bias", ParameterKind::Bias, {squeezed});
  FlatSymbolRefAttr expand =
      parameter(name + ".expand.weight", ParameterKind::Weight,
                {channels, 1, 1, squeezed});
  FlatSymbolRefAttr expandBias =
      parameter(name + ".expand.bias", ParameterKind::Bias, {channels});
  x.value = builder.create<SqueezeExciteOp>(
      loc, activationType, x.value, reduce, reduceBias, expand, expandBias,
      /*steps=*/ArrayAttr(), /*bits=*/Attribute(), /*signed_input=*/UnitAttr(),
      /*fraction=*/IntegerAttr());
  note("squeeze-excite");
  return x;
}

Flow RandomLayers::add(Flow x, Flow y) {
  x.value = builder.create<AddOp>(loc, activationType, x.value, y.value,
                                  FlatSymbolRefAttr(), Attribute());
  x.bounded = x.bounded && y.bounded;
  note("residual");
  return x;
}
