//===- CompileNetwork.h - Packed layers to objects --------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_DRIVER_COMPILENETWORK_H
#define OQAT_LIB_PIPELINES_DRIVER_COMPILENETWORK_H

#include "LayerCompiler.h"
#include "oqat/Target/Emit/ObjectCache.h"

namespace mlir::oqat {

/// What is linked into an artifact, and what the artifact says of itself.
struct CompiledNetwork {
  NetworkDescription description;
  std::vector<Bytes> objects;
  std::vector<SymbolAlias> aliases;
};

/// Compiles every layer by itself for every target, the fastest first, on all
/// cores, unless the cache has it; equal layers once. What comes out doesn't
/// depend on either.
FailureOr<CompiledNetwork> compileNetwork(bitpack::NetworkOp network,
                                          ArrayRef<KernelSettings> targets,
                                          ObjectCache &cache);

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_DRIVER_COMPILENETWORK_H
