//===- AmxTarget.cpp - Which layers take tiles of AMX ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution takes the kernel of fewest cycles per pixel, counted as
// docs/Bitpack.md has it: products at the rate of the instruction, then the
// epilogue. A layer of one pixel has one row in a tile of 16: it stays with
// vpdpbusd.
//
//===----------------------------------------------------------------------===//

#include "AmxTarget.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// Cycles of an epilogue of 16 words, of one of 64 bytes that looks up, and of
/// storing and loading a row of a tile before it (fitted to measurements on
/// layers of 16 to 40 inputs: docs/Performance.md).
static constexpr int64_t kWordEpilogue = 4, kByteEpilogue = 12, kTileRow = 2;
/// Cycles of gathering a tap, but for copying its codes.
static constexpr int64_t kTap = 4;

/// A row of a tile and the codes of its pixel: 16 outputs by 64 inputs a cycle.
static int64_t cyclesByTiles(const Geometry &geometry, int64_t outputs) {
  AmxShape shape(geometry, outputs);
  int64_t cycles =
      ceilDiv(outputs, 16) * (shape.steps + kTileRow + kWordEpilogue);
  if (!geometry.isFlat())
    cycles += geometry.kernelH * geometry.kernelW *
              (kTap + ceilDiv(geometry.inC, 64));
  return cycles;
}

/// The other kernel's: 16 outputs by 4 inputs of a tap, or 64 outputs by 3 of
/// all inputs, which take 5/4 of a cycle with their sum.
static int64_t cyclesByVectors(const Geometry &geometry, int64_t outputs,
                               bool byTable) {
  int64_t taps = geometry.kernelH * geometry.kernelW;
  if (!byTable)
    return ceilDiv(outputs, 16) *
           (taps * ceilDiv(geometry.inC, 4) + kWordEpilogue);
  int64_t cycles = ceilDiv(outputs, 64) *
                   (ceilDiv(taps * geometry.inC, 3) * 5 / 4 + kByteEpilogue);
  if (!geometry.isFlat())
    cycles += taps * (kTap + ceilDiv(geometry.inC, 64));
  return cycles;
}

FailureOr<LayerPlans> AmxTarget::candidates(LayerOpInterface layer,
                                            bool tiles) const {
  FailureOr<LayerPlans> plans = X86VbmiTarget::candidates(layer, tiles);
  auto op = dyn_cast<Conv2DOp>(*layer);
  if (!op || failed(plans))
    return plans;
  Geometry geometry = geometryOf(op);
  if (geometry.outH * geometry.outW == 1)
    return plans;
  const LayerPlan &best = plans->front();
  int64_t outputs = best.panel->outputs;
  bool isBest = cyclesByTiles(geometry, outputs) <
                cyclesByVectors(geometry, outputs, best.panel->fieldBits != 0);
  plans->insert(isBest ? plans->begin() : plans->end(),
                planAmxConv2D(geometry, op, *best.accumulators));
  return plans;
}

static bool usesTiles(const LayerPlan &plan) {
  return StringRef(plan.kernel).starts_with(kTileKernel);
}

const KernelTarget &AmxTarget::getOwner(const LayerPlan &plan) const {
  return usesTiles(plan) ? *this : IntelVbmiTarget::getOwner(plan);
}

void AmxTarget::emit(LayerOpInterface layer, const LayerPlan &plan,
                     KernelFrame &frame) const {
  if (!usesTiles(plan))
    return X86VbmiTarget::emit(layer, plan, frame);
  emitAmxConv2D(EmitContext{*this, plan, frame}, cast<Conv2DOp>(*layer));
}
