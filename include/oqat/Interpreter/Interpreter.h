//===- Interpreter.h - Reference execution of every level -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Slow, obvious, the oracle: executes a network as its operations are defined,
// from include/oqat/Numerics. Whatever an operation cannot do is a diagnostic
// on it.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_INTERPRETER_INTERPRETER_H
#define OQAT_INTERPRETER_INTERPRETER_H

#include "oqat/Interpreter/Tensor.h"

#include "mlir/IR/Operation.h"

#include <functional>
#include <vector>

namespace oqat::formats {
struct SubnetConfig;
} // namespace oqat::formats

namespace mlir::oqat {

/// Called for every tensor that has a name, in the order of computation: codes
/// of activations as bytes, `<conv>.output` and `logits` as f32.
using TensorSink = std::function<void(StringRef name, ArrayRef<char> bytes)>;

/// Called with an operation and its operands before it runs.
using OperationHook =
    std::function<LogicalResult(Operation *, ArrayRef<const Tensor *>)>;

class Interpreter {
public:
  /// `subnet` decides the choices of an elastic network.
  explicit Interpreter(const ::oqat::formats::SubnetConfig *subnet = nullptr)
      : subnet(subnet) {}

  void setHook(OperationHook value) { hook = std::move(value); }

  /// Height and width of the pictures that `network` takes.
  FailureOr<std::pair<int64_t, int64_t>> pictureSize(Operation *network) const;

  /// Runs one picture, u8 [height, width, 3].
  LogicalResult run(Operation *network, const uint8_t *image,
                    const TensorSink &onTensor, std::vector<float> &logits);

  /// Runs `count` pictures at once; tensors have them in front.
  LogicalResult runBatch(Operation *network, const uint8_t *images,
                         int64_t count, const TensorSink &onTensor,
                         std::vector<float> &logits);

private:
  const ::oqat::formats::SubnetConfig *subnet;
  OperationHook hook;
};

} // namespace mlir::oqat

#endif // OQAT_INTERPRETER_INTERPRETER_H
