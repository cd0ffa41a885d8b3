//===- LowerLayers.h - One network, layer by layer ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONVERSION_OQATTOBITPACK_LOWERLAYERS_H
#define LIB_CONVERSION_OQATTOBITPACK_LOWERLAYERS_H

#include "FusedEpilogue.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::oqat {

/// Writes the layers of a `bitpack.network` from the operations of an integer
/// network, in their order.
class LayerLowering {
public:
  LayerLowering(SupernetOp source, bitpack::NetworkOp target);
  LogicalResult run();

private:
  LogicalResult lower(Operation *op);
  LogicalResult lowerConv(Conv2DOp op);
  LogicalResult lowerFloatConv(Conv2DOp op, const FusedEpilogue &epilogue);
  LogicalResult lowerTable(QuantizeOp op);
  LogicalResult lowerPool(PoolOp op);
  LogicalResult lowerMaxPool(MaxPoolOp op);
  LogicalResult lowerLinear(LinearOp op);
  LogicalResult lowerSqueezeExcite(SqueezeExciteOp op);
  LogicalResult lowerPointwise(Operation *op);

  /// A bitpack operation with the operands and attributes of an epilogue.
  template <typename LayerOp>
  LayerOp create(Location loc, StringRef layer, Value input,
                 const FusedEpilogue &epilogue,
                 llvm::function_ref<void(LayerOp)> setAttributes);
  Value createLinear(Location loc, StringRef layer, Value input,
                     DenseElementsAttr weight, DenseElementsAttr bias,
                     FusedEpilogue epilogue);
  void finish(const FusedEpilogue &epilogue, Value result);

  /// The value of a parameter, with a diagnostic on `op` if it has none.
  DenseElementsAttr parameter(Operation *op, FlatSymbolRefAttr symbol);
  /// `name`, with a number behind it if it is taken.
  std::string unique(StringRef name);

  SupernetOp source;
  bitpack::NetworkOp target;
  OpBuilder builder;
  SymbolTableCollection symbols;
  IRMapping values;
  llvm::SmallPtrSet<Operation *, 16> covered;
  llvm::StringMap<unsigned> names;
};

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
    if (epilogue.zeroPoint != 0)
      op.setZeroPoint(epilogue.zeroPoint);
  }
  setAttributes(op);
  builder.insert(op);
  return op;
}

} // namespace mlir::oqat

#endif // LIB_CONVERSION_OQATTOBITPACK_LOWERLAYERS_H
