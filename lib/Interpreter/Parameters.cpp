//===- Parameters.cpp - Values of parameters ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Interpreter/Parameters.h"

#include "dialects/oqat/Oqat.h"
#include "oqat/Numerics/KernelTransform.h"
#include "oqat/Support/Bytes.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

StringRef mlir::oqat::layerOf(StringRef symbol) {
  return symbol.take_front(symbol.rfind('.'));
}

std::vector<float> mlir::oqat::floatsOf(ElementsAttr values) {
  auto dense = cast<DenseElementsAttr>(values);
  if (dense.isSplat())
    return std::vector<float>(dense.getNumElements(),
                              dense.getSplatValue<float>());
  ArrayRef<char> raw = dense.getRawData();
  const float *data = reinterpret_cast<const float *>(raw.data());
  return std::vector<float>(data, data + dense.getNumElements());
}

FailureOr<ParameterOp>
mlir::oqat::lookupParameter(Operation *user, FlatSymbolRefAttr symbol,
                            SymbolTableCollection &symbols) {
  auto parameter =
      symbols.lookupNearestSymbolFrom<ParameterOp>(user, symbol.getAttr());
  if (!parameter)
    return user->emitOpError("refers to unknown parameter '")
           << symbol.getValue() << "'";
  if (!parameter.getValueAttr())
    return user->emitOpError("expected a value for parameter '")
           << symbol.getValue() << "'; run --oqat-load-weights";
  if (!isa<DenseElementsAttr>(parameter.getValueAttr()))
    return user->emitOpError("expected dense values of parameter '")
           << symbol.getValue() << "'";
  return parameter;
}

FailureOr<std::vector<float>>
mlir::oqat::parameterValues(Operation *user, FlatSymbolRefAttr symbol,
                            SymbolTableCollection &symbols) {
  FailureOr<ParameterOp> parameter = lookupParameter(user, symbol, symbols);
  if (failed(parameter))
    return failure();
  return floatsOf(parameter->getValueAttr());
}

/// The values of a parameter for one entry, if it has entries.
static FailureOr<std::vector<float>>
entryValues(FakeQuantizeOp op, FlatSymbolRefAttr symbol, int64_t bits,
            SymbolTableCollection &symbols) {
  FailureOr<ParameterOp> parameter = lookupParameter(op, symbol, symbols);
  if (failed(parameter))
    return failure();
  std::vector<float> all = floatsOf(parameter->getValueAttr());
  RankedTensorType type = parameter->getTensorType();
  std::optional<int64_t> entry = op.getStepEntry(type, bits);
  if (!entry)
    return all;
  auto size = static_cast<int64_t>(all.size()) / type.getDimSize(0);
  auto begin = all.begin() + *entry * size;
  return std::vector<float>(begin, begin + size);
}

/// C1 of N1, naming the layer.
static LogicalResult checkSteps(FakeQuantizeOp op, int64_t bits,
                                ArrayRef<float> parameters,
                                ArrayRef<float> steps) {
  for (auto [c, step] : llvm::enumerate(steps)) {
    bool isValid = numerics::isValidStep(step);
    if (isValid && std::isfinite(numerics::reciprocalStep(step)))
      continue;
    InFlightDiagnostic error = op.emitOpError("expected step '");
    error << op.getStep() << "' of layer '" << layerOf(op.getStep()) << "' ";
    if (op.getEntry() || !op.getFixedBits())
      error << "for " << bits << " bits ";
    if (op.getAxis())
      error << "and channel " << c << " ";
    return error << (isValid ? "to have a finite reciprocal"
                             : "to be finite and not zero")
                 << ", but got " << parameters[c];
  }
  return success();
}

FailureOr<numerics::Quantizer>
mlir::oqat::resolveQuantizer(FakeQuantizeOp op, int64_t bits, int64_t channels,
                             SymbolTableCollection &symbols) {
  auto parameters = entryValues(op, op.getStepAttr(), bits, symbols);
  if (failed(parameters))
    return failure();
  if (op.getAxis()) {
    if (channels > static_cast<int64_t>(parameters->size()))
      return op.emitOpError("needs ")
             << channels << " channels of '" << op.getStep() << "', which has "
             << parameters->size();
    parameters->resize(channels);
  }
  float offset = 0;
  if (auto symbol = op.getScheme().getOffsetParameter()) {
    auto offsets = entryValues(op, symbol, bits, symbols);
    if (failed(offsets))
      return failure();
    offset = offsets->front();
    if (!std::isfinite(offset))
      return op.emitOpError("expected a finite offset '")
             << symbol.getValue() << "' of layer '" << layerOf(op.getStep())
             << "', but got " << offset;
  }
  numerics::Quantizer quantizer =
      numerics::makeQuantizer(op.getSpec(bits), *parameters, offset);
  if (failed(checkSteps(op, bits, *parameters, quantizer.steps)))
    return failure();
  return quantizer;
}

