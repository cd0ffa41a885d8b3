//===- Registration.h - Everything that a tool may meet ---------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_REGISTRATION_H
#define OQAT_PIPELINES_REGISTRATION_H

namespace mlir {
class DialectRegistry;

namespace oqat {

/// Registers every pass, pipeline and target of ours and of upstream.
void registerEveryPass();

/// Inserts every dialect of ours and of upstream, with what translates them.
void registerEveryDialect(DialectRegistry &registry);

} // namespace oqat
} // namespace mlir

#endif // OQAT_PIPELINES_REGISTRATION_H
