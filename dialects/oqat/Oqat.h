//===- Oqat.h - The oqat dialect --------------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_DIALECTS_OQAT_OQAT_H
#define OQAT_DIALECTS_OQAT_OQAT_H

#include "dialects/oqat/OqatCost.h"
#include "dialects/oqat/OqatPointwise.h"
#include "dialects/oqat/OqatSelection.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "oqat/Numerics/Quantizer.h"

namespace mlir::oqat {
class ChoiceOp;
class SpaceOp;
class SupernetOp;

/// Whether an element type is one of uniform quantized codes: per tensor with a
/// zero point that is a code, or per channel around zero.
bool isCodes(Type elementType);

/// The steps of the integer form: one, or one per channel.
SmallVector<float> stepsOf(Attribute step);
/// A single step as a number, several as a vector.
Attribute getStepAttr(MLIRContext *context, ArrayRef<float> steps);

/// The network that an operation belongs to; null outside of one.
SupernetOp getNetwork(Operation *op);
} // namespace mlir::oqat

#include "dialects/oqat/OqatDialect.h.inc"
#include "dialects/oqat/OqatEnums.h.inc"

#include "dialects/oqat/OqatAttrInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/oqat/OqatAttrs.h.inc"

#include "dialects/oqat/OqatInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/oqat/OqatElasticOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/oqat/OqatQuantOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/oqat/OqatNNOps.h.inc"

#endif // OQAT_DIALECTS_OQAT_OQAT_H
