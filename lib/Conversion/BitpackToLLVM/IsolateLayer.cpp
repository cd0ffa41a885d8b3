//===- IsolateLayer.cpp - A layer by itself -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before, somewhere in a network:
//   %3 = bitpack.elementwise "b1.out" %1 residual(%2 : tensor<1x6x6x8xf32>) ...
// After, in a module of its own:
//   %0 = builtin.unrealized_conversion_cast to tensor<1x6x6x8xf32>
//   %1 = builtin.unrealized_conversion_cast to tensor<1x6x6x8xf32>
//   %2 = bitpack.elementwise "layer" %0 residual(%1 : ...) ...
//
// A kernel is made of that alone, in another context, so it can't depend on
// anything else: equal bytes give equal kernels.
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/NetworkPlan.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::oqat;

/// What is called so in the manifest has no part in the kernel, and which one
/// it is is part of the plan.
static void dropNames(Operation *layer) {
  layer->removeAttr("bitpack.kernel");
  for (StringRef name : {"layer", "code_name"})
    if (layer->hasAttr(name))
      layer->setAttr(name, StringAttr::get(layer->getContext(), name));
}

std::string mlir::oqat::isolateLayer(bitpack::LayerOpInterface layer) {
  Location nowhere = UnknownLoc::get(layer.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(nowhere);
  auto builder = OpBuilder::atBlockBegin(module->getBody());
  IRMapping operands;
  for (Value operand : layer->getOperands())
    if (!operands.contains(operand))
      operands.map(operand, builder
                                .create<UnrealizedConversionCastOp>(
                                    nowhere, operand.getType(), ValueRange())
                                .getResult(0));
  Operation *copy = builder.clone(*layer, operands);
  copy->setLoc(nowhere);
  dropNames(copy);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  // Only asking for an older version of the format could fail.
  (void)writeBytecodeToFile(*module, stream, BytecodeWriterConfig("oqat"));
  return bytes;
}
