//===- GpuWeight.h - The weight of a layer in one subnet --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As train/Model/ActiveWeight.h, on a GPU: out of the shared weight there, and
// back to its gradient. The host has no part in it but the quantizer's factors.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_GPU_GPUWEIGHT_H
#define OQAT_TRAIN_GPU_GPUWEIGHT_H

#include "train/Device/WeightLaunch.h"
#include "train/Gpu/ProgramMemory.h"
#include "train/Model/WeightPart.h"

namespace oqat::train {

class GpuWeight : public WeightPart {
public:
  /// How a product has it: [outputs][taps][inputs] or [taps][inputs][outputs].
  enum class Order { ByOutput, ByTap };
  /// Of values, and of their gradient.
  GpuWeight(const BuildContext &context, const formats::PlanNode &node);
  void reserve(Order ofValues, Order ofGradient);

  void prepare();
  void launchForward();
  /// ends, f32 [2][outputs], of accumulators of inputs in `inputRange`.
  void launchEnds(numerics::CodeRange inputRange, DevicePointer ends);
  /// Once after launchForward(), from the gradient at gradAt().
  void launchBackward();

  DevicePointer valuesAt() const { return memory.weights.at(values); }
  /// Zeros when backward begins.
  DevicePointer gradAt() const { return memory.weightGradients.at(grad); }
  /// No accumulator is further from zero.
  double bound(numerics::CodeRange inputRange) const;

private:
  Gpu &gpu;
  ProgramMemory &memory;
  Order ofValues = Order::ByOutput, ofGradient = Order::ByOutput;
  // Places.
  int64_t values = 0, grad = 0, quant = 0;
  /// Of each cut, what it makes, and the gradient of that.
  std::vector<int64_t> products, productGrads;

  int64_t elements() const { return out * depth(); }
  DeviceWeight ordered(DevicePointer data, Order order) const;
  /// What cut `i` is taken from, or the gradient of that.
  DeviceWeight source(size_t i, bool isGradient) const;
  DeviceWeightOperands operands(size_t i) const;
};

} // namespace oqat::train

#endif // OQAT_TRAIN_GPU_GPUWEIGHT_H
