//===- RandomLayers.h - Layers of random networks ---------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATE_RANDOMLAYERS_H
#define OQAT_IMPORT_GENERATE_RANDOMLAYERS_H

#include "dialects/oqat/Oqat.h"
#include "oqat/Import/RandomNetwork.h"
#include "oqat/Numerics/Random.h"

namespace mlir::oqat {

/// A channel count: what the subnet takes of the largest extent.
struct RandomWidth {
  int64_t active, largest;
  WidthAttr elastic;
};

/// A value of the network and its extents in the subnet.
struct Flow {
  Value value;
  int64_t height, width;
  RandomWidth channels;
  /// Whether N4a bounds it, which a pool needs.
  bool bounded;

  int64_t elements() const { return height * width * channels.active; }
};

/// A convolution as it was drawn.
struct RandomConv {
  std::string name;
  RandomWidth outputs;
  /// The kernel of the subnet; all of them, from small to large, and the choice
  /// among them where there is one.
  int64_t kernel = 1;
  SmallVector<int64_t> kernels = {1};
  FlatSymbolRefAttr kernelChoice;
  int64_t stride = 1;
  bool depthwise = false;
  bool quantized = true;
  bool batchNorm = true;
};

/// Draws and builds layers. Parameters and choices go where they belong; the
/// values of choices go into the subnet.
class RandomLayers {
public:
  RandomLayers(RandomNetwork &result, uint64_t seed);

  bool chance(unsigned percent) { return random.below(100) < percent; }
  template <typename T>
  T pick(std::initializer_list<T> list) {
    return list.begin()[random.below(list.size())];
  }
  void note(const char *feature) {
    if (active)
      result.features.insert(feature);
  }

  RandomWidth fixed(int64_t width) { return {width, width, {}}; }
  /// `base` channels times a choice.
  RandomWidth elasticWidth(int64_t base);
  /// Makes the kernel of `conv` a choice.
  void drawKernel(RandomConv &conv);
  /// A choice under `key`; `drawn` is its value in the subnet.
  FlatSymbolRefAttr choice(StringRef key, ArrayRef<int64_t> values,
                           int64_t &drawn);
  FlatSymbolRefAttr parameter(const Twine &name, ParameterKind kind,
                              ArrayRef<int64_t> shape);

  /// The input of a convolution, quantized. Remembers its bits.
  Flow quantizeInput(Flow x, const Twine &layer);
  Flow conv(Flow x, const RandomConv &conv);
  /// The same, of an input that is quantized already.
  Flow convOfCodes(Flow x, const RandomConv &conv);
  Flow activate(Flow x, ActivationKind kind);
  /// An activation, or none.
  Flow activateAny(Flow x);
  Flow maxPool(Flow x);
  Flow batchNorm(Flow x, const std::string &layer);
  Flow squeezeExcite(Flow x, const std::string &name);
  Flow add(Flow x, Flow y);
  /// The classifier.
  Value linear(Flow x, const std::string &name, int64_t classes,
               RankedTensorType type);

  /// Parameters go before the network that uses them.
  void setNetwork(Operation *network) { parameters.setInsertionPoint(network); }
  /// Writes the bits of all layers into the subnet.
  void finish();

  MLIRContext *context;
  Location loc;
  ::oqat::numerics::Random random;
  OpBuilder builder;
  RankedTensorType activationType;
  /// False in block slots that the subnet leaves out.
  bool active = true;

private:
  Value weight(Flow x, const RandomConv &conv);
  Flow convolve(Flow x, Value w, const RandomConv &conv);
  Value fakeQuantize(Value x, const Twine &step, Attribute bits, bool isSigned);
  int64_t drawBits(int64_t atMost);

  RandomNetwork &result;
  OpBuilder parameters, choices;
  SmallVector<int64_t> bitValues;
  bool mixedBits;
  std::vector<double> weightBits, inputBits;
  /// The bits of codes that several layers may read.
  DenseMap<Value, int64_t> bitsOf;
};

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATE_RANDOMLAYERS_H
