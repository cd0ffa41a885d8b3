//===- PointwiseChains.cpp - Regions between convolutions -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Grows a chain forward from every pointwise operation that is in none yet. A
// chain ends at a quantizer, at a value with several uses, at the end of a
// block, or where an operand kind would appear twice: a kernel has room for
// one scale and bias, one gate and one residual.
//
//===----------------------------------------------------------------------===//

#include "oqat/Autodiff/PointwiseChains.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
/// The operation as a stage, or null: quantizers of weights are not.
DifferentiableOpInterface asStage(Operation *op) {
  auto stage = dyn_cast<DifferentiableOpInterface>(op);
  if (!stage || !stage.getStage())
    return {};
  if (isa<FakeQuantizeOp>(op) && op->getOperand(0).getDefiningOp<WeightOp>())
    return {};
  return stage;
}

class ChainFinder {
public:
  LogicalResult run(SupernetOp net) {
    WalkResult result = net.walk([&](Operation *op) {
      if (failed(checkConvolution(op)))
        return WalkResult::interrupt();
      if (DifferentiableOpInterface stage = asStage(op))
        if (taken.insert(op).second)
          grow(stage);
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  SmallVector<PointwiseChain, 0> chains;

private:
  /// A batch norm takes the accumulator of a quantized convolution, everything
  /// else its rescaled value: one result cannot be both.
  LogicalResult checkConvolution(Operation *op) {
    auto conv = dyn_cast<Conv2DOp>(op);
    if (!conv || !conv.getStage())
      return success();
    for (Operation *user : conv->getUsers())
      if (isa<BatchNormOp>(user)) {
        InFlightDiagnostic diagnostic = conv.emitOpError(
            "is quantized and feeds a batch norm, so it must have one use");
        diagnostic.attachNote(user->getLoc()) << "the batch norm is here";
        return diagnostic;
      }
    return success();
  }

  void grow(DifferentiableOpInterface start) {
    PointwiseChain chain;
    llvm::DenseSet<int> kinds;
    Operation *op = start;
    chain.input = isa<Conv2DOp>(op) ? op->getResult(0) : op->getOperand(0);
    append(chain, kinds, start, chain.input);
    while (!chain.stages.back().getStage().last) {
      Value value = chain.getLast()->getResult(0);
      if (!value.hasOneUse())
        break;
      DifferentiableOpInterface next = asStage(*value.user_begin());
      if (!next || !canFollow(chain, kinds, next))
        break;
      taken.insert(next);
      append(chain, kinds, next, value);
    }
    chains.push_back(std::move(chain));
  }

  bool canFollow(const PointwiseChain &chain, const llvm::DenseSet<int> &kinds,
                 DifferentiableOpInterface next) {
    PointwiseStage stage = next.getStage();
    return !stage.first && !taken.contains(next) &&
           next->getBlock() == chain.getLast()->getBlock() &&
           llvm::none_of(stage.operands, [&](StageOperand operand) {
             return kinds.contains(static_cast<int>(operand));
           });
  }

  /// `flowing` is the operand of `next` that the chain computes.
  void append(PointwiseChain &chain, llvm::DenseSet<int> &kinds,
              DifferentiableOpInterface next, Value flowing) {
    for (StageOperand operand : next.getStage().operands) {
      kinds.insert(static_cast<int>(operand));
      if (operand == StageOperand::Residual)
        chain.residual = next->getOperand(0) == flowing ? next->getOperand(1)
                                                        : next->getOperand(0);
    }
    chain.stages.push_back(next);
  }

  llvm::DenseSet<Operation *> taken;
};
} // namespace

bool PointwiseChain::endsInQuantizer() const {
  return DifferentiableOpInterface(stages.back()).getStage().last;
}

ArrayRef<DifferentiableOpInterface> PointwiseChain::getFloatStages() const {
  return ArrayRef(stages).drop_back(endsInQuantizer() ? 1 : 0);
}

std::string
mlir::oqat::getKernelName(ArrayRef<DifferentiableOpInterface> stages) {
  return llvm::join(llvm::map_range(stages,
                                    [](DifferentiableOpInterface stage) {
                                      return stage.getStage().name;
                                    }),
                    "_");
}

FailureOr<SmallVector<PointwiseChain, 0>>
mlir::oqat::findPointwiseChains(SupernetOp net) {
  ChainFinder finder;
  if (failed(finder.run(net)))
    return failure();
  return std::move(finder.chains);
}

void mlir::oqat::collectKernels(ArrayRef<PointwiseChain> chains,
                                SmallVectorImpl<PointwiseKernel> &kernels) {
  auto insert = [&](ArrayRef<DifferentiableOpInterface> stages) {
    std::string name = getKernelName(stages);
    if (!stages.empty() &&
        llvm::none_of(kernels, [&](const PointwiseKernel &kernel) {
          return kernel.name == name;
        }))
      kernels.push_back({name, llvm::to_vector<4>(stages)});
  };
  for (const PointwiseChain &chain : chains) {
    insert(chain.stages);
    insert(chain.getFloatStages());
  }
}
