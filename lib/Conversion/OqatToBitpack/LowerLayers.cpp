//===- LowerLayers.cpp - One network, layer by layer ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LowerLayers.h"

#include "oqat/Numerics/Input.h"
#include "oqat/Numerics/Packing.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

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
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<ConstantWeightOp, ConstantCodesOp>(
          [](Operation *) { return success(); }) // part of their convolution
      .Case([&](NormalizeOp normalize) -> Result {
        for (Operation *user : normalize.getResult().getUsers())
          if (!isa<Conv2DOp>(user))
            return user->emitOpError(
                "only a convolution can take the normalized picture");
        return success();
      })
      .Case([&](Conv2DOp conv) { return lowerConv(conv); })
      .Case([&](PoolOp pool) { return lowerPool(pool); })
      .Case([&](LinearOp linear) { return lowerLinear(linear); })
      .Case([&](SqueezeExciteOp se) { return lowerSqueezeExcite(se); })
      .Case<RescaleOp, ActivationOp, ScaleOp, AddOp, QuantizeOp>(
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

void LayerLowering::finish(const FusedEpilogue &epilogue, Value result) {
  values.map(epilogue.last, result);
}

template <typename LayerOp>
LayerOp LayerLowering::create(Location loc, StringRef layer, Value input,
                              const FusedEpilogue &epilogue,
                              llvm::function_ref<void(LayerOp)> setAttributes) {
  OperationState state(loc, LayerOp::getOperationName());
  state.addOperands(input);
  int32_t segments[] = {1, epilogue.gate ? 1 : 0, epilogue.residual ? 1 : 0};
  for (Value operand : {epilogue.gate, epilogue.residual})
    if (operand)
      state.addOperands(operand);
  state.addTypes(epilogue.resultType);
  auto op = cast<LayerOp>(Operation::create(state));
  llvm::copy(segments, op.getProperties().operandSegmentSizes.begin());
  op.setLayer(layer);
  if (epilogue.scale)
    op.setScaleAttr(epilogue.scale);
  if (epilogue.bias)
    op.setBiasAttr(epilogue.bias);
  if (epilogue.activation)
    op.setActivationAttr(epilogue.activation);
  if (epilogue.codeName) {
    op.setCodeNameAttr(epilogue.codeName);
    op.setReciprocalAttr(epilogue.reciprocal);
  }
  setAttributes(op);
  builder.insert(op);
  return op;
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

static DenseIntElementsAttr packWeights(DenseElementsAttr codes, int bits) {
  SmallVector<int8_t> flat(codes.getValues<int8_t>());
  std::vector<uint8_t> bytes =
      numerics::packCodes(flat.data(), static_cast<int64_t>(flat.size()), bits);
  auto type = RankedTensorType::get({static_cast<int64_t>(bytes.size())},
                                    IntegerType::get(codes.getContext(), 8));
  return cast<DenseIntElementsAttr>(
      DenseElementsAttr::get(type, ArrayRef<uint8_t>(bytes)));
}

LogicalResult LayerLowering::lowerConv(Conv2DOp op) {
  FusedEpilogue epilogue;
  epilogue.resultType = op.getResultType();
  epilogue.extend(op.getResult(), values, covered);
  if (!op.isQuantized())
    return lowerFloatConv(op, epilogue);

  auto weights = op.getWeight().getDefiningOp<ConstantCodesOp>();
  if (!weights)
    return op.emitOpError("expected its weights to be constant codes");
  unsigned bits = signedBits(weights.getResult().getType().getElementType());
  if (bits == 0 || unsignedBits(op.getInputType().getElementType()) == 0)
    return op.emitOpError("only unsigned activations and signed weights have "
                          "kernels, but got ")
           << op.getInputType() << " and " << op.getWeightType();
  if (!epilogue.scale)
    return op.emitOpError("expected its accumulator to have one use, a "
                          "'oqat.rescale'");
  ArrayRef<int64_t> shape = op.getWeightType().getShape();
  auto setAttributes = [&](auto conv) {
    conv.setWeightsAttr(
        packWeights(cast<DenseElementsAttr>(weights.getCodes()), bits));
    conv.setWeightBits(bits);
    conv.setKernel({shape[1], shape[2]});
    conv.setStride(op.getStride());
  };
  Value input = values.lookup(op.getInput());
  std::string layer = unique(weights.getLayer());
  Value result;
  if (op.getDepthwise())
    result = create<bitpack::DepthwiseConv2DOp>(op.getLoc(), layer, input,
                                                epilogue, setAttributes);
  else
    result = create<bitpack::Conv2DOp>(op.getLoc(), layer, input, epilogue,
                                       setAttributes);
  finish(epilogue, result);
  return success();
}

static DenseElementsAttr floatsAttr(MLIRContext *context,
                                    ArrayRef<float> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    Float32Type::get(context));
  return DenseElementsAttr::get(type, values);
}

LogicalResult LayerLowering::lowerFloatConv(Conv2DOp op,
                                            const FusedEpilogue &epilogue) {
  auto weights = op.getWeight().getDefiningOp<ConstantWeightOp>();
  if (!weights)
    return op.emitOpError("expected its weights to be constant");
  if (op.getDepthwise())
    return op.emitOpError("a depthwise convolution in full precision has no "
                          "kernel");
  auto normalize = op.getInput().getDefiningOp<NormalizeOp>();
  Value input = values.lookup(normalize ? normalize.getImage() : op.getInput());
  SmallVector<float> scale, bias;
  if (normalize)
    for (auto [mean, deviation] :
         llvm::zip(normalize.getMean(), normalize.getDeviation())) {
      numerics::Rescale colour = numerics::inputRescale(mean, deviation);
      scale.push_back(colour.a);
      bias.push_back(colour.b);
    }
  std::string layer = unique(weights.getLayer().value_or("conv"));
  Value result = create<bitpack::FloatConv2DOp>(
      op.getLoc(), layer, input, epilogue, [&](bitpack::FloatConv2DOp conv) {
        conv.setWeightsAttr(cast<DenseElementsAttr>(weights.getValue()));
        conv.setStride(op.getStride());
        if (normalize) {
          conv.setInputScaleAttr(floatsAttr(op.getContext(), scale));
          conv.setInputBiasAttr(floatsAttr(op.getContext(), bias));
        }
      });
  finish(epilogue, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Everything else
//===----------------------------------------------------------------------===//

LogicalResult LayerLowering::lowerPool(PoolOp op) {
  if (!op.getFractionAttr())
    return op.emitOpError("expected 'fraction', as the value bounds give it");
  auto pool = builder.create<bitpack::PoolOp>(
      op.getLoc(), op.getResult().getType(), unique("pool"),
      values.lookup(op.getInput()), *op.getFraction());
  values.map(op.getResult(), pool.getResult());
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
      unique(layer + ".pool"), input, *op.getFraction());
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
  finish(scaled,
         create<bitpack::ElementwiseOp>(op.getLoc(), unique(layer), input,
                                        scaled, [](bitpack::ElementwiseOp) {}));
  return success();
}

/// An operation that no layer before it could take along.
LogicalResult LayerLowering::lowerPointwise(Operation *op) {
  FusedEpilogue epilogue;
  epilogue.last = op->getOperand(0);
  Value input = values.lookupOrNull(op->getOperand(0));
  // The value may also be its own summand.
  IRMapping residuals = values;
  if (auto add = dyn_cast<AddOp>(op); add && add.getLhs() == add.getRhs()) {
    epilogue.residual = input;
    epilogue.last = op->getResult(0);
    epilogue.resultType = cast<RankedTensorType>(epilogue.last.getType());
  } else if (!input || !epilogue.append(op, residuals)) {
    return op->emitOpError("has no packed form: its operands must be floats "
                           "and its codes unsigned, from 0 to 2^bits - 1");
  }
  epilogue.extend(epilogue.last, values, covered);
  std::string layer = unique(op->getName().stripDialect());
  if (epilogue.codeName)
    layer = unique(epilogue.codeName.getValue());
  finish(epilogue,
         create<bitpack::ElementwiseOp>(op->getLoc(), layer, input, epilogue,
                                        [](bitpack::ElementwiseOp) {}));
  return success();
}
