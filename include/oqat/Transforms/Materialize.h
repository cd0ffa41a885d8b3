//===- Materialize.h - Deciding the choices of a network --------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRANSFORMS_MATERIALIZE_H
#define OQAT_TRANSFORMS_MATERIALIZE_H

#include "mlir/IR/BuiltinOps.h"
#include "oqat/Formats/Subnet.h"

namespace mlir::oqat {

/// Decides every choice of the module's networks as `subnet` says, and erases
/// their spaces. `place` names the subnet in errors. On failure the module is
/// left half-way and must not be used.
LogicalResult materializeSubnet(ModuleOp module,
                                const ::oqat::formats::SubnetConfig &subnet,
                                StringRef place);

} // namespace mlir::oqat

#endif // OQAT_TRANSFORMS_MATERIALIZE_H
