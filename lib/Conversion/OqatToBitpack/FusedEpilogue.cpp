//===- FusedEpilogue.cpp - What a layer takes along -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusedEpilogue.h"

#include "oqat/Numerics/Quantize.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

/// The one zero point of a type.
static std::optional<int64_t> zeroPointOf(quant::QuantizedType type) {
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type))
    return uniform.getZeroPoint();
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!perAxis || !llvm::all_equal(perAxis.getZeroPoints()))
    return std::nullopt;
  return perAxis.getZeroPoints().front();
}

std::optional<StoredCodes> mlir::oqat::storedCodes(Type elementType) {
  auto type = dyn_cast<quant::QuantizedType>(elementType);
  std::optional<int64_t> zeroPoint =
      type ? zeroPointOf(type) : std::optional<int64_t>();
  if (!zeroPoint)
    return std::nullopt;
  int64_t low = type.getStorageTypeMin();
  int64_t levels = type.getStorageTypeMax() - low + 1;
  if (levels < 2 || levels > 256 || !llvm::isPowerOf2_64(levels) ||
      (low != 0 && low != -levels / 2))
    return std::nullopt;
  return StoredCodes{llvm::Log2_64(levels), *zeroPoint - low, -low};
}

FusedEpilogue::Step FusedEpilogue::done() const {
  if (codeName)
    return Quantized;
  if (residual)
    return Added;
  if (gate)
    return Gated;
  if (activation)
    return Activated;
  return scale ? Scaled : Nothing;
}

bitpack::ActivationKindAttr mlir::oqat::convertActivation(ActivationOp op) {
  bitpack::ActivationKind kind = bitpack::ActivationKind::Relu;
  if (op.getKind() == ActivationKind::HSwish)
    kind = bitpack::ActivationKind::HSwish;
  else if (op.getKind() == ActivationKind::Relu6)
    kind = bitpack::ActivationKind::Relu6;
  else if (op.getKind() == ActivationKind::HSigmoid)
    kind = bitpack::ActivationKind::HSigmoid;
  return bitpack::ActivationKindAttr::get(op.getContext(), kind);
}

SmallVector<float> FusedEpilogue::getReciprocals(int64_t channels) const {
  if (auto perChannel = dyn_cast<DenseElementsAttr>(reciprocal))
    return SmallVector<float>(perChannel.getValues<float>());
  return SmallVector<float>(
      channels, cast<FloatAttr>(reciprocal).getValue().convertToFloat());
}

bool FusedEpilogue::appendQuantizer(QuantizeOp op) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  std::optional<StoredCodes> codes = storedCodes(type.getElementType());
  if (!codes)
    return false;
  codeName = op.getTensorNameAttr();
  SmallVector<float> reciprocals = stepsOf(op.getStep());
  for (float &step : reciprocals)
    step = numerics::reciprocalStep(step);
  reciprocal = getStepAttr(op.getContext(), reciprocals);
  zeroPoint = codes->zeroPoint;
  resultType = type.clone(codes->getType(op.getContext()));
  return true;
}

bool FusedEpilogue::appendStream(ResidualAddOp op, const IRMapping &residuals) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  std::optional<StoredCodes> codes = storedCodes(type.getElementType());
  if (!codes || !residuals.contains(op.getStream()))
    return false;
  residual = residuals.lookup(op.getStream());
  codeName = op.getTensorNameAttr();
  float step = op.getStep().convertToFloat();
  reciprocal =
      Builder(op.getContext()).getF32FloatAttr(numerics::reciprocalStep(step));
  zeroPoint = codes->zeroPoint;
  resultType = type.clone(codes->getType(op.getContext()));
  return true;
}

bool FusedEpilogue::append(Operation *op, const IRMapping &residuals) {
  bool fits =
      llvm::TypeSwitch<Operation *, bool>(op)
          .Case([&](RescaleOp rescale) {
            if (done() >= Scaled)
              return false;
            scale = cast<DenseElementsAttr>(rescale.getScale());
            bias = cast<DenseElementsAttr>(rescale.getBias());
            return true;
          })
          .Case([&](ActivationOp act) {
            if (done() >= Activated)
              return false;
            activation = convertActivation(act);
            return true;
          })
          .Case([&](ScaleOp gated) {
            if (done() >= Gated || gated.getInput() != last ||
                !residuals.contains(gated.getGate()))
              return false;
            gate = residuals.lookup(gated.getGate());
            return true;
          })
          .Case([&](AddOp add) {
            Value other = add.getLhs() == last ? add.getRhs() : add.getLhs();
            if (done() >= Added || other == last || !residuals.contains(other))
              return false;
            residual = residuals.lookup(other);
            return true;
          })
          .Case([&](ResidualAddOp add) {
            return done() < Added && add.getInput() == last &&
                   appendStream(add, residuals);
          })
          .Case([&](QuantizeOp quantize) {
            return done() < Quantized && appendQuantizer(quantize);
          })
          .Default([](Operation *) { return false; });
  if (!fits)
    return false;
  last = op->getResult(0);
  auto type = cast<RankedTensorType>(last.getType());
  if (!codeName)
    resultType = type;
  return true;
}

void FusedEpilogue::extend(Value value, const IRMapping &residuals,
                           llvm::SmallPtrSetImpl<Operation *> &covered) {
  last = value;
  while (last.hasOneUse()) {
    Operation *next = *last.getUsers().begin();
    if (!append(next, residuals))
      return;
    covered.insert(next);
  }
}

QuantizeOp mlir::oqat::getOnlyQuantizer(MaxPoolOp op) {
  Value result = op.getResult();
  return result.hasOneUse() ? dyn_cast<QuantizeOp>(*result.user_begin())
                            : QuantizeOp();
}

static bool isFinite(DenseElementsAttr floats) {
  return llvm::all_of(floats.getValues<float>(),
                      [](float value) { return std::isfinite(value); });
}

void FusedEpilogue::quantizeBeforePool() {
  // An integer times a finite scale may be infinite, and stays so with a finite
  // bias; h_swish would multiply it by 0.
  bool isNumber =
      scale && isFinite(scale) && isFinite(bias) &&
      (!activation || activation.getValue() == bitpack::ActivationKind::Relu ||
       activation.getValue() == bitpack::ActivationKind::Relu6);
  if (!isNumber || done() > Activated || !last.hasOneUse())
    return;
  auto pool = dyn_cast<MaxPoolOp>(*last.user_begin());
  QuantizeOp quantize = pool ? getOnlyQuantizer(pool) : QuantizeOp();
  RankedTensorType type = resultType;
  if (!quantize || !appendQuantizer(quantize))
    return;
  codeName = StringAttr::get(quantize.getContext(),
                             quantize.getTensorName() + ".unpooled");
  resultType = type.clone(resultType.getElementType());
}
