//===- Operations.h - The operations of a program -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_OPERATIONS_H
#define OQAT_TRAIN_MODEL_OPERATIONS_H

#include "train/Model/Program.h"

namespace oqat::train {

/// What all operations of one program share.
struct BuildContext {
  const Network &network;
  const Selection &selection;
  Parameters &parameters;
  RunMode mode;
  int64_t images, chunks;
  /// Pictures of all ranks.
  int64_t batchImages;
  /// Of a program on a GPU.
  ProgramMemory *memory = nullptr;
};

using OperationPtr = std::unique_ptr<Operation>;

OperationPtr makeNormalize(const BuildContext &context,
                           const formats::PlanNode &node, Value *in, Value *out,
                           const at::Tensor &pictures);
OperationPtr makeConvolution(const BuildContext &context,
                             const formats::PlanNode &node, Value *in,
                             Value *out);
OperationPtr makeChain(const BuildContext &context,
                       const formats::PlanNode &node, Value *in, Value *out,
                       Value *residual, Value *gate);
OperationPtr makeGate(const BuildContext &context,
                      const formats::PlanNode &node, Value *in, Value *out);
OperationPtr makePool(const BuildContext &context,
                      const formats::PlanNode &node, Value *in, Value *out);
OperationPtr makeLinear(const BuildContext &context,
                        const formats::PlanNode &node, Value *in, Value *out);

/// The scratch() that operations fill and read within one call of theirs.
enum ScratchSlot {
  kColumns,
  kPadded,
  kInputGrad,
  kPaddedGrad,
  kResidualGrad,
  // What is padded has no factors of products.
  kRoundedInput = kPadded,
  kRoundedGrad = kPaddedGrad
};

/// Where an operation writes a gradient: in place, or to scratch that
/// addGradient() then adds.
float *gradientTarget(const Use &use, const Chunk &chunk, ScratchSlot slot);
void addGradient(const Use &use, const Chunk &chunk, const float *written);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_OPERATIONS_H
