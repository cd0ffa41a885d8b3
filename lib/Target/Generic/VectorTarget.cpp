//===- VectorTarget.cpp - Kernels of any CPU with vectors -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Target/VectorTarget.h"

#include "ConvolutionCosts.h"
#include "PackedEpilogue.h"
#include "Tiles.h"
#include "oqat/Analysis/Requantization.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

/// Accumulators are 32 bits wide: the actual weights must prove it is enough.
/// Of what they can be, a form of requantization must make the right codes.
static FailureOr<AccumulatorBounds> proveAccumulators(LayerOpInterface op) {
  AccumulatorBounds bounds = *computeAccumulatorBounds(op);
  if (failed(verifyAccumulators(op, bounds)))
    return failure();
  Attribute form = op->getAttr("requantization");
  if (form && failed(verifyCodeFunction(op, form, bounds)))
    return failure();
  return bounds;
}

/// Taps of a row are unrolled, so there may not be any number of them.
static LogicalResult verifyTaps(LayerOpInterface layer, int64_t kernelH,
                                int64_t kernelW, int64_t stride) {
  if (std::max({kernelH, kernelW, stride}) <= 31)
    return success();
  return layer.emitOpError()
         << "a kernel of " << kernelH << "x" << kernelW << " at stride "
         << stride << " is too large, 31 is the limit";
}

/// Adds the same kernels with other register tiles.
static void addTiles(const VectorTarget &target, Conv2DOp op,
                     const AccumulatorBounds &bounds, LayerPlans &plans) {
  auto add = [&](std::optional<LayerPlan> plan) {
    auto isSame = [&](const LayerPlan &other) {
      return other.kernel == plan->kernel;
    };
    if (plan && llvm::none_of(plans, isSame))
      plans.push_back(std::move(*plan));
  };
  int64_t most = target.registers >= 32 ? 6 : 4;
  for (int64_t vectors = 1; vectors <= most; ++vectors) {
    add(planLookupConv2D(target, op, bounds, vectors));
    add(planConv2D(target, op, bounds, vectors));
    add(planWinogradConv2D(target, op, bounds, vectors));
  }
}

/// So few outputs leave too much of a vector of bytes empty for lookups
/// (measured on AVX2: docs/Performance.md).
static constexpr int64_t kFewOutputs = 24;

/// Where minimal filtering is one of them or products start as fast as lookups
/// do, by cost; else tables are better than dot products.
static LayerPlans planConvolutions(const VectorTarget &target, Conv2DOp op,
                                   const AccumulatorBounds &bounds,
                                   bool tiles) {
  LayerPlans plans;
  if (auto plan = planLookupConv2D(target, op, bounds))
    plans.push_back(std::move(*plan));
  plans.push_back(planConv2D(target, op, bounds));
  if (op.getPictureType().getDimSize(3) <= kFewOutputs)
    std::swap(plans.front(), plans.back());
  auto winograd = planWinogradConv2D(target, op, bounds);
  bool isVector = geometryOf(op).isVector();
  if (winograd)
    plans.push_back(std::move(*winograd));
  if (winograd || (target.productsPerCycle > 1 && !isVector))
    llvm::stable_sort(plans, [&](const LayerPlan &lhs, const LayerPlan &rhs) {
      return estimateCost(target, op, lhs) < estimateCost(target, op, rhs);
    });
  if (tiles)
    addTiles(target, op, bounds, plans);
  return plans;
}

/// Tables are better than products where thresholds are counted on their bytes
/// and a vector of these is at least half full; sums of 16 bits become floats
/// in fewer instructions (measured: docs/Performance.md).
static bool prefersTables(const VectorTarget &target, DepthwiseConv2DOp op) {
  bool isHalfFull = op.getInput().getType().getDimSize(3) > 2 * target.lanes;
  return isHalfFull &&
         !PackedEpilogue::isFor(target, cast<LayerOpInterface>(*op));
}

