//===- NetworkBuilder.h - What all generated networks share -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATE_NETWORKBUILDER_H
#define OQAT_IMPORT_GENERATE_NETWORKBUILDER_H

#include "dialects/oqat/Oqat.h"
#include <array>
#include <vector>

namespace mlir::oqat {

/// The pictures a network takes: sizes to choose from and N8's numbers.
struct PictureSpec {
  std::vector<int64_t> sizes;
  std::array<double, 3> mean, deviation;
};

/// What every network has, whatever its family.
struct NetworkSpec {
  StringRef name;
  StringRef symbol;
  PictureSpec pictures;
  int64_t classes;
  /// Of weights and activations; every quantizer has a step for each.
  std::vector<int64_t> bits = {2, 3, 4, 8};
  /// Of every batch norm.
  double epsilon = 1e-5;
};

PictureSpec imageNetPictures(std::vector<int64_t> sizes);
PictureSpec cifar10Pictures(std::vector<int64_t> sizes);
PictureSpec cifar100Pictures(std::vector<int64_t> sizes);

/// The bits that SAQ searches, and 8.
inline std::vector<int64_t> saqBits() { return {2, 3, 4, 5, 8}; }

/// A channel count: fixed, or a base width times a choice.
struct Width {
  int64_t largest;
  WidthAttr elastic;
};

inline Width fixedWidth(int64_t width) { return {width, {}}; }

/// One convolution with what belongs to it.
struct ConvSpec {
  std::string name;
  Width out, in;
  std::vector<int64_t> kernels;
  FlatSymbolRefAttr kernelChoice = {};
  int64_t stride = 1;
  bool depthwise = false;
  /// Whether it is the first layer, which reads the picture.
  bool isEnd = false;
  bool batchNorm = true;
};

/// Writes one module: the space, the parameters at their largest extents, the
/// network. Parameters stand in the order in which they are first used.
class NetworkBuilder {
public:
  NetworkBuilder(ModuleOp module, const NetworkSpec &spec);

  /// The picture size, what `choices` adds, then the bits.
  void buildSpace(function_ref<void()> choices = [] {});
  /// A choice of the space; inside of `buildSpace` only.
  void choice(const Twine &name, StringRef key, std::optional<int64_t> index,
              ArrayRef<int64_t> values, bool perLayer = false);

  /// Opens the network; returns the normalized picture.
  Value begin();
  /// Closes it with a classifier on pooled features.
  void finish(Value features, int64_t channels);

  Value conv(Value x, const ConvSpec &conv);
  Value batchNorm(Value x, const Twine &name, int64_t channels);
  Value activate(Value x, ActivationKind kind);
  /// Makes `x` a value that others are added onto: the head of a run, whose
  /// step takes the name (N7).
  Value startStream(Value x, const Twine &name);
  /// A value of the current run that an operation has changed is of it again.
  Value continueStream(Value x);
  /// Adds to a value of the current run.
  Value add(Value x, Value stream);
  Value pool(Value x);
  Value maxPool(Value x, int64_t kernel, int64_t stride);
  Value squeezeExcite(Value x, const std::string &name, int64_t channels);

  FlatSymbolRefAttr symbol(const Twine &name) {
    return FlatSymbolRefAttr::get(context, name.str());
  }
  /// `base` channels times the choice of that name.
  Width scaledBy(int64_t base, int64_t largestRatio, const Twine &name);

  MLIRContext *context;
  Location loc;
  OpBuilder builder;
  RankedTensorType activationType;

private:
  void option(StringRef key);
  FlatSymbolRefAttr parameter(const Twine &name, ParameterKind kind,
                              ArrayRef<int64_t> shape);
  Value weight(const ConvSpec &conv);
  Value fakeQuantize(Value value, const Twine &step, StringRef choice,
                     bool isSigned);
  Value quantizeEnd(Value value, const Twine &step, bool isSigned);
  Value quantizeOption(Value value, FlatSymbolRefAttr step, StringRef choice,
                       bool isSigned);

  const NetworkSpec &spec;
  /// Parameters go before the network that uses them.
  OpBuilder parameters;
  RankedTensorType logitsType;
  /// The step of the current run of additions.
  FlatSymbolRefAttr streamStep;
};

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATE_NETWORKBUILDER_H
