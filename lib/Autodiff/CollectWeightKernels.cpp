//===- CollectWeightKernels.cpp - What weights of a network need ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Autodiff/WeightKernels.h"
#include "oqat/Formats/Plan.h"

using namespace mlir;
using namespace mlir::oqat;

std::string WeightKernel::getName() const {
  return ::oqat::formats::weightKernelName(transforms, bool(quantizer));
}

void mlir::oqat::collectWeightKernels(SupernetOp net,
                                      SmallVectorImpl<WeightKernel> &kernels) {
  auto insert = [&](const WeightKernel &kernel) {
    if (llvm::none_of(kernels, [&](const WeightKernel &other) {
          return other.getName() == kernel.getName();
        }))
      kernels.push_back(kernel);
  };
  net.walk([&](Conv2DOp op) {
    auto quantizer = op.getWeight().getDefiningOp<FakeQuantizeOp>();
    auto weight = (quantizer ? quantizer.getInput() : op.getWeight())
                      .getDefiningOp<WeightOp>();
    if (!weight)
      return;
    DifferentiableOpInterface none, stage;
    if (quantizer)
      stage = cast<DifferentiableOpInterface>(quantizer.getOperation());
    // Kernels smaller than the last matrix's are cut out of its product.
    for (bool transforms : {false, true})
      if (!transforms ||
          (weight.getTransforms() && !weight.getTransforms()->empty())) {
        insert({transforms, none});
        if (quantizer)
          insert({transforms, stage});
      }
  });
}
