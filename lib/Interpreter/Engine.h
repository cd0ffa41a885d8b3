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

  /// The blocks of a stage that run.
  MutableArrayRef<Region> activeBlocks(StageOp stage);

  /// The value of a choice in the subnet that runs.
  FailureOr<int64_t> decide(Operation *user, FlatSymbolRefAttr choice);
  /// Finds the operations that will run, numbers the quantized layers among
  /// them in program order and names their tensors.
  LogicalResult prepare(Block &body);

  /// Whether a quantizer leaves its value as it is.
  bool isIdentity(FakeQuantizeOp op);

  /// Hands a named tensor to the caller.
  void reportCodes(const Tensor &tensor);
  void reportFloats(StringRef name, const Tensor &tensor);

  SymbolTableCollection symbols;

private:
  LogicalResult execute(Operation *op);
  LogicalResult numberLayers(Block &block);

  const ::oqat::formats::SubnetConfig *subnet;
  const TensorSink &sink;
  const OperationHook &hook;
  DenseMap<Value, Tensor> values;
  DenseMap<Value, unsigned> pendingUses;
  DenseMap<Value, std::string> names;
  DenseMap<Operation *, int64_t> depths;
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

/// The names of the float tensors of a network before it is packed. `active`
/// says which blocks of a stage run, `identity` which quantizers do nothing.
void nameTensors(Block &block,
                 function_ref<MutableArrayRef<Region>(StageOp)> active,
                 function_ref<bool(FakeQuantizeOp)> identity,
                 DenseMap<Value, std::string> &names);

/// Shared by levels.
LogicalResult interpretConvolution(Engine &engine, Conv2DOp op);
LogicalResult interpretLinear(Engine &engine, LinearOp op);
void applyRescale(Tensor &tensor, ArrayRef<::oqat::numerics::Rescale> maps);
Tensor quantizeTensor(const Tensor &input, float step,
                      ::oqat::numerics::CodeRange range, StringRef name);

} // namespace mlir::oqat

#endif // OQAT_LIB_INTERPRETER_ENGINE_H
