//===- KernelObject.cpp - Kernels compiled for some CPU -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelObject.h"
#include "GpuKernels.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "oqat/Autodiff/Passes.h"
#include "oqat/Pipelines/TrainingPlan.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <dlfcn.h>
#include <map>
#include <memory>

using namespace oqat::test;
using namespace mlir;
namespace train = ::oqat::train;
namespace formats = ::oqat::formats;

[[noreturn]] static void fail(const llvm::Twine &what) {
  llvm::errs() << "KernelObject: " << what << "\n";
  std::abort();
}

static mlir::oqat::Bytes compile(const std::string &cpu) {
  DialectRegistry registry;
  registry.insert<mlir::oqat::OqatDialect>();
  MLIRContext context(registry);
  auto module = parseSourceString<ModuleOp>(buildNetwork(), &context);
  PassManager kernels(&context), toLLVM(&context);
  kernels.addPass(mlir::oqat::createBuildTrainingKernels());
  if (!module || failed(kernels.run(*module)))
    fail("no kernels");
  for (Operation &op :
       llvm::make_early_inc_range(module->getBody()->getOperations()))
    if (!isa<func::FuncOp>(op))
      op.erase();
  mlir::oqat::buildKernelsToLLVMPipeline(toLLVM);
  mlir::oqat::CodeTarget target = mlir::oqat::getHostTarget();
  if (cpu != "host")
    target = {target.triple, cpu, ""};
  if (failed(toLLVM.run(*module)))
    fail("no LLVM dialect");
  auto bytes = mlir::oqat::emitKernelLibrary(*module, target, "kernels.so");
  if (failed(bytes))
    fail("no object for " + cpu);
  return std::move(*bytes);
}

/// Which of the levels of x86-64 this machine has.
static bool canRun(const std::string &cpu) {
#ifdef __x86_64__
  return cpu == "host" || cpu == "x86-64" ||
         (cpu == "x86-64-v2" && __builtin_cpu_supports("x86-64-v2")) ||
         (cpu == "x86-64-v3" && __builtin_cpu_supports("x86-64-v3")) ||
         (cpu == "x86-64-v4" && __builtin_cpu_supports("x86-64-v4"));
#else
  return cpu == "host";
#endif
}

KernelObject::KernelObject(const std::string &cpu) {
  mlir::oqat::Bytes bytes = compile(cpu);
  llvm::SmallString<128> path;
  int file = -1;
  if (llvm::sys::fs::createTemporaryFile("oqat-kernels", "so", file, path))
    fail("no temporary file");
  llvm::raw_fd_ostream(file, /*shouldClose=*/true)
      .write(bytes.data(), bytes.size());
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  llvm::sys::fs::remove(path);
  if (!handle)
    fail(dlerror());
}

const KernelObject *KernelObject::get(const std::string &cpu) {
  static std::map<std::string, std::unique_ptr<KernelObject>> objects;
  if (!canRun(cpu))
    return nullptr;
  std::unique_ptr<KernelObject> &object = objects[cpu];
  if (!object)
    object.reset(new KernelObject(cpu));
  return object.get();
}

train::WeightKernel KernelObject::weight(bool transforms,
                                         bool quantizes) const {
  using train::WeightKernel;
  std::string name = formats::weightKernelName(transforms, quantizes);
  return {reinterpret_cast<WeightKernel::ForwardFn>(find(name + "_forward")),
          reinterpret_cast<WeightKernel::BackwardFn>(find(name + "_backward"))};
}

void *KernelObject::find(const std::string &name) const {
  return dlsym(handle, ("_mlir_ciface_" + name).c_str());
}
