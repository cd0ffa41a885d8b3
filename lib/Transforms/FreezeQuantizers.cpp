//===- FreezeQuantizers.cpp - Learned quantizers to integer codes ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Takes the parameter values of a fixed network as final: weights become
// constants, those of quantized layers their codes (N3); activation quantizers
// get `!quant.uniform` types; convolutions of codes yield i32 accumulators.
//
// Before:
//   %q  = oqat.fake_quantize %x step @b.input_step bits 4 :
//   tensor<1x8x8x16xf32> %w  = oqat.weight @b.weight : tensor<64x1x1x16xf32>
//   %wq = oqat.fake_quantize %w step @b.weight_step bits 4 signed : ...
//   %y  = oqat.conv2d %q, %wq stride 1 : ...
// After:
//   %q  = oqat.quantize %x step 0.25 name "b.input" : ... ->
//   tensor<1x8x8x16x!quant.uniform<u8<0:15>:f32, 0.25>> %w  =
//   oqat.constant_codes dense<...> step 0.5 layer "b" : ... %a  = oqat.conv2d
//   %q, %w stride 1 : ... -> tensor<1x8x8x64xi32> %y  = oqat.dequantize %a
//   input_step 0.25 weight_step 0.5 : ...
//
// Who reads a quantized value as a float gets an `oqat.decode` of its codes;
// additions onto a stream become `oqat.residual_add`.
//
// Needs a materialized network whose parameters have values. Parameters that
// stay (batch norm, squeeze-excite, biases) are cut to their active extents
// under the same name; all others go, and so does the space.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Interpreter/Parameters.h"
#include "oqat/Numerics/Bounds.h"
#include "oqat/Numerics/Shape.h"
#include "oqat/Transforms/Passes.h"

#include "mlir/Dialect/Quant/QuantOps.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_FREEZEQUANTIZERS
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {

class Freezer {
public:
  Freezer(SupernetOp network, SymbolTableCollection &symbols)
      : network(network), symbols(symbols), rewriter(network.getContext()) {}

  LogicalResult run();

private:
  LogicalResult checkFixed();
  void removeIdentities();
  LogicalResult freezeActivations();
  void freezePools(Value floats, Value codes, FloatAttr step);
  void decodeActivations();
  FailureOr<Value> freezeInput(FakeQuantizeOp op);
  FailureOr<Value> freezeAdd(AddOp op, Value codes);
  FailureOr<Value> freezeWeight(FakeQuantizeOp op);
  /// Codes and steps of a layer with both operands fake-quantized.
  struct Operands {
    Value input, weight;
    Attribute inputStep, weightStep;
  };
  FailureOr<Operands> freezeOperands(Operation *op);
  LogicalResult freezeQuantized(Conv2DOp op);
  LogicalResult freezeQuantized(LinearOp op);
  LogicalResult freezeFloat(WeightOp op);
  LogicalResult keepActive();
  LogicalResult keepMatrix(Operation *op, FlatSymbolRefAttr name, int64_t rows,
                           int64_t columns);
  LogicalResult keepVector(Operation *op, FlatSymbolRefAttr name,
                           int64_t count);
  LogicalResult keep(Operation *op, FlatSymbolRefAttr name,
                     ArrayRef<int64_t> shape, ArrayRef<float> values);

  SupernetOp network;
  SymbolTableCollection &symbols;
  IRRewriter rewriter;
  /// The codes of every quantizer and of every addition onto a stream.
  DenseMap<Operation *, Value> frozen;
  SmallVector<Operation *> streams;
  llvm::StringMap<unsigned> additions, quantizations;
  llvm::StringMap<DenseElementsAttr> kept;
};

struct FreezeQuantizers
    : mlir::oqat::impl::FreezeQuantizersBase<FreezeQuantizers> {
  void runOnOperation() override;
};

} // namespace

