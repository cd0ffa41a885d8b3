//===- Emit.h - Objects, headers and manifests ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#ifndef OQAT_TARGET_EMIT_EMIT_H
#define OQAT_TARGET_EMIT_EMIT_H

#include "oqat/Target/Emit/NetworkDescription.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

namespace mlir::oqat {

/// What LLVM is told about the machine.
struct CodeTarget {
  std::string triple;   // "x86_64-unknown-linux-gnu"
  std::string cpu;      // "x86-64"
  std::string features; // "+avx2,+avx512f"
};

/// The CPU that every machine of the target's family can stand in for.
CodeTarget baselineTarget(const CodeTarget &target);

using Bytes = llvm::SmallVector<char, 0>;

/// The section in which a network's packed weights lie.
inline constexpr llvm::StringLiteral kWeightSection = ".rodata.oqat.weights";

/// The version of the C ABI, as <net>_abi_version() returns it.
inline constexpr int kAbiVersion = 2;

/// What a caller provides where the code of the targets needs so many bytes:
/// the runtime (lib/Runtime/Entry.c) has a cache line of its own in front.
inline int64_t getPreparedSize(int64_t bytes) { return 64 + bytes; }

/// Translates a module of the LLVM dialect, adds the entry points of the C ABI
/// around the generated bodies, and optimises it. No float operation may carry
/// a fast-math flag (N10). Diagnostics are on the module's location. With
/// `bodies` there are no entry points: emitTargetChoice() makes them, and finds
/// what this target does in the hidden functions <bodies>.prepare and .run.
std::unique_ptr<llvm::Module>
translateNetwork(ModuleOp module, const NetworkDescription &network,
                 const CodeTarget &target, llvm::LLVMContext &context,
                 StringRef bodies = "");

/// The same as a relocatable object. What the module only declares, kernels and
/// weights, are in other objects.
FailureOr<Bytes> emitNetwork(ModuleOp module, const NetworkDescription &network,
                             const CodeTarget &target, StringRef bodies = "");

/// What a network of several targets calls the bodies of one of them; no two
/// networks or targets have the same.
std::string getTargetPrefix(StringRef network, StringRef target);

/// The entry points of a network of several targets, whose bodies are in other
/// objects.
FailureOr<Bytes> emitTargetChoice(const NetworkDescription &network,
                                  const CodeTarget &target, Location loc);

/// An object of the function `symbol`, hidden, and of all that it needs.
FailureOr<Bytes> emitKernel(ModuleOp module, StringRef symbol,
                            const CodeTarget &target);

/// An object of packed weights, hidden, in their section.
FailureOr<Bytes> emitWeights(ArrayRef<uint8_t> weights, StringRef symbol,
                             const CodeTarget &target, Location loc);

/// A relocatable object (or, with `assembly`, its text) of an LLVM module.
FailureOr<Bytes> emitObject(llvm::Module &module, const CodeTarget &target,
                            Location loc, bool assembly = false);

/// A symbol that other objects need, and what it is called where it is.
struct SymbolAlias {
  std::string name, definition;
};

/// Links objects and the runtime that every network carries into a shared
/// object with the given soname. Its only undefined symbols are libc's.
FailureOr<Bytes> linkSharedObject(ArrayRef<Bytes> objects, StringRef soname,
                                  Location loc,
                                  ArrayRef<SymbolAlias> aliases = {});

/// The machine that the compiler runs on, with all it can do.
CodeTarget getHostTarget();

/// A shared object of the functions of a module of the LLVM dialect; those that
/// have a C interface are exported by its name. No two pointers that such a
/// function takes may lead to the same memory. On x86 a function whose results
/// are vectors has a variant <name>_stream that writes past the caches.
FailureOr<Bytes> emitKernelLibrary(ModuleOp module, const CodeTarget &target,
                                   StringRef soname);

/// The contents of a section of a linked object, empty if there is none.
Bytes readSection(const Bytes &object, StringRef name);

/// The C and C++ header of a network.
std::string emitHeader(const NetworkDescription &network);

/// The manifest of a network whose shared object is given.
std::string emitManifest(const NetworkDescription &network,
                         const Bytes &sharedObject);

/// Which bits of a CpuFeatures.def word an LLVM feature string asks for;
/// an error names a feature that the run-time check doesn't know.
FailureOr<uint64_t> requiredCpuFeatures(const CodeTarget &target, Location loc);

} // namespace mlir::oqat

#endif // OQAT_TARGET_EMIT_EMIT_H
