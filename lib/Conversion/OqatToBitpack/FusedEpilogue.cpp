//===- FusedEpilogue.cpp - What a layer takes along -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FusedEpilogue.h"

#include "oqat/Numerics/Quantize.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

unsigned mlir::oqat::unsignedBits(Type elementType) {
  auto type = dyn_cast<quant::UniformQuantizedType>(elementType);
  if (!type || type.getStorageTypeMin() != 0 ||
      !llvm::isPowerOf2_64(type.getStorageTypeMax() + 1) ||
      type.getStorageTypeMax() > 255)
    return 0;
  return llvm::Log2_64(type.getStorageTypeMax() + 1);
}

unsigned mlir::oqat::signedBits(Type elementType) {
  auto type = dyn_cast<quant::UniformQuantizedType>(elementType);
  int64_t end = type ? type.getStorageTypeMax() + 1 : 0;
  if (!type || type.getStorageTypeMin() != -end || !llvm::isPowerOf2_64(end) ||
      end > 128)
    return 0;
  return llvm::Log2_64(end) + 1;
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

static bitpack::ActivationKindAttr convertActivation(ActivationOp op) {
  bitpack::ActivationKind kind = bitpack::ActivationKind::Relu;
  if (op.getKind() == ActivationKind::HSwish)
    kind = bitpack::ActivationKind::HSwish;
  else if (op.getKind() == ActivationKind::HSigmoid)
    kind = bitpack::ActivationKind::HSigmoid;
  return bitpack::ActivationKindAttr::get(op.getContext(), kind);
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
          .Case([&](QuantizeOp quantize) {
            RankedTensorType type =
                cast<RankedTensorType>(quantize.getResult().getType());
            unsigned bits = unsignedBits(type.getElementType());
            if (done() >= Quantized || bits == 0)
              return false;
            codeName = quantize.getTensorNameAttr();
            float step = quantize.getStep().convertToFloat();
            reciprocal = Builder(op->getContext())
                             .getF32FloatAttr(numerics::reciprocalStep(step));
            resultType =
                type.clone(bitpack::CodesType::get(op->getContext(), bits));
            return true;
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