/// The type of a quantizer's codes; steps per channel are those of `axis`.
static Type codesType(MLIRContext *context, const numerics::Quantizer &q,
                      int64_t axis) {
  unsigned flags = q.range.lo < 0 ? quant::QuantizationFlags::Signed : 0;
  Type storage = IntegerType::get(context, 8);
  Type expressed = Float32Type::get(context);
  if (q.steps.size() == 1)
    return quant::UniformQuantizedType::get(flags, storage, expressed,
                                            q.steps.front(), q.zeroPoint,
                                            q.range.lo, q.range.hi);
  SmallVector<double> scales(q.steps.begin(), q.steps.end());
  SmallVector<int64_t> zeroPoints(q.steps.size(), q.zeroPoint);
  return quant::UniformQuantizedPerAxisType::get(
      flags, storage, expressed, scales, zeroPoints, static_cast<int32_t>(axis),
      q.range.lo, q.range.hi);
}

LogicalResult Freezer::checkFixed() {
  WalkResult result = network.walk([&](Operation *op) -> WalkResult {
    if (!isa_and_nonnull<OqatDialect>(op->getDialect()))
      return op->emitOpError("has no place in a fixed network");
    if (isa<StageOp>(op))
      return op->emitOpError("expected a fixed network; run "
                             "--oqat-materialize-subnet");
    for (Type type : op->getResultTypes())
      if (!cast<ShapedType>(type).hasStaticShape())
        return op->emitOpError("expected a fixed network, but the type ")
               << type << " is open; run --oqat-materialize-subnet";
    if (isa_and_nonnull<FlatSymbolRefAttr>(op->getAttr("bits")))
      return op->emitOpError("expected fixed bits; run "
                             "--oqat-materialize-subnet");
    if (auto gate = dyn_cast<SqueezeExciteOp>(op); gate && gate.getBits())
      return op->emitOpError("expected to be in float or written as the "
                             "operations it consists of; run "
                             "--oqat-materialize-subnet");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<Value> Freezer::freezeInput(FakeQuantizeOp op) {
  auto floatType = cast<RankedTensorType>(op.getType());
  int64_t last = floatType.getRank() - 1;
  auto quantizer =
      resolveQuantizer(op, *op.getFixedBits(),
                       op.getAxis() ? floatType.getDimSize(last) : 1, symbols);
  if (failed(quantizer))
    return failure();
  if (quantizer->zeroPoint != 0 || op.getAxis())
    for (Operation *user : op->getUsers())
      if (!isa<Conv2DOp, LinearOp>(user))
        return op.emitOpError("expected only convolutions to read codes with "
                              "a zero point or a step per channel, but '")
               << user->getName() << "' does";
  auto type = floatType.clone(codesType(op.getContext(), *quantizer, last));
  // A stream may be quantized again on its way, with the same step.
  std::string name = op.getTensorName().str();
  if (unsigned before = quantizations[name]++)
    name += ".codes." + std::to_string(before);
  rewriter.setInsertionPoint(op);
  Value result = rewriter.create<QuantizeOp>(
      op.getLoc(), type, op.getInput(),
      getStepAttr(op.getContext(), quantizer->steps),
      rewriter.getStringAttr(name));
  return result;
}

FailureOr<Value> Freezer::freezeWeight(FakeQuantizeOp op) {
  auto weight = op.getInput().getDefiningOp<WeightOp>();
  if (!weight)
    return op.emitOpError("expected to quantize an 'oqat.weight' here");
  if (Value done = frozen.lookup(op))
    return done;
  auto floatType = cast<RankedTensorType>(op.getType());
  int64_t outputs = floatType.getDimSize(0);
  auto quantizer = resolveQuantizer(op, *op.getFixedBits(), outputs, symbols);
  FailureOr<ActiveWeight> active = activeWeight(weight, symbols);
  if (failed(quantizer) || failed(active) ||
      failed(normalizeForQuantizer(op, active->values)))
    return failure();
  if (quantizer->range.hi > INT8_MAX)
    return op.emitOpError("expected signed weight codes of at most 8 bits");
  std::vector<int16_t> wide = numerics::quantizeAll(
      *quantizer, active->values, active->values.size() / outputs);
  SmallVector<int8_t> codes(wide.begin(), wide.end());
  auto codesAttr = DenseElementsAttr::get(floatType.clone(rewriter.getI8Type()),
                                          ArrayRef<int8_t>(codes));
  rewriter.setInsertionPoint(op);
  Value result = rewriter.create<ConstantCodesOp>(
      op.getLoc(),
      floatType.clone(codesType(op.getContext(), *quantizer, /*axis=*/0)),
      codesAttr, getStepAttr(op.getContext(), quantizer->steps),
      quantizer->oddLevels,
      rewriter.getStringAttr(layerOf(weight.getParameter())));
  frozen[op] = result;
  return result;
}

/// An addition onto codes; `codes` are those of its second operand.
FailureOr<Value> Freezer::freezeAdd(AddOp op, Value codes) {
  if (!codes)
    return op.emitOpError("expected a stream of codes to add to");
  // Additions of one run are numbered from its head.
  std::string name =
      (op.getStreamName() + "." + Twine(++additions[*op.getStep()])).str();
  FailureOr<float> step = scalarStepValue(op, op.getStepAttr(), symbols);
  if (failed(step))
    return failure();
  rewriter.setInsertionPoint(op);
  Value result = rewriter.create<ResidualAddOp>(
      op.getLoc(), codes.getType(), op.getLhs(), codes,
      rewriter.getF32FloatAttr(*step), rewriter.getStringAttr(name));
  return result;
}

/// Quantizers of activations and additions onto streams, in program order.
LogicalResult Freezer::freezeActivations() {
  SmallVector<Operation *> sources;
  for (Operation &op : network.getBody().front()) {
    auto quantizer = dyn_cast<FakeQuantizeOp>(op);
    if (quantizer && !quantizer.getInput().getDefiningOp<WeightOp>())
      sources.push_back(&op);
    if (auto add = dyn_cast<AddOp>(op); add && add.isStream())
      sources.push_back(&op);
  }
  for (Operation *op : sources) {
    FailureOr<Value> codes = failure();
    if (auto quantizer = dyn_cast<FakeQuantizeOp>(op))
      codes = freezeInput(quantizer);
    else
      codes = freezeAdd(cast<AddOp>(op),
                        frozen.lookup(op->getOperand(1).getDefiningOp()));
    if (failed(codes))
      return failure();
    frozen[op] = *codes;
    streams.push_back(op);
  }
  return success();
}

/// Pools take codes (N4).
void Freezer::freezePools(Value floats, Value codes, FloatAttr step) {
  for (Operation *user : llvm::make_early_inc_range(floats.getUsers()))
    if (auto pool = dyn_cast<PoolOp>(user)) {
      rewriter.setInsertionPoint(pool);
      rewriter.replaceOpWithNewOp<PoolOp>(pool, pool.getResult().getType(),
                                          codes, step, pool.getLayerAttr(),
                                          IntegerAttr());
    }
}

/// What is left of them: those who read floats get what the codes stand for.
/// From the last one back, so that every addition onto a stream is gone before
/// the stream is.
void Freezer::decodeActivations() {
  for (Operation *op : llvm::reverse(streams)) {
    Value codes = frozen.lookup(op);
    if (!op->use_empty()) {
      auto add = codes.getDefiningOp<ResidualAddOp>();
      // Codes per channel or around a zero point have no such reader.
      FloatAttr step =
          add ? add.getStepAttr()
              : cast<FloatAttr>(codes.getDefiningOp<QuantizeOp>().getStep());
      freezePools(op->getResult(0), codes, step);
      rewriter.setInsertionPointAfterValue(codes);
      if (!op->use_empty()) {
        Value floats = rewriter.create<DecodeOp>(
            op->getLoc(), op->getResult(0).getType(), codes, step);
        rewriter.replaceAllUsesWith(op->getResult(0), floats);
      }
    }
    frozen.erase(op);
    rewriter.eraseOp(op);
    if (codes.use_empty())
      rewriter.eraseOp(codes.getDefiningOp());
  }
}

FailureOr<Freezer::Operands> Freezer::freezeOperands(Operation *op) {
  auto weight = op->getOperand(1).getDefiningOp<FakeQuantizeOp>();
  Value x = frozen.lookup(op->getOperand(0).getDefiningOp());
  if (!x || !weight)
    return op->emitOpError("expected both operands to be fake-quantized");
  auto input = x.getDefiningOp<QuantizeOp>();
  if (!input)
    return op->emitOpError("expected its input to be a quantized activation");
  FailureOr<Value> w = freezeWeight(weight);
  if (failed(w))
    return failure();
  rewriter.setInsertionPoint(op);
  return Operands{x, *w, input.getStepAttr(),
                  w->getDefiningOp<ConstantCodesOp>().getStepAttr()};
}

LogicalResult Freezer::freezeQuantized(Conv2DOp op) {
  FailureOr<Operands> operands = freezeOperands(op);
  if (failed(operands))
    return failure();
  auto conv = rewriter.create<Conv2DOp>(
      op.getLoc(), op.getResultType().clone(rewriter.getI32Type()),
      operands->input, operands->weight, op.getStride(), op.getDepthwise());
  rewriter.replaceOpWithNewOp<DequantizeOp>(
      op, op.getResultType(), conv, operands->inputStep, operands->weightStep);
  return success();
}

LogicalResult Freezer::freezeQuantized(LinearOp op) {
  FailureOr<Operands> operands = freezeOperands(op);
  if (failed(operands))
    return failure();
  auto product = rewriter.create<LinearOp>(
      op.getLoc(), op.getResultType().clone(rewriter.getI32Type()),
      operands->input, operands->weight, FlatSymbolRefAttr());
  Value result =
      rewriter.create<DequantizeOp>(op.getLoc(), op.getResultType(), product,
                                    operands->inputStep, operands->weightStep);
  if (FlatSymbolRefAttr bias = op.getBiasAttr())
    result =
        rewriter.create<BiasOp>(op.getLoc(), op.getResultType(), result, bias);
  rewriter.replaceOp(op, result);
  return success();
}

LogicalResult Freezer::freezeFloat(WeightOp op) {
  FailureOr<ActiveWeight> active = activeWeight(op, symbols);
  if (failed(active))
    return failure();
  rewriter.setInsertionPoint(op);
  auto value = DenseElementsAttr::get(cast<RankedTensorType>(op.getType()),
                                      ArrayRef<float>(active->values));
  rewriter.replaceOpWithNewOp<ConstantWeightOp>(
      op, op.getType(), value,
      rewriter.getStringAttr(layerOf(op.getParameter())));
  return success();
}

//===----------------------------------------------------------------------===//
// Parameters that stay
//===----------------------------------------------------------------------===//

LogicalResult Freezer::keep(Operation *op, FlatSymbolRefAttr name,
                            ArrayRef<int64_t> shape, ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, rewriter.getF32Type());
  auto attr = DenseElementsAttr::get(type, values);
  auto [it, isNew] = kept.try_emplace(name.getValue(), attr);
  if (isNew || it->second == attr)
    return success();
  return op->emitOpError("uses parameter '")
         << name.getValue() << "' at another extent than an operation before";
}

LogicalResult Freezer::keepMatrix(Operation *op, FlatSymbolRefAttr name,
                                  int64_t rows, int64_t columns) {
  FailureOr<std::vector<float>> values =
      activeMatrix(op, name, rows, columns, symbols);
  if (failed(values))
    return failure();
  FailureOr<ParameterOp> parameter = lookupParameter(op, name, symbols);
  SmallVector<int64_t> shape(parameter->getTensorType().getShape());
  shape.front() = rows;
  shape.back() = columns;
  return keep(op, name, shape, *values);
}

LogicalResult Freezer::keepVector(Operation *op, FlatSymbolRefAttr name,
                                  int64_t count) {
  FailureOr<std::vector<float>> values = activeVector(op, name, count, symbols);
  return failed(values) ? failure() : keep(op, name, count, *values);
}

LogicalResult Freezer::keepActive() {
  WalkResult result = network.walk([&](Operation *op) -> WalkResult {
    if (auto norm = dyn_cast<BatchNormOp>(op)) {
      int64_t channels = cast<ShapedType>(norm.getType()).getShape().back();
      for (auto name : {norm.getGammaAttr(), norm.getBetaAttr(),
                        norm.getMeanAttr(), norm.getVarianceAttr()})
        if (failed(keepVector(op, name, channels)))
          return failure();
    }
    if (auto gate = dyn_cast<SqueezeExciteOp>(op)) {
      int64_t channels = gate.getTensorType().getShape().back();
      int64_t squeezed = numerics::squeezeWidth(channels);
      if (failed(
              keepMatrix(op, gate.getReduceWeightAttr(), squeezed, channels)) ||
          failed(keepVector(op, gate.getReduceBiasAttr(), squeezed)) ||
          failed(
              keepMatrix(op, gate.getExpandWeightAttr(), channels, squeezed)) ||
          failed(keepVector(op, gate.getExpandBiasAttr(), channels)))
        return failure();
    }
    if (auto bias = dyn_cast<BiasOp>(op))
      return keepVector(op, bias.getParameterAttr(),
                        cast<ShapedType>(bias.getType()).getShape().back());
    if (auto linear = dyn_cast<LinearOp>(op); linear && linear.getBias())
      return keepVector(op, linear.getBiasAttr(),
                        linear.getResultType().getShape().back());
    return success();
  });
  if (result.wasInterrupted())
    return failure();
  auto module = network->getParentOfType<ModuleOp>();
  for (auto parameter :
       llvm::make_early_inc_range(module.getOps<ParameterOp>())) {
    auto it = kept.find(parameter.getSymName());
    if (it == kept.end()) {
      rewriter.eraseOp(parameter);
      continue;
    }
    parameter.setType(cast<RankedTensorType>(it->second.getType()));
    parameter.setValueAttr(it->second);
  }
  return success();
}

/// Quantizers of 32 bits: a hand-written network may still have them.
void Freezer::removeIdentities() {
  for (auto op : llvm::make_early_inc_range(network.getOps<FakeQuantizeOp>()))
    if (op.getFixedBits() == FakeQuantizeOp::kFloatBits)
      rewriter.replaceOp(op, op.getInput());
}

LogicalResult Freezer::run() {
  if (failed(checkFixed()))
    return failure();
  removeIdentities();
  if (failed(freezeActivations()))
    return failure();
  SmallVector<Conv2DOp> convolutions(network.getOps<Conv2DOp>());
  for (Conv2DOp op : convolutions)
    if (op.isQuantized() && failed(freezeQuantized(op)))
      return failure();
  SmallVector<LinearOp> linears(network.getOps<LinearOp>());
  for (LinearOp op : linears)
    if (op.isQuantized() && failed(freezeQuantized(op)))
      return failure();
  decodeActivations();
  for (auto op : llvm::make_early_inc_range(network.getOps<FakeQuantizeOp>())) {
    if (op.use_empty())
      rewriter.eraseOp(op);
    else
      return op.emitOpError("expected both operands of the convolution to be "
                            "fake-quantized");
  }
  for (auto op : llvm::make_early_inc_range(network.getOps<WeightOp>())) {
    if (op.use_empty())
      rewriter.eraseOp(op);
    else if (failed(freezeFloat(op)))
      return failure();
  }
  return keepActive();
}

void FreezeQuantizers::runOnOperation() {
  SymbolTableCollection symbols;
  SmallVector<SupernetOp> networks(getOperation().getOps<SupernetOp>());
  if (networks.size() != 1) {
    emitError(getOperation().getLoc(), "expected one network, but got ")
        << networks.size();
    return signalPassFailure();
  }
  if (failed(Freezer(networks.front(), symbols).run()))
    return signalPassFailure();
  for (auto space :
       llvm::make_early_inc_range(getOperation().getOps<SpaceOp>()))
    space.erase();
}
