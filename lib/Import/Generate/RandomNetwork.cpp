//===- RandomNetwork.cpp - Random valid supernets -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Import/RandomNetwork.h"
#include "RandomLayers.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

class NetworkDraw {
public:
  NetworkDraw(RandomNetwork &result, uint64_t seed)
      : layers(result, seed), demanding(layers.chance(34)) {}
  void build();

private:
  Flow buildInput();
  Flow buildStem(Flow image);
  Flow buildBlocks(Flow x);
  Flow buildStage(Flow x);
  Flow buildBlock(Flow x, int64_t outputs);
  Flow buildBottleneck(Flow x, const std::string &name, int64_t outputs);
  Flow buildPlain(Flow x, const std::string &name, int64_t outputs);
  Flow buildSeparable(Flow x, const std::string &name, int64_t outputs);
  Flow buildBranches(Flow x, const std::string &name, int64_t outputs);
  Flow buildHead(Flow x);

  RandomConv pointwise(const std::string &name, int64_t outputs);
  RandomConv depthwise(const std::string &name, Flow x);
  std::string nextName() { return "b" + std::to_string(blocks++); }
  int64_t drawStride(Flow x) {
    return x.height > 4 && x.width > 4 && layers.chance(35) ? 2 : 1;
  }
  int64_t drawWidth() {
    return layers.pick({3, 5, 8, 8, 12, 13, 16, 16, 17, 20, 24});
  }

  RandomLayers layers;
  /// Whether all of kDemandingFeatures are wanted.
  bool demanding;
  unsigned blocks = 0;
  RankedTensorType logitsType;
};

} // namespace

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

RandomConv NetworkDraw::pointwise(const std::string &name, int64_t outputs) {
  RandomConv conv;
  conv.name = name;
  conv.outputs = layers.fixed(outputs);
  conv.batchNorm = layers.chance(90);
  return conv;
}

RandomConv NetworkDraw::depthwise(const std::string &name, Flow x) {
  RandomConv conv;
  conv.name = name;
  conv.outputs = x.channels;
  conv.depthwise = true;
  if (layers.chance(60)) {
    layers.drawKernel(conv);
    return conv;
  }
  conv.kernel = layers.pick({3, 3, 5, 7});
  conv.kernels = {conv.kernel};
  return conv;
}

/// Expand, depthwise, squeeze-excite, project, add.
Flow NetworkDraw::buildBottleneck(Flow x, const std::string &name,
                                  int64_t outputs) {
  RandomConv expand = pointwise(name + ".ib", 0);
  expand.outputs = layers.chance(70)
                       ? layers.elasticWidth(std::max<int64_t>(
                             8, std::min<int64_t>(x.channels.active, 16)))
                       : layers.fixed(drawWidth());
  Flow y = layers.activateAny(layers.conv(x, expand));
  RandomConv middle = depthwise(name + ".dw", y);
  bool residual = x.channels.active == outputs && layers.chance(80);
  residual |= demanding && x.channels.active == outputs;
  middle.stride = residual ? 1 : drawStride(x);
  y = layers.activateAny(layers.conv(y, middle));
  if (demanding || layers.chance(40))
    y = layers.squeezeExcite(y, name + ".se");
  y = layers.conv(y, pointwise(name + ".pl", outputs));
  return residual ? layers.add(y, x) : y;
}

/// One convolution over all channels.
Flow NetworkDraw::buildPlain(Flow x, const std::string &name, int64_t outputs) {
  RandomConv conv = pointwise(name + ".conv", outputs);
  conv.kernel = layers.pick({1, 3, 3, 5});
  conv.kernels = {conv.kernel};
  conv.stride = drawStride(x);
  Flow y = layers.activateAny(layers.conv(x, conv));
  bool same = y.height == x.height && y.width == x.width &&
              x.channels.active == outputs;
  return same && layers.chance(60) ? layers.add(y, x) : y;
}

/// Depthwise, then pointwise.
Flow NetworkDraw::buildSeparable(Flow x, const std::string &name,
                                 int64_t outputs) {
  RandomConv first = depthwise(name + ".dw", x);
  first.stride = drawStride(x);
  Flow y = layers.activateAny(layers.conv(x, first));
  return layers.activateAny(layers.conv(y, pointwise(name + ".pw", outputs)));
}

/// Two convolutions of the same codes, added: a shortcut with weights.
Flow NetworkDraw::buildBranches(Flow x, const std::string &name,
                                int64_t outputs) {
  Flow codes = layers.quantizeInput(x, name + ".a");
  RandomConv left = pointwise(name + ".a", outputs);
  left.kernel = 3;
  left.kernels = {3};
  left.stride = drawStride(x);
  RandomConv right = pointwise(name + ".b", outputs);
  right.stride = left.stride;
  layers.note("shared-quantizer");
  Flow y = layers.convOfCodes(codes, left);
  y = layers.add(y, layers.convOfCodes(codes, right));
  return layers.chance(50) ? layers.activateAny(y) : y;
}

Flow NetworkDraw::buildBlock(Flow x, int64_t outputs) {
  std::string name = nextName();
  switch (layers.random.below(6)) {
  case 0:
    return buildPlain(x, name, outputs);
  case 1:
    return buildSeparable(x, name, outputs);
  case 2:
    return buildBranches(x, name, outputs);
  default:
    return buildBottleneck(x, name, outputs);
  }
}

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