LogicalResult mlir::oqat::normalizeForQuantizer(FakeQuantizeOp op,
                                                std::vector<float> &values) {
  if (!op.getScheme().normalizesWeights() || numerics::normalizeWeights(values))
    return success();
  return op.emitOpError("expected weights of layer '")
         << layerOf(op.getStep())
         << "' with a finite deviation that is not zero, to normalize them";
}

FailureOr<float> mlir::oqat::scalarStepValue(Operation *user,
                                             FlatSymbolRefAttr symbol,
                                             SymbolTableCollection &symbols) {
  FailureOr<std::vector<float>> values = parameterValues(user, symbol, symbols);
  if (failed(values))
    return failure();
  float step = values->front();
  if (!numerics::isValidStep(step))
    return user->emitOpError("expected step '")
           << symbol.getValue() << "' of layer '" << layerOf(symbol.getValue())
           << "' to be finite and not zero, but got " << step;
  return std::fabs(step);
}

/// One channel after another: kernels of `from` x `from` become `to` x `to`.
static std::vector<float> shrinkKernels(const std::vector<float> &in,
                                        int64_t channels, int from, int to,
                                        const float *matrix) {
  std::vector<float> out(channels * to * to), scratch(to * to);
  for (int64_t c = 0; c < channels; ++c)
    numerics::transformKernel(&in[c * from * from], from, to, matrix,
                              scratch.data(), &out[c * to * to]);
  return out;
}

/// Rows, columns and all taps of the parameter that are active.
static std::vector<float> sliceWeight(ArrayRef<float> in,
                                      ArrayRef<int64_t> shape, int64_t outputs,
                                      int64_t inputs) {
  int64_t taps = shape[1] * shape[2];
  std::vector<float> out;
  out.reserve(outputs * taps * inputs);
  for (int64_t row = 0; row < outputs * taps; ++row) {
    auto begin = in.begin() + row * shape[3];
    out.insert(out.end(), begin, begin + inputs);
  }
  return out;
}

/// Cuts the centre of every kernel, in a layout with several inputs per tap.
static std::vector<float> cropWeight(const ActiveWeight &in, int64_t to) {
  std::vector<float> out;
  int64_t margin = (in.kernel - to) / 2;
  for (int64_t o = 0; o < in.outputs; ++o)
    for (int64_t y = 0; y < to; ++y) {
      int64_t tap = ((o * in.kernel + y + margin) * in.kernel + margin);
      auto begin = in.values.begin() + tap * in.inputs;
      out.insert(out.end(), begin, begin + to * in.inputs);
    }
  return out;
}

/// The kernel size that a square transform matrix gives.
static int64_t transformSize(ParameterOp matrix) {
  int64_t taps = matrix.getTensorType().getDimSize(0), size = 1;
  while (size * size < taps)
    ++size;
  return size;
}

