//===- Epilogue.h - From an accumulator to what is stored -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_TARGET_GENERIC_EPILOGUE_H
#define LIB_TARGET_GENERIC_EPILOGUE_H

#include "Requantizer.h"

namespace mlir::oqat {

/// Emits LayerOpInterface's epilogue on vectors of adjacent channels, where it
/// makes floats or codes by a form of requantization. PackedEpilogue rounds.
class Epilogue {
public:
  /// With `channels` other than the result's last extent, the result is seen as
  /// rows of so many channels, which only an epilogue without per-channel
  /// operands allows.
  Epilogue(KernelBuilder &builder, const EmitContext &context,
           bitpack::LayerOpInterface layer, int64_t channels = 0);

  /// Sends `z` (f32, or i32 accumulators) through the epilogue and stores its
  /// first `count` lanes as channels `channel` onward of pixel `pixel`.
  void emit(Value z, Value pixel, Value channel, int64_t count);

private:
  Value perChannel(Value base, Value channel);
  void storeCodes(Value words, Value element, int64_t count);

  KernelBuilder &builder;
  KernelFrame &frame;
  bitpack::LayerOpInterface layer;
  int64_t lanes, channels;
  VectorType floats;
  Value scale, bias;
  Requantizer requantizer;
};

/// Puts a float per channel into the object, filled up to a multiple of
/// channels; null where there are none.
Value addPerChannel(KernelFrame &frame, DenseElementsAttr values,
                    int64_t multiple = kPanelOutputs);
/// Floats, one per channel, padded likewise.
Value addFloats(KernelFrame &frame, ArrayRef<float> values, int64_t multiple);

Value emitActivation(KernelBuilder &builder, bitpack::ActivationKind kind,
                     Value z);

/// clamp with a compare and a select each, lower bound first (N2, N3).
Value emitClamp(KernelBuilder &builder, Value value, double low, double high);

} // namespace mlir::oqat

#endif // LIB_TARGET_GENERIC_EPILOGUE_H
