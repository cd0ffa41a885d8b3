//===- Emitters.h - One emitter per kind of layer -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_EMITTERS_H
#define LIB_TARGET_GENERIC_EMITTERS_H

#include "oqat/Target/VectorTarget.h"

namespace mlir::oqat {

inline constexpr int64_t kPanelOutputs = 16;

inline int64_t ceilDiv(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor;
}
inline int64_t roundUp(int64_t value, int64_t multiple) {
  return ceilDiv(value, multiple) * multiple;
}

/// What every emitter starts from.
struct EmitContext {
  const VectorTarget &target;
  const LayerPlan &plan;
  KernelFrame &frame;
};

/// With `vectors` of outputs in a register tile at most, or as many as are best
/// in general; so the other plans of convolutions.
LayerPlan planConv2D(const VectorTarget &target, bitpack::Conv2DOp op,
                     AccumulatorBounds bounds, int64_t vectors = 0);
void emitConv2D(EmitContext context, bitpack::Conv2DOp op);

/// Nothing where the layer isn't for tables.
std::optional<LayerPlan> planLookupConv2D(const VectorTarget &target,
                                          bitpack::Conv2DOp op,
                                          const AccumulatorBounds &bounds,
                                          int64_t vectors = 0);
void emitLookupConv2D(EmitContext context, bitpack::Conv2DOp op);

/// Nothing where the layer isn't a 3x3 convolution of few bits and stride 1.
std::optional<LayerPlan> planWinogradConv2D(const VectorTarget &target,
                                            bitpack::Conv2DOp op,
                                            const AccumulatorBounds &bounds,
                                            int64_t vectors = 0);
void emitWinogradConv2D(EmitContext context, bitpack::Conv2DOp op);

LayerPlan planDepthwise(const VectorTarget &target,
                        bitpack::DepthwiseConv2DOp op,
                        AccumulatorBounds bounds);
void emitDepthwise(EmitContext context, bitpack::DepthwiseConv2DOp op);

/// Nothing where the layer isn't for tables.
std::optional<LayerPlan> planLookupDepthwise(const VectorTarget &target,
                                             bitpack::DepthwiseConv2DOp op,
                                             const AccumulatorBounds &bounds);
void emitLookupDepthwise(EmitContext context, bitpack::DepthwiseConv2DOp op);

/// Nothing where pairs of taps can't be added in 16 bits.
std::optional<LayerPlan> planStackedDepthwise(const VectorTarget &target,
                                              bitpack::DepthwiseConv2DOp op,
                                              const AccumulatorBounds &bounds);
void emitStackedDepthwise(EmitContext context, bitpack::DepthwiseConv2DOp op);

/// Nothing where four taps can't be added at once.
std::optional<LayerPlan> planQuadDepthwise(const VectorTarget &target,
                                           bitpack::DepthwiseConv2DOp op,
                                           const AccumulatorBounds &bounds);
void emitQuadDepthwise(EmitContext context, bitpack::DepthwiseConv2DOp op);

/// Nothing where taps aren't looked up, with pixels of a channel in a vector;
/// with `ofPlanes`, those of an input in planes.
std::optional<LayerPlan> planPlaneDepthwise(const VectorTarget &target,
                                            bitpack::DepthwiseConv2DOp op,
                                            const AccumulatorBounds &bounds,
                                            bool ofPlanes = false);
void emitPlaneDepthwise(EmitContext context, bitpack::DepthwiseConv2DOp op);

/// Nothing where a 1x1 convolution isn't by table, with sums of 8 bits, or its
/// result not of codes by a few thresholds; the result is in planes.
std::optional<LayerPlan> planPlaneConv2D(const VectorTarget &target,
                                         bitpack::Conv2DOp op,
                                         const AccumulatorBounds &bounds,
                                         int64_t padRows);
void emitPlaneConv2D(EmitContext context, bitpack::Conv2DOp op);

LayerPlan planFloatConv2D(const VectorTarget &target,
                          bitpack::FloatConv2DOp op);
void emitFloatConv2D(EmitContext context, bitpack::FloatConv2DOp op);

LayerPlan planElementwise(const VectorTarget &target,
                          bitpack::ElementwiseOp op);
void emitElementwise(EmitContext context, bitpack::ElementwiseOp op);

LayerPlan planPool(const VectorTarget &target, bitpack::PoolOp op);
void emitPool(EmitContext context, bitpack::PoolOp op);

LayerPlan planLinear(const VectorTarget &target, bitpack::LinearOp op);
void emitLinear(EmitContext context, bitpack::LinearOp op);

LayerPlan planMaxPool(const VectorTarget &target, bitpack::MaxPoolOp op);
void emitMaxPool(EmitContext context, bitpack::MaxPoolOp op);

LayerPlan planMap(const VectorTarget &target, bitpack::MapOp op);
void emitMap(EmitContext context, bitpack::MapOp op);

LayerPlan planTable(const VectorTarget &target, bitpack::TableOp op);
void emitTable(EmitContext context, bitpack::TableOp op);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_EMITTERS_H
