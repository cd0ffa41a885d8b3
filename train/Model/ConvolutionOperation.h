//===- ConvolutionOperation.h - Convolutions on all devices -----*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What dense and depthwise ones have on all devices: the shape of the result
// and its accumulator, and who has a gradient. `Weight` is a WeightPart.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_CONVOLUTIONOPERATION_H
#define OQAT_TRAIN_MODEL_CONVOLUTIONOPERATION_H

#include "oqat/Numerics/Shape.h"
#include "train/Model/Operations.h"
#include "train/Model/Support.h"

namespace oqat::train {

template <typename Weight>
class ConvolutionOperation : public Operation {
public:
  ConvolutionOperation(const BuildContext &context,
                       const formats::PlanNode &node, Value *in, Value *out)
      : context(context), node(node), in{in}, out(out), weight(context, node) {
    checkWidths();
    out->height = numerics::convOutput(in->height, kernel(), node.stride);
    out->width = numerics::convOutput(in->width, kernel(), node.stride);
    out->channels = weight.outputs();
    out->data =
        unplaced({context.images, out->pixels(), out->channels}, at::kFloat);
    out->accumulator = std::make_unique<Accumulator>();
    out->accumulator->layer = node.name;
    out->accumulator->isQuantized = weight.isQuantized();
  }

  std::string name() const override { return node.name; }
  Value *result() const override { return out; }
  Accumulator *normalized() const override {
    return acc().isNormalized ? &acc() : nullptr;
  }
  std::vector<Use *> uses() override {
    if (needsInputGrad())
      return {&in};
    return {};
  }
  bool backwardFence() const override { return acc().isNormalized; }
  std::vector<const Parameter *> trained() const override {
    std::vector<const Parameter *> all = weight.trained();
    if (acc().isNormalized)
      all.insert(all.end(), {acc().gamma, acc().beta});
    return all;
  }

protected:
  /// N13: sums of integers are exact in float32 below it.
  static constexpr int64_t kExactFloat = int64_t(1) << 24;

  const BuildContext context;
  const formats::PlanNode &node;
  Use in;
  Value *out;
  Weight weight;
  /// Whether accumulators may reach kExactFloat.
  bool isWide = false;

  Accumulator &acc() const { return *out->accumulator; }
  int64_t kernel() const { return weight.kernel(); }
  int64_t taps() const { return kernel() * kernel(); }
  bool isPlain() const { return kernel() == 1 && node.stride == 1; }
  /// N5 holds for layers that stay float, not for quantized ones in a warm
  /// start.
  bool isExactFloat() const {
    return !weight.isQuantized() && !node.weightQuantizer;
  }
  bool needsInputGrad() const { return !in.value->isPicture; }
  /// values() are codes and the gradient is that of the dequantized input.
  float inputScale() const {
    return in.value->isCodes() ? 1.0f / in.value->step : 1.0f;
  }
  /// Of the accumulator of a quantized layer.
  double codeProduct() const {
    return static_cast<double>(in.value->step) *
           static_cast<double>(weight.step());
  }

private:
  void checkWidths() const {
    int64_t expected = node.depthwise ? weight.outputs() : weight.inputs();
    if (in.value->channels != expected)
      throw Error("layer '" + node.name + "': takes " +
                  std::to_string(expected) + " channels, its input has " +
                  std::to_string(in.value->channels));
    if (weight.isQuantized() && !in.value->isCodes())
      throw Error("layer '" + node.name + "': input is not quantized");
  }
};

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_CONVOLUTIONOPERATION_H
