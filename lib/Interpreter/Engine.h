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

namespace oqat::interpreter {
struct ConvShape;
} // namespace oqat::interpreter

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
  /// A value as floats: accumulators (N1) and codes (N3) become what they
  /// stand for.
  FailureOr<Tensor> getFloats(Operation *user, Value value) const;

  /// The blocks of a stage that run.
  MutableArrayRef<Region> activeBlocks(StageOp stage);

  /// The value of a choice in the subnet that runs.
  FailureOr<int64_t> decide(Operation *user, FlatSymbolRefAttr choice);
  /// Bits that may be such a choice.
  FailureOr<int64_t> decideBits(Operation *user, Attribute bits);
  /// Finds the operations that will run, numbers the quantized layers among
  /// them in program order and names their tensors.
  LogicalResult prepare(Block &body);

  /// Whether a quantizer leaves its value as it is.
  bool isIdentity(FakeQuantizeOp op);

  /// The name of a value that is no result of a quantizer, or of one that
  /// isn't the first with its step; empty: none.
  StringRef nameOf(Value value) const {
    auto it = names.find(value);
    return it == names.end() ? StringRef() : StringRef(it->second);
  }
  /// Whether an addition is one onto a stream of codes.
  FailureOr<bool> addsToStream(AddOp op);

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
/// says which blocks of a stage run, `identity` which quantizers do nothing,
/// `stream` which additions have codes as their result: these get a name too.
void nameTensors(Block &block,
                 function_ref<MutableArrayRef<Region>(StageOp)> active,
                 function_ref<bool(FakeQuantizeOp)> identity,
                 function_ref<bool(AddOp)> stream,
                 DenseMap<Value, std::string> &names);

/// Shared by levels.
LogicalResult interpretStreamAdd(Engine &engine, Operation *op, Value input,
                                 Value stream, StringRef name);
Tensor decodeTensor(const Tensor &codes);
/// The product of codes: exact accumulators in `shape`'s layout.
Tensor multiplyCodes(const ::oqat::interpreter::ConvShape &shape,
                     const Tensor &input, const Tensor &weight);
/// The pooled values of [pictures, h, w, c], floats or codes of one step, shape
/// [pictures, 1, 1, c] (N4).
FailureOr<Tensor> poolTensor(Operation *op, const Tensor &input,
                             std::optional<int32_t> fraction);
/// Multiplies by one gate per picture and channel.
void scaleChannels(Tensor &tensor, ArrayRef<float> gates);
LogicalResult interpretConvolution(Engine &engine, Conv2DOp op);
LogicalResult interpretLinear(Engine &engine, LinearOp op);
LogicalResult interpretSqueezeExcite(Engine &engine, SqueezeExciteOp op);
void applyRescale(Tensor &tensor, ArrayRef<::oqat::numerics::Rescale> maps);
/// The codes of `input`; steps per channel are those of dimension `axis`.
Tensor quantizeTensor(const Tensor &input,
                      ::oqat::numerics::Quantizer quantizer, int64_t axis,
                      StringRef name);

} // namespace mlir::oqat

#endif // OQAT_LIB_INTERPRETER_ENGINE_H
