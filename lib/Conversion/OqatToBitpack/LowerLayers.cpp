//===- LowerLayers.cpp - One network, layer by layer ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerLayers.h"
#include "oqat/Analysis/IntegerForm.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;

LayerLowering::LayerLowering(SupernetOp source, bitpack::NetworkOp target)
    : source(source), target(target),
      builder(OpBuilder::atBlockBegin(&target.getBody().front())) {
  values.map(source.getBody().getArgument(0), target.getBody().getArgument(0));
}

LogicalResult LayerLowering::run() {
  for (Operation &op : source.getBody().front())
    if (!covered.contains(&op) && failed(lower(&op)))
      return failure();
  return success();
}

LogicalResult LayerLowering::lower(Operation *op) {
  using Result = LogicalResult;
  if (failed(verifyConstantWeights(op)))
    return failure();
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<ConstantWeightOp, ConstantCodesOp>(
          [](Operation *) { return success(); }) // part of their convolution
      .Case([&](NormalizeOp normalize) -> Result {
        for (Operation *user : normalize.getResult().getUsers())
          if (!isa<Conv2DOp, QuantizeOp>(user))
            return user->emitOpError("only a convolution or a quantizer can "
                                     "take the normalized picture");
        return success();
      })
      .Case([&](Conv2DOp conv) { return lowerConv(conv); })
      .Case([&](PoolOp pool) { return lowerPool(pool); })
      .Case([&](MaxPoolOp pool) { return lowerMaxPool(pool); })
      .Case([&](LinearOp linear) { return lowerLinear(linear); })
      .Case([&](SqueezeExciteOp se) { return lowerSqueezeExcite(se); })
      .Case([&](DecodeOp decode) { return lowerDecode(decode); })
      .Case<RescaleOp, ActivationOp, ScaleOp, AddOp, ResidualAddOp, QuantizeOp>(
          [&](Operation *pointwise) { return lowerPointwise(pointwise); })
      .Case([&](ReturnOp end) -> Result {
        builder.create<bitpack::ReturnOp>(end.getLoc(),
                                          values.lookup(end.getLogits()));
        return success();
      })
      .Default([](Operation *other) {
        return other->emitOpError(
            "has no packed form: an integer network is expected");
      });
}

std::string LayerLowering::unique(StringRef name) {
  unsigned count = names[name]++;
  return count == 0 ? name.str() : (name + "." + Twine(count)).str();
}

DenseElementsAttr LayerLowering::parameter(Operation *op,
                                           FlatSymbolRefAttr symbol) {
  auto parameterOp = symbols.lookupNearestSymbolFrom<ParameterOp>(op, symbol);
  auto value = parameterOp
                   ? dyn_cast_or_null<DenseElementsAttr>(
                         parameterOp.getValue().value_or(ElementsAttr()))
                   : DenseElementsAttr();
  if (!value)
    op->emitOpError() << "parameter '" << symbol.getValue() << "' has no value";
  return value;
}

DenseElementsAttr LayerLowering::floatsAttr(ArrayRef<float> floats) {
  auto type = RankedTensorType::get({static_cast<int64_t>(floats.size())},
                                    builder.getF32Type());
  return DenseElementsAttr::get(type, floats);
}

void LayerLowering::finish(const FusedEpilogue &epilogue, Value result) {
  values.map(epilogue.last, result);
}

//===----------------------------------------------------------------------===//
// Everything else
//===----------------------------------------------------------------------===//

LogicalResult LayerLowering::lowerPool(PoolOp op) {
  if (!op.getFractionAttr() && !op.getStepAttr())
    return op.emitOpError("expected 'fraction', as the value bounds give it");
  Value input = values.lookup(op.getInput());
  auto pool = builder.create<bitpack::PoolOp>(
      op.getLoc(), op.getResult().getType(),
      builder.getStringAttr(unique(op.getLayer().value_or("pool"))), input,
      op.getStepAttr(), IntegerAttr(),
      op.getStepAttr() ? IntegerAttr() : op.getFractionAttr());
  if (op.getStepAttr()) {
    auto codes = storedCodes(getElementTypeOrSelf(op.getInput()));
    if (!codes)
      return op.emitOpError("expected codes of 1 to 8 bits with one zero "
                            "point, but got ")
             << op.getInput().getType();
    if (codes->zeroPoint != 0)
      pool.setInputZeroPoint(codes->zeroPoint);
  }
  values.map(op.getResult(), pool.getResult());
  return success();
}