FailureOr<ActiveWeight>
mlir::oqat::activeWeight(WeightOp op, int64_t outputs, int64_t kernel,
                         int64_t inputs, SymbolTableCollection &symbols) {
  FailureOr<ParameterOp> parameter =
      lookupParameter(op, op.getParameterAttr(), symbols);
  if (failed(parameter))
    return failure();
  SmallVector<int64_t> shape(parameter->getTensorType().getShape());
  // A matrix is a convolution of 1x1.
  if (shape.size() == 2)
    shape.insert(shape.begin() + 1, {1, 1});
  if (outputs > shape[0] || inputs > shape[3] || kernel > shape[1])
    return op.emitOpError("needs more than parameter '")
           << op.getParameter() << "' of type " << parameter->getType()
           << " has";
  ActiveWeight weight{
      outputs, shape[1], inputs,
      sliceWeight(ElementsView<float>(
                      cast<DenseElementsAttr>(parameter->getValueAttr()))
                      .get(),
                  shape, outputs, inputs)};
  for (Attribute attr : op.getTransformsAttr()
                            ? op.getTransformsAttr()
                            : ArrayAttr::get(op.getContext(), {})) {
    auto symbol = cast<FlatSymbolRefAttr>(attr);
    auto declared = symbols.lookupNearestSymbolFrom<ParameterOp>(op, symbol);
    int64_t to = declared ? transformSize(declared) : kernel;
    if (to >= weight.kernel || to < kernel)
      continue;
    // Only a matrix that applies needs a value.
    FailureOr<ParameterOp> matrix = lookupParameter(op, symbol, symbols);
    if (failed(matrix))
      return failure();
    if (inputs != 1)
      return op.emitOpError("transforms the kernel of a weight with ")
             << inputs << " inputs; expected 1";
    std::vector<float> values = floatsOf(matrix->getValueAttr());
    weight.values =
        shrinkKernels(weight.values, outputs, weight.kernel, to, values.data());
    weight.kernel = to;
  }
  if (weight.kernel > kernel)
    weight.values = cropWeight(weight, kernel);
  weight.kernel = kernel;
  return weight;
}

FailureOr<ActiveWeight>
mlir::oqat::activeWeight(WeightOp op, SymbolTableCollection &symbols) {
  auto type = cast<RankedTensorType>(op.getType());
  if (!type.hasStaticShape())
    return op.emitOpError("expected a static type, but got ") << type;
  int64_t kernel = type.getRank() == 2 ? 1 : type.getDimSize(1);
  return activeWeight(op, type.getDimSize(0), kernel, type.getShape().back(),
                      symbols);
}

FailureOr<std::vector<float>>
mlir::oqat::activeMatrix(Operation *user, FlatSymbolRefAttr symbol,
                         int64_t rows, int64_t columns,
                         SymbolTableCollection &symbols) {
  FailureOr<ParameterOp> parameter = lookupParameter(user, symbol, symbols);
  if (failed(parameter))
    return failure();
  ArrayRef<int64_t> shape = parameter->getTensorType().getShape();
  if (rows > shape.front() || columns > shape.back())
    return user->emitOpError("needs ")
           << rows << " x " << columns << " entries of parameter '"
           << symbol.getValue() << "' of type " << parameter->getType();
  std::vector<float> all = floatsOf(parameter->getValueAttr()), result;
  for (int64_t row = 0; row < rows; ++row) {
    auto begin = all.begin() + row * shape.back();
    result.insert(result.end(), begin, begin + columns);
  }
  return result;
}

FailureOr<std::vector<float>>
mlir::oqat::activeVector(Operation *user, FlatSymbolRefAttr symbol,
                         int64_t count, SymbolTableCollection &symbols) {
  FailureOr<std::vector<float>> values = parameterValues(user, symbol, symbols);
  if (failed(values))
    return failure();
  if (count > static_cast<int64_t>(values->size()))
    return user->emitOpError("needs ")
           << count << " entries of parameter '" << symbol.getValue()
           << "', which has " << values->size();
  values->resize(count);
  return values;
}

FailureOr<std::vector<numerics::Rescale>>
mlir::oqat::foldedBatchNorm(BatchNormOp op, int64_t channels,
                            ArrayRef<double> products,
                            SymbolTableCollection &symbols) {
  std::vector<float> parts[4];
  FlatSymbolRefAttr names[] = {op.getGammaAttr(), op.getBetaAttr(),
                               op.getMeanAttr(), op.getVarianceAttr()};
  for (auto [part, name] : llvm::zip(parts, names)) {
    FailureOr<std::vector<float>> values =
        activeVector(op, name, channels, symbols);
    if (failed(values))
      return failure();
    part = std::move(*values);
  }
  std::vector<numerics::Rescale> result;
  for (int64_t c = 0; c < channels; ++c) {
    result.push_back(numerics::foldBatchNormOver(
        products[c % products.size()], parts[0][c], parts[1][c], parts[2][c],
        parts[3][c], op.getEps().convertToDouble()));
    if (!std::isfinite(result.back().a) || !std::isfinite(result.back().b))
      return op.emitOpError("expected batch norm of layer '")
             << layerOf(layerOf(op.getGamma()))
             << "' to give a finite scale and bias, but channel " << c
             << " does not";
  }
  return result;
}
