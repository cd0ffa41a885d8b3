//===- LowerLayers.h - One network, layer by layer ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_CONVERSION_OQATTOBITPACK_LOWERLAYERS_H
#define LIB_CONVERSION_OQATTOBITPACK_LOWERLAYERS_H

#include "FusedEpilogue.h"

#include "oqat/Numerics/Rescale.h"

#include "llvm/ADT/SmallPtrSet.h"
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
  LogicalResult lowerProduct(Operation *op, const FusedEpilogue &epilogue,
                             int64_t kernel, int64_t stride, bool depthwise);
  LogicalResult lowerTable(QuantizeOp op);
  /// Maps of the codes that an activation reads, for all its readers.
  LogicalResult lowerMaps(ActivationOp op, ArrayRef<QuantizeOp> readers);
  LogicalResult lowerMap(QuantizeOp op, DecodeOp decode,
                         ActivationOp activation = {});
  LogicalResult lowerDecode(DecodeOp op);
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
  Value createElementwise(Location loc, StringRef layer, Value input,
                          const FusedEpilogue &epilogue,
                          int64_t inputZeroPoint = 0);
  void finish(const FusedEpilogue &epilogue, Value result);

  /// Codes and what makes floats of them.
  struct Codes {
    Value value;
    /// The step, once for every channel.
    DenseElementsAttr scale;
    int64_t zeroPoint;
  };
  Codes decodedCodes(DecodeOp op);
  /// The codes that an operand was decoded from, if its reader takes those.
  std::optional<Codes> codesBehind(OpOperand &use);
  DenseElementsAttr floatsAttr(ArrayRef<float> values);

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

/// What normalization does to each colour.
SmallVector<::oqat::numerics::Rescale> coloursOf(NormalizeOp op);

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