/// A pool of codes stands for its quantizer, too (quantizeBeforePool()).
LogicalResult LayerLowering::lowerMaxPool(MaxPoolOp op) {
  Value input = values.lookup(op.getInput());
  auto element = cast<RankedTensorType>(input.getType()).getElementType();
  Value result = op.getResult();
  StringRef name = "max_pool";
  if (isa<bitpack::CodesType>(element)) {
    QuantizeOp quantize = getOnlyQuantizer(op);
    covered.insert(quantize);
    result = quantize.getResult();
    name = quantize.getTensorName();
  }
  auto type = cast<RankedTensorType>(op.getResult().getType()).clone(element);
  auto pool = builder.create<bitpack::MaxPoolOp>(
      op.getLoc(), type, unique(name), input, op.getKernel(), op.getStride());
  values.map(result, pool.getResult());
  return success();
}

Value LayerLowering::createLinear(Location loc, StringRef layer, Value input,
                                  DenseElementsAttr weight,
                                  DenseElementsAttr bias,
                                  FusedEpilogue epilogue) {
  epilogue.bias = bias;
  // 1x1 convolutions hold OHWI weights.
  int64_t outputs = weight.getType().getShape()[0];
  auto matrix = RankedTensorType::get(
      {outputs, weight.getNumElements() / outputs}, builder.getF32Type());
  return create<bitpack::LinearOp>(
      loc, unique(layer), input, epilogue, [&](bitpack::LinearOp linear) {
        linear.setWeightsAttr(weight.reshape(matrix));
      });
}

LogicalResult LayerLowering::lowerLinear(LinearOp op) {
  if (op.isQuantized()) {
    FusedEpilogue epilogue;
    epilogue.resultType = op.getResultType();
    epilogue.extend(op.getResult(), values, covered);
    return lowerProduct(op, epilogue, /*kernel=*/1, /*stride=*/1,
                        /*depthwise=*/false);
  }
  auto weights = op.getWeight().getDefiningOp<ConstantWeightOp>();
  if (!weights || !op.getBias())
    return op.emitOpError("expected constant float weights and a bias");
  auto weight = cast<DenseElementsAttr>(weights.getValue());
  DenseElementsAttr bias = parameter(op, op.getBiasAttr());
  if (!bias)
    return failure();
  FusedEpilogue epilogue;
  epilogue.last = op.getResult();
  epilogue.resultType = cast<RankedTensorType>(op.getResult().getType());
  finish(epilogue,
         createLinear(op.getLoc(), op.getLayerName(),
                      values.lookup(op.getInput()), weight, bias, epilogue));
  return success();
}

LogicalResult LayerLowering::lowerSqueezeExcite(SqueezeExciteOp op) {
  DenseElementsAttr parameters[] = {parameter(op, op.getReduceWeightAttr()),
                                    parameter(op, op.getReduceBiasAttr()),
                                    parameter(op, op.getExpandWeightAttr()),
                                    parameter(op, op.getExpandBiasAttr())};
  if (llvm::is_contained(parameters, DenseElementsAttr()))
    return failure();
  if (!op.getFractionAttr())
    return op.emitOpError("expected 'fraction', as the value bounds give it");
  std::string layer = op.getLayerName().str();
  Value input = values.lookup(op.getInput());
  auto vectorOf = [&](int64_t channels) {
    return RankedTensorType::get({1, 1, 1, channels}, builder.getF32Type());
  };
  auto activation = [&](bitpack::ActivationKind kind) {
    return bitpack::ActivationKindAttr::get(op.getContext(), kind);
  };
  Value pooled = builder.create<bitpack::PoolOp>(
      op.getLoc(), vectorOf(op.getTensorType().getDimSize(3)),
      builder.getStringAttr(unique(layer + ".pool")), input, FloatAttr(),
      IntegerAttr(), op.getFractionAttr());
  FusedEpilogue squeeze, excite, scaled;
  squeeze.activation = activation(bitpack::ActivationKind::Relu);
  squeeze.resultType = vectorOf(parameters[1].getNumElements());
  Value squeezed = createLinear(op.getLoc(), layer + ".reduce", pooled,
                                parameters[0], parameters[1], squeeze);
  excite.activation = activation(bitpack::ActivationKind::HSigmoid);
  excite.resultType = vectorOf(parameters[3].getNumElements());
  scaled.gate = createLinear(op.getLoc(), layer + ".expand", squeezed,
                             parameters[2], parameters[3], excite);
  scaled.resultType = op.getTensorType();
  scaled.extend(op.getResult(), values, covered);
  finish(scaled, createElementwise(op.getLoc(), unique(layer), input, scaled));
  return success();
}