/// The kernels on stacked rows. Where rows are skipped, four of them serve one
/// output row only, and stacking them takes longer than it saves of few taps
/// (measured: docs/Performance.md).
static LayerPlans planStacked(const VectorTarget &target, DepthwiseConv2DOp op,
                              const AccumulatorBounds &bounds) {
  constexpr int64_t kFewRows = 3;
  LayerPlans plans;
  if (auto plan = planQuadDepthwise(target, op, bounds))
    plans.push_back(std::move(*plan));
  if (auto plan = planStackedDepthwise(target, op, bounds))
    plans.push_back(std::move(*plan));
  if (plans.size() == 2 && op.getStride() > 1 && op.getKernel()[0] <= kFewRows)
    std::swap(plans.front(), plans.back());
  return plans;
}

/// The width from which on planes fill their vectors well enough.
static constexpr int64_t kLargeWidth = 32;

/// Planes cost less where they are large and codes of two bits leave them four
/// to a byte, if taps are many or other kernels leave lanes empty (measured:
/// docs/Performance.md).
static bool prefersPlanes(const VectorTarget &target, DepthwiseConv2DOp op) {
  constexpr int64_t kFewThresholds = 3, kFewTaps = 3;
  if (op.getKernel()[1] <= kFewTaps &&
      op.getInput().getType().getDimSize(3) > target.lanes)
    return false;
  auto thresholds =
      dyn_cast_or_null<ThresholdsAttr>(op->getAttr("requantization"));
  return thresholds && op.getStride() == 1 &&
         thresholds.getValues().getType().getShape()[1] <= kFewThresholds &&
         op.getResult().getType().getDimSize(2) > kLargeWidth;
}

static LayerPlans planDepthwises(const VectorTarget &target,
                                 DepthwiseConv2DOp op,
                                 const AccumulatorBounds &bounds) {
  LayerPlans plans = planStacked(target, op, bounds);
  if (auto plan = planLookupDepthwise(target, op, bounds))
    plans.insert(prefersTables(target, op) ? plans.begin() : plans.end(),
                 std::move(*plan));
  if (auto plan = planPlaneDepthwise(target, op, bounds))
    plans.insert(prefersPlanes(target, op) ? plans.begin() : plans.end(),
                 std::move(*plan));
  plans.push_back(planDepthwise(target, op, bounds));
  return plans;
}

FailureOr<LayerPlans> VectorTarget::candidates(LayerOpInterface layer,
                                               bool tiles) const {
  using Result = FailureOr<LayerPlans>;
  auto only = [](LayerPlan plan) -> Result {
    return LayerPlans{std::move(plan)};
  };
  return llvm::TypeSwitch<Operation *, Result>(layer)
      .Case([&](Conv2DOp op) -> Result {
        ArrayRef<int64_t> kernel = op.getKernel();
        FailureOr<AccumulatorBounds> bounds = proveAccumulators(op);
        if (failed(verifyTaps(op, kernel[0], kernel[1], op.getStride())) ||
            failed(bounds))
          return failure();
        return planConvolutions(*this, op, *bounds, tiles);
      })
      .Case([&](DepthwiseConv2DOp op) -> Result {
        ArrayRef<int64_t> kernel = op.getKernel();
        FailureOr<AccumulatorBounds> bounds = proveAccumulators(op);
        if (failed(verifyTaps(op, kernel[0], kernel[1], op.getStride())) ||
            failed(bounds))
          return failure();
        return planDepthwises(*this, op, *bounds);
      })
      .Case([&](FloatConv2DOp op) -> Result {
        ArrayRef<int64_t> shape = op.getWeights().getType().getShape();
        if (failed(verifyTaps(op, shape[1], shape[2], op.getStride())))
          return failure();
        return only(planFloatConv2D(*this, op));
      })
      .Case([&](ElementwiseOp op) { return only(planElementwise(*this, op)); })
      .Case([&](PoolOp op) { return only(planPool(*this, op)); })
      .Case([&](LinearOp op) { return only(planLinear(*this, op)); })
      .Case([&](MaxPoolOp op) -> Result {
        if (failed(
                verifyTaps(op, op.getKernel(), op.getKernel(), op.getStride())))
          return failure();
        return only(planMaxPool(*this, op));
      })
      .Case([&](MapOp op) { return only(planMap(*this, op)); })
      .Case([&](TableOp op) { return only(planTable(*this, op)); })
      .Default([&](Operation *op) -> Result {
        return op->emitOpError()
               << "target '" << name << "' has no kernel for this layer";
      });
}

