//===- RunIntrinsics.cpp - Functions of the LLVM dialect, run -------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunIntrinsics.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "oqat/Target/Emit/Emit.h"
#include "oqat/Target/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"
#include <dlfcn.h>

using namespace mlir;
using namespace mlir::oqat;

bool hostHas(StringRef features) {
  llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
  SmallVector<StringRef> wanted;
  features.split(wanted, ',');
  return llvm::all_of(
      wanted, [&](StringRef feature) { return present.lookup(feature); });
}

Library::~Library() {
  if (handle)
    dlclose(handle);
}

void *Library::compile(const std::string &text, bool emulated) {
  MLIRContext context;
  context.loadDialect<LLVM::LLVMDialect>();
  auto module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return nullptr;
  CodeTarget target = getHostTarget();
  if (emulated) {
    target = baselineTarget(target);
    PassManager passes(&context);
    passes.addPass(createEmulateTargetIntrinsics());
    if (failed(passes.run(*module)))
      return nullptr;
  }
  FailureOr<Bytes> bytes = emitKernelLibrary(*module, target, "run.so");
  SmallString<64> path;
  int fd;
  if (failed(bytes) ||
      llvm::sys::fs::createTemporaryFile("emulation", "so", fd, path))
    return nullptr;
  llvm::raw_fd_ostream(fd, true) << StringRef(bytes->data(), bytes->size());
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  llvm::sys::fs::remove(path);
  return handle ? dlsym(handle, kFunction) : nullptr;
}