Value LayerLowering::createElementwise(Location loc, StringRef layer,
                                       Value input,
                                       const FusedEpilogue &epilogue,
                                       int64_t inputZeroPoint) {
  return create<bitpack::ElementwiseOp>(
      loc, layer, input, epilogue, [&](bitpack::ElementwiseOp op) {
        if (inputZeroPoint != 0)
          op.setInputZeroPoint(inputZeroPoint);
      });
}

/// Whether one step serves all channels.
static bool isPerTensor(QuantizeOp op) {
  return isa<quant::UniformQuantizedType>(getElementTypeOrSelf(op.getResult()));
}

/// The quantizers, of one step each, that are all that reads an activation.
static SmallVector<QuantizeOp> onlyQuantizers(Operation *op) {
  SmallVector<QuantizeOp> readers;
  for (Operation *user : op->getUsers()) {
    auto reader = dyn_cast<QuantizeOp>(user);
    if (!isa<ActivationOp>(op) || !reader || !isPerTensor(reader))
      return {};
    readers.push_back(reader);
  }
  // Uses are listed from the last one on.
  return SmallVector<QuantizeOp>(llvm::reverse(readers));
}

LogicalResult LayerLowering::lowerMaps(ActivationOp op,
                                       ArrayRef<QuantizeOp> readers) {
  // The name that the activation would have had, as other levels count.
  (void)unique(op->getName().stripDialect());
  for (QuantizeOp reader : readers) {
    covered.insert(reader);
    if (failed(lowerMap(reader, op.getInput().getDefiningOp<DecodeOp>(), op)))
      return failure();
  }
  return success();
}

/// An operation that no layer before it could take along.
LogicalResult LayerLowering::lowerPointwise(Operation *op) {
  if (op->getOperand(0).getDefiningOp<NormalizeOp>())
    return lowerTable(cast<QuantizeOp>(op));
  FusedEpilogue epilogue;
  epilogue.last = op->getOperand(0);
  Value input = values.lookupOrNull(op->getOperand(0));
  int64_t zeroPoint = 0;
  if (std::optional<Codes> codes = codesBehind(op->getOpOperand(0))) {
    auto quantize = dyn_cast<QuantizeOp>(op);
    if (quantize && isPerTensor(quantize))
      return lowerMap(quantize, op->getOperand(0).getDefiningOp<DecodeOp>());
    if (auto readers = onlyQuantizers(op); !readers.empty())
      return lowerMaps(cast<ActivationOp>(op), readers);
    input = codes->value;
    epilogue.scale = codes->scale;
    zeroPoint = codes->zeroPoint;
  }
  // The value may also be its own summand.
  IRMapping residuals = values;
  if (auto add = dyn_cast<AddOp>(op); add && add.getLhs() == add.getRhs()) {
    epilogue.residual = input;
    epilogue.last = op->getResult(0);
    epilogue.resultType = cast<RankedTensorType>(epilogue.last.getType());
  } else if (!input || !epilogue.append(op, residuals)) {
    return op->emitOpError("has no packed form: its operands must be floats "
                           "and its codes those of 1 to 8 bits around one zero "
                           "point");
  }
  epilogue.extend(epilogue.last, values, covered);
  std::string layer = unique(op->getName().stripDialect());
  if (epilogue.codeName)
    layer = unique(epilogue.codeName.getValue());
  finish(epilogue,
         createElementwise(op->getLoc(), layer, input, epilogue, zeroPoint));
  return success();
}
