//===- GenerateSupernet.cpp - Networks by name ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Import/GenerateSupernet.h"
#include "ActivationQuantizers.h"
#include "Families.h"

using namespace mlir;
using namespace mlir::oqat;

static ArrayRef<GeneratedNetwork> getNetworks() {
  static const std::vector<GeneratedNetwork> networks = [] {
    std::vector<GeneratedNetwork> all;
    addElasticMobileNets(all);
    addMobileNets(all);
    addResNets(all);
    return all;
  }();
  return networks;
}

SmallVector<StringRef> mlir::oqat::getSupernetNames() {
  SmallVector<StringRef> names;
  for (const GeneratedNetwork &network : getNetworks())
    names.push_back(network.name);
  return names;
}

OwningOpRef<ModuleOp>
mlir::oqat::generateSupernet(MLIRContext *context, StringRef name,
                             ActivationQuantizers activations) {
  context->getOrLoadDialect<OqatDialect>();
  for (const GeneratedNetwork &network : getNetworks()) {
    if (network.name != name)
      continue;
    OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
    network.build(*module);
    setActivationQuantizers(*module, activations);
    return module;
  }
  return nullptr;
}
