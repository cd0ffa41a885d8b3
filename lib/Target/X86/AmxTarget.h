//===- AmxTarget.h - Tiles of AMX -----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_X86_AMXTARGET_H
#define LIB_TARGET_X86_AMXTARGET_H

#include "X86Target.h"
#include "lib/Target/Generic/Tiles.h"

namespace mlir::oqat {

/// AVX-512 VBMI, with convolutions by tiles of AMX where they are faster.
class AmxTarget : public IntelVbmiTarget {
public:
  using IntelVbmiTarget::IntelVbmiTarget;
  FailureOr<LayerPlans> candidates(bitpack::LayerOpInterface layer,
                                   bool tiles = false) const override;
  void emit(bitpack::LayerOpInterface layer, const LayerPlan &plan,
            KernelFrame &frame) const override;
  const KernelTarget &getOwner(const LayerPlan &plan) const override;
};

/// How a convolution is cut into tiles of at most 16 pixels x 16 outputs x 64
/// inputs, where an input is one channel of one tap. All steps along the inputs
/// are equally long, and so are all tiles of pixels, so that one configuration
/// serves the whole layer.
struct AmxShape {
  AmxShape(const Geometry &geometry, int64_t outputs);
  int64_t inputs;
  /// Steps along the inputs, and the rows of 4 inputs in each.
  int64_t steps, stepRows;
  ChannelTiling channels;
  /// Bytes from one pixel's inputs to the next one's.
  int64_t pitch;
  /// Pixels of the layer, those computed at a time, the tiles that cover them
  /// and the rows of each.
  int64_t all, block, tiles, tileRows;
};

/// What the names of kernels by tiles start with.
inline constexpr StringLiteral kTileKernel = "tdpbusd";

LayerPlan planAmxConv2D(const Geometry &geometry, bitpack::Conv2DOp op,
                        AccumulatorBounds bounds);
void emitAmxConv2D(EmitContext context, bitpack::Conv2DOp op);

} // namespace mlir::oqat

#endif // LIB_TARGET_X86_AMXTARGET_H
