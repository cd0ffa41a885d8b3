//===- Engine.h - State of one interpretation -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_INTERPRETER_ENGINE_H
#define OQAT_LIB_INTERPRETER_ENGINE_H

#include "dialects/oqat/Oqat.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Interpreter/Interpreter.h"
#include "oqat/Interpreter/Parameters.h"

namespace mlir::oqat {

/// The values computed so far and what every operation may ask for.
class Engine {
public:
  Engine(const ::oqat::formats::SubnetConfig *subnet, const TensorSink &sink,
         const OperationHook &hook)
      : subnet(subnet), sink(sink), hook(hook) {}

  /// Runs all operations of a block but its terminator.
  LogicalResult runBlock(Block &block);

  void define(Value value, Tensor tensor);
  const Tensor &get(Value value) const { return values.find(value)->second; }
  /// A value as floats: accumulators become what they stand for (N1).
  FailureOr<Tensor> getFloats(Operation *user, Value value) const;

  /// The value of a choice in the subnet that runs.
  FailureOr<int64_t> decide(Operation *user, FlatSymbolRefAttr choice);
  /// Numbers the quantized layers that will run, in program order.
  LogicalResult numberLayers(Block &block);

  /// Hands a named tensor to the caller.
  void reportCodes(const Tensor &tensor);
  void reportFloats(StringRef name, const Tensor &tensor);

  SymbolTableCollection symbols;

private:
  LogicalResult execute(Operation *op);

  const ::oqat::formats::SubnetConfig *subnet;
  const TensorSink &sink;
  const OperationHook &hook;
  DenseMap<Value, Tensor> values;
  DenseMap<Value, unsigned> pendingUses;
  DenseMap<Operation *, unsigned> layers;
  unsigned layerCount = 0;
};

/// One function per level; each says whether `op` is of its level and runs it.
bool isFixedOp(Operation *op);
LogicalResult interpretFixed(Engine &engine, Operation *op);
bool isIntegerOp(Operation *op);
LogicalResult interpretInteger(Engine &engine, Operation *op);
bool isBitpackOp(Operation *op);
LogicalResult interpretBitpack(Engine &engine, Operation *op);

/// The name under which a float value is reported; empty where it is not.
std::string outputName(Value value);

/// Shared by levels.
LogicalResult interpretConvolution(Engine &engine, Conv2DOp op);
void applyRescale(Tensor &tensor, ArrayRef<::oqat::numerics::Rescale> maps);
Tensor quantizeTensor(const Tensor &input, float step,
                      ::oqat::numerics::CodeRange range, StringRef name);

} // namespace mlir::oqat

#endif // OQAT_LIB_INTERPRETER_ENGINE_H
