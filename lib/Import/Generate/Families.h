//===- Families.h - Networks by family --------------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_GENERATE_FAMILIES_H
#define OQAT_IMPORT_GENERATE_FAMILIES_H

#include "NetworkBuilder.h"
#include <functional>

namespace mlir::oqat {

/// A network that can be generated: its name, and what writes it.
struct GeneratedNetwork {
  StringRef name;
  std::function<void(ModuleOp)> build;
};

/// Each family appends its networks.
void addElasticMobileNets(std::vector<GeneratedNetwork> &networks);
void addMobileNets(std::vector<GeneratedNetwork> &networks);
void addResNets(std::vector<GeneratedNetwork> &networks);

} // namespace mlir::oqat

#endif // OQAT_IMPORT_GENERATE_FAMILIES_H
