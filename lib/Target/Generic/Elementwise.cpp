//===- Elementwise.cpp - Epilogues by themselves --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GateThresholds.h"
#include "TileEpilogue.h"
#include "Tiles.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

constexpr int64_t kMaxVectors = 4;

/// The tensor as rows of channels, a unit being some rows. Without operands per
/// channel a picture row is one long row.
struct Rows {
  explicit Rows(ElementwiseOp op) {
    ArrayRef<int64_t> shape = op.getInput().getType().getShape();
    channels = shape.back();
    bool isPicture = shape.size() == 4;
    perUnit = isPicture ? shape[2] : 1;
    units = op.getInput().getType().getNumElements() / (channels * perUnit);
    bool perChannel =
        op.getScaleAttr() || op.getBiasAttr() || op.getGate() ||
        isa_and_nonnull<DenseElementsAttr>(op.getReciprocalAttr());
    if (!perChannel) {
      channels *= perUnit;
      perUnit = 1;
    }
  }
  int64_t units, perUnit, channels;
};

} // namespace

/// Floats, or codes as their distance from the zero point.
static Value loadInput(KernelBuilder &builder, ElementwiseOp op, Value pointer,
                       int64_t lanes) {
  if (op.getInput().getType().getElementType().isF32())
    return builder.load(builder.vectorOf(builder.getF32Type(), lanes), pointer);
  VectorType words = builder.vectorOf(builder.getI32Type(), lanes);
  Value codes = builder.create<arith::ExtUIOp>(
      words,
      builder.load(builder.vectorOf(builder.getI8Type(), lanes), pointer));
  if (op.getInputZeroPoint() == 0)
    return codes;
  return builder.create<arith::SubIOp>(
      codes, builder.constant(words, op.getInputZeroPoint()));
}

/// The name of the kernel that does all operations for every element.
static StringRef getRoundingKernel(ElementwiseOp op) {
  return op.getInput().getType().getElementType().isF32() ? "f32" : "u8";
}

LayerPlan mlir::oqat::planElementwise(const VectorTarget &target,
                                      ElementwiseOp op) {
  LayerPlan plan;
  plan.units = Rows(op).units;
  plan.kernel = getRoundingKernel(op);
  if (StringRef kernel = planGateThresholds(target, op); !kernel.empty()) {
    plan.units = countGateUnits(op);
    plan.kernel = kernel;
  }
  return plan;
}

void mlir::oqat::emitElementwise(EmitContext context, ElementwiseOp op) {
  if (context.plan.kernel != getRoundingKernel(op))
    return emitGateThresholds(context, op);
  KernelFrame &frame = context.frame;
  KernelBuilder builder(frame.builder);
  int64_t lanes = context.target.lanes;
  Rows rows(op);
  TileEpilogue epilogue(builder, context, op, /*sumBits=*/32, rows.channels);
  int64_t bytes = op.getInput().getType().getElementType().isF32() ? 4 : 1;
  ChannelTiling tiling(rows.channels, lanes, kMaxVectors);
  auto emitTile = [&](Value row, ChannelTile tile) {
    Value element = builder.add(builder.mul(row, rows.channels), tile.first);
    Value base = builder.at(frame.input, builder.mul(element, bytes));
    TileSums sums{{}, tile.vectors, row, tile.first, tile.lastCount};
    for (int64_t v = 0; v < tile.vectors; ++v)
      sums.values.push_back(
          loadInput(builder, op, builder.at(base, v * lanes * bytes), lanes));
    epilogue.emit(std::move(sums));
  };
  builder.loop(builder.mul(frame.begin, rows.perUnit),
               builder.mul(frame.end, rows.perUnit), 1, [&](Value row) {
                 tiling.forEach(builder,
                                [&](ChannelTile tile) { emitTile(row, tile); });
               });
}
