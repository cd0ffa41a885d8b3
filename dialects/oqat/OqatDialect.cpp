//===- OqatDialect.cpp - Dialect registration, attributes -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "oqat/Numerics/Shape.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;

#include "dialects/oqat/OqatAttrInterfaces.cpp.inc"
#include "dialects/oqat/OqatDialect.cpp.inc"
#include "dialects/oqat/OqatEnums.cpp.inc"
#include "dialects/oqat/OqatInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/oqat/OqatAttrs.cpp.inc"

void OqatDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/oqat/OqatAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/oqat/OqatElasticOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/oqat/OqatQuantOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/oqat/OqatNNOps.cpp.inc"
      >();
}

bool mlir::oqat::isCodes(Type elementType) {
  if (auto type = dyn_cast<quant::UniformQuantizedType>(elementType))
    return type.getZeroPoint() >= type.getStorageTypeMin() &&
           type.getZeroPoint() <= type.getStorageTypeMax();
  auto type = dyn_cast<quant::UniformQuantizedPerAxisType>(elementType);
  return type && llvm::all_of(type.getZeroPoints(),
                              [](int64_t zeroPoint) { return zeroPoint == 0; });
}

SmallVector<float> mlir::oqat::stepsOf(Attribute step) {
  if (auto number = dyn_cast<FloatAttr>(step))
    return {number.getValue().convertToFloat()};
  auto values = cast<ElementsAttr>(step).getValues<float>();
  return SmallVector<float>(values.begin(), values.end());
}

Attribute mlir::oqat::getStepAttr(MLIRContext *context, ArrayRef<float> steps) {
  Builder builder(context);
  if (steps.size() == 1)
    return builder.getF32FloatAttr(steps.front());
  auto type = RankedTensorType::get({static_cast<int64_t>(steps.size())},
                                    builder.getF32Type());
  return DenseElementsAttr::get(type, steps);
}

SupernetOp mlir::oqat::getNetwork(Operation *op) {
  if (auto network = dyn_cast<SupernetOp>(op))
    return network;
  return op->getParentOfType<SupernetOp>();
}

//===----------------------------------------------------------------------===//
// WidthAttr
//===----------------------------------------------------------------------===//

LogicalResult WidthAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t base, FlatSymbolRefAttr choice) {
  if (base < 1 || base > (1 << 24))
    return emitError() << "expected a base width from 1 to 16777216, but got "
                       << base;
  return success();
}

int64_t WidthAttr::widthFor(int64_t value) const {
  return ::oqat::numerics::scaledWidth(getBase(), static_cast<double>(value));
}