/// Slots of one width, the first of which may change it.
Flow NetworkDraw::buildStage(Flow x) {
  int64_t outputs = drawWidth(), slots = layers.pick({1, 2, 2, 3});
  SmallVector<int64_t> depths;
  for (int64_t depth = 1; depth <= slots; ++depth)
    if (depth == slots || layers.chance(60))
      depths.push_back(depth);
  int64_t depth;
  FlatSymbolRefAttr symbol = layers.choice("d", depths, depth);
  layers.note("elastic-depth");
  auto stage = layers.builder.create<StageOp>(layers.loc, layers.activationType,
                                              symbol, x.value, slots);
  OpBuilder::InsertionGuard guard(layers.builder);
  Flow y = x;
  for (int64_t slot = 0; slot < slots; ++slot) {
    layers.active = slot < depth;
    Block *block = layers.builder.createBlock(
        &stage.getBlocks()[slot], {}, layers.activationType, layers.loc);
    Flow input = slot == 0 ? x : y;
    input.value = block->getArgument(0);
    Flow output = buildBlock(input, outputs);
    layers.builder.create<YieldOp>(layers.loc, output.value);
    // Slots that are left out don't change the extents.
    if (layers.active || slot == 0)
      y = output;
  }
  layers.active = true;
  y.value = stage.getResult();
  return y;
}

Flow NetworkDraw::buildInput() {
  constexpr int64_t open = ShapedType::kDynamic;
  OpBuilder &builder = layers.builder;
  int64_t height = layers.pick({4, 6, 8, 12}), width = height;
  SmallVector<int64_t> shape{open, open, open, 3};
  if (demanding || layers.chance(40))
    width = ++height;
  if (layers.chance(25)) {
    // A picture that is not square has no choice.
    width = demanding ? layers.pick({5, 7, 9, 11})
                      : 4 + static_cast<int64_t>(layers.random.below(10));
    shape = {open, height, width, 3};
    layers.note("rectangular");
  } else {
    layers.choice("image_size", height, height);
  }
  if (height % 2 || width % 2)
    layers.note("odd-size");
  auto image = RankedTensorType::get(shape, builder.getIntegerType(8, false));
  auto symbol = FlatSymbolRefAttr::get(layers.context, "space");
  auto network = builder.create<SupernetOp>(
      layers.loc, builder.getStringAttr("net"), symbol, StringAttr(),
      TypeAttr::get(builder.getFunctionType({image}, {logitsType})),
      ArrayAttr(), ArrayAttr());
  layers.setNetwork(network);
  Block *body =
      builder.createBlock(&network.getBody(), {}, {image}, {layers.loc});
  double mean = layers.pick({0.0, 0.5, 0.4822}),
         deviation = layers.pick({1.0 / 255, 0.25, 0.2435});
  Value x = builder.create<NormalizeOp>(
      layers.loc, layers.activationType, body->getArgument(0),
      builder.getDenseF64ArrayAttr({mean, mean, 0.4465}),
      builder.getDenseF64ArrayAttr({deviation, 0.25, deviation}));
  return {x, height, width, layers.fixed(3), /*bounded=*/false};
}

Flow NetworkDraw::buildStem(Flow image) {
  RandomConv stem = pointwise("stem", drawWidth());
  if (!demanding && layers.chance(8))
    stem.outputs = layers.fixed(1);
  stem.kernel = layers.pick({1, 3, 3, 5});
  stem.kernels = {stem.kernel};
  stem.stride = drawStride(image);
  stem.quantized = false;
  Flow x = layers.activateAny(layers.conv(image, stem));
  return x.height > 3 && x.width > 3 && layers.chance(20) ? layers.maxPool(x)
                                                          : x;
}

Flow NetworkDraw::buildBlocks(Flow x) {
  // A bottleneck that keeps its width has the residual for certain.
  if (demanding)
    x = buildBottleneck(x, nextName(), x.channels.active);
  int64_t count = 1 + static_cast<int64_t>(layers.random.below(3));
  for (int64_t i = 0; i < count; ++i) {
    x = layers.chance(50) ? buildStage(x) : buildBlock(x, drawWidth());
    // As in pre-activation networks: batch norm of floats.
    if (layers.chance(15)) {
      layers.note("pre-activation");
      x = layers.activateAny(layers.batchNorm(x, nextName()));
    }
  }
  return x;
}

Flow NetworkDraw::buildHead(Flow x) {
  if (!x.bounded || layers.chance(50))
    x = layers.activateAny(layers.conv(
        x, pointwise("final_expand", layers.pick({16, 24, 33, 40}))));
  x.value =
      layers.builder.create<PoolOp>(layers.loc, layers.activationType, x.value,
                                    FloatAttr(), StringAttr(), IntegerAttr());
  x.height = x.width = 1;
  if (layers.chance(60)) {
    RandomConv mix = pointwise("feature_mix", drawWidth());
    mix.batchNorm = layers.chance(30);
    x = layers.activateAny(layers.conv(x, mix));
    layers.note("feature-mix");
  }
  x.value =
      layers.linear(x, "classifier", logitsType.getDimSize(1), logitsType);
  return x;
}

void NetworkDraw::build() {
  logitsType =
      RankedTensorType::get({ShapedType::kDynamic, layers.pick({1, 2, 5, 10})},
                            layers.builder.getF32Type());
  Flow x = buildHead(buildBlocks(buildStem(buildInput())));
  layers.builder.create<ReturnOp>(layers.loc, x.value);
  layers.finish();
}

RandomNetwork mlir::oqat::generateRandomNetwork(MLIRContext *context,
                                                uint64_t seed) {
  context->getOrLoadDialect<OqatDialect>();
  RandomNetwork result;
  result.module = ModuleOp::create(UnknownLoc::get(context));
  NetworkDraw(result, seed).build();
  return result;
}
