//===- EntryPoints.h - The C ABI of a network -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef OQAT_LIB_TARGET_EMIT_ENTRYPOINTS_H
#define OQAT_LIB_TARGET_EMIT_ENTRYPOINTS_H

#include "oqat/Target/Emit/Emit.h"
#include "llvm/IR/IRBuilder.h"

namespace mlir::oqat {

/// Writes the exported functions of a network into a module: calls of the
/// runtime (lib/Runtime/Entry.c) with a table of the targets to choose from.
class EntryPoints {
public:
  EntryPoints(llvm::Module &module, const NetworkDescription &network,
              Location loc)
      : module(module), network(network), loc(loc),
        builder(module.getContext()) {}

  /// Takes the bodies <net>_prepare and <net>_run of a target, which the module
  /// has, and renames them to <prefix>.prepare and .run.
  LogicalResult takeBodies(StringRef prefix, uint64_t features);
  /// Declares those that another object of the network has.
  void declareBodies(StringRef prefix, uint64_t features);
  /// Adds the exported functions, for `baselineCpu`, because they run before
  /// the CPU is checked.
  LogicalResult add(StringRef baselineCpu);

  bool isExported(const llvm::GlobalValue &value) const {
    return exports.contains(&value);
  }
  bool isBody(const llvm::GlobalValue &value) const;

private:
  /// What a target does behind an exported function.
  struct Bodies {
    llvm::Function *prepare, *run;
    uint64_t features;
  };

  std::string exported(StringRef what) const {
    return network.name + "_" + what.str();
  }
  llvm::FunctionType *bodyType(unsigned pointers);
  llvm::Function *takeBody(StringRef what, StringRef prefix, unsigned pointers);
  LogicalResult verifyFree(StringRef name);
  llvm::Function *create(StringRef what, llvm::FunctionType *type);
  void addConstant(StringRef what, llvm::Constant *value);
  void forward(StringRef what, ArrayRef<llvm::Type *> arguments);
  llvm::GlobalVariable *createTable();

  llvm::Module &module;
  const NetworkDescription &network;
  Location loc;
  llvm::IRBuilder<> builder;
  StringRef cpu;
  llvm::GlobalVariable *table = nullptr;
  SmallVector<Bodies> targets;
  llvm::SmallPtrSet<const llvm::GlobalValue *, 8> exports;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_TARGET_EMIT_ENTRYPOINTS_H