std::optional<LayerPair> VectorTarget::planPlanes(LayerOpInterface producer,
                                                  LayerOpInterface consumer,
                                                  const LayerPair &plans,
                                                  bool always) const {
  auto conv = dyn_cast<Conv2DOp>(*producer);
  auto depthwise = dyn_cast<DepthwiseConv2DOp>(*consumer);
  if (!conv || !depthwise)
    return std::nullopt;
  // Of smaller ones, rows of pixels are as fast to make and faster to read
  // (measured: docs/Performance.md).
  if (!always && depthwise.getInput().getType().getDimSize(2) < kLargeWidth)
    return std::nullopt;
  auto own = planPlaneDepthwise(*this, depthwise, *plans.consumer.accumulators,
                                /*ofPlanes=*/true);
  if (!own)
    return std::nullopt;
  auto before = planPlaneConv2D(*this, conv, *plans.producer.accumulators,
                                own->inputPlanes->padRows);
  if (!before)
    return std::nullopt;
  return LayerPair{std::move(*before), std::move(*own)};
}

void VectorTarget::emit(LayerOpInterface layer, const LayerPlan &plan,
                        KernelFrame &frame) const {
  EmitContext context{*this, plan, frame};
  llvm::TypeSwitch<Operation *>(layer)
      .Case([&](Conv2DOp op) {
        if (plan.resultPlanes)
          return emitPlaneConv2D(context, op);
        if (plan.panel->winograd)
          return emitWinogradConv2D(context, op);
        plan.panel->fieldBits != 0 ? emitLookupConv2D(context, op)
                                   : emitConv2D(context, op);
      })
      .Case([&](DepthwiseConv2DOp op) {
        if (plan.panel->fieldBits != 0)
          return emitLookupDepthwise(context, op);
        if (!plan.panel->groupsTaps)
          return plan.panel->elementBytes == 1 ? emitPlaneDepthwise(context, op)
                                               : emitDepthwise(context, op);
        plan.panel->group == 4 ? emitQuadDepthwise(context, op)
                               : emitStackedDepthwise(context, op);
      })
      .Case([&](FloatConv2DOp op) { emitFloatConv2D(context, op); })
      .Case([&](ElementwiseOp op) { emitElementwise(context, op); })
      .Case([&](PoolOp op) { emitPool(context, op); })
      .Case([&](LinearOp op) { emitLinear(context, op); })
      .Case([&](MaxPoolOp op) { emitMaxPool(context, op); })
      .Case([&](MapOp op) { emitMap(context, op); })
      .Case([&](TableOp op) { emitTable(context, op); });
}

/// Of the two units that start 512-bit instructions on Intel's CPUs, one does
/// all permutations and the other one additions that saturate, so that neither
/// takes the other's place.
Value VectorTarget::addLookup(KernelBuilder &builder, Value sum, Value entries,
                              Value indices) const {
  Value entry = lookUp(builder, entries, indices);
  if (addsSaturate())
    return builder.create<LLVM::UAddSat>(sum.getType(), sum, entry);
  return builder.create<arith::AddIOp>(sum, entry);
}

//===----------------------------------------------------------------------===//
// The dot product of plain integer vectors: one code times one weight
//===----------------------------------------------------------------------===//

Value DotProduct::loadCodes(KernelBuilder &builder, Value pointer) const {
  Value code = builder.create<arith::ExtUIOp>(
      builder.getI32Type(), builder.load(builder.getI8Type(), pointer));
  return builder.splat(code, lanes);
}

Value DotProduct::loadWeights(KernelBuilder &builder, Value pointer) const {
  Value weights =
      builder.load(builder.vectorOf(builder.getI16Type(), lanes), pointer);
  return builder.create<arith::ExtSIOp>(
      builder.vectorOf(builder.getI32Type(), lanes), weights);
}

VectorType DotProduct::getSumType(KernelBuilder &builder) const {
  return builder.vectorOf(builder.getI32Type(), lanes);
}

Value DotProduct::add(KernelBuilder &builder, Value sum, Value codes,
                      Value weights) const {
  return builder.create<arith::AddIOp>(
      sum, builder.create<arith::MulIOp>(codes, weights));
}
