//===- Utils.cpp - What several passes do ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Utils.h"

using namespace mlir;
using namespace mlir::oqat;

void mlir::oqat::eraseUnusedParameters(
    ModuleOp module, llvm::function_ref<bool(ParameterOp)> may) {
  llvm::DenseSet<StringAttr> used;
  if (auto uses = SymbolTable::getSymbolUses(&module.getBodyRegion()))
    for (SymbolTable::SymbolUse use : *uses)
      used.insert(use.getSymbolRef().getLeafReference());
  for (auto parameter :
       llvm::make_early_inc_range(module.getOps<ParameterOp>()))
    if (!used.contains(parameter.getSymNameAttr()) && may(parameter))
      parameter.erase();
}
