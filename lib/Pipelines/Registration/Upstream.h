//===- Upstream.h - What MLIR itself brings ---------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_REGISTRATION_UPSTREAM_H
#define OQAT_LIB_PIPELINES_REGISTRATION_UPSTREAM_H

namespace mlir {
class DialectRegistry;

namespace oqat {

void registerUpstreamPasses();
/// With extensions and translations to LLVM IR.
void registerUpstreamDialects(DialectRegistry &registry);

} // namespace oqat
} // namespace mlir

#endif // OQAT_LIB_PIPELINES_REGISTRATION_UPSTREAM_H
