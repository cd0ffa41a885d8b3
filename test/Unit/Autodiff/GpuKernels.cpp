//===- GpuKernels.cpp - Kernels of a GPU on this CPU ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GpuKernels.h"
#include "Lockstep.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "oqat/Autodiff/Passes.h"
#include "oqat/Conversion/Passes.h"

using namespace oqat::test;
using namespace oqat::train;
using namespace mlir;

namespace {
[[noreturn]] void fail(const llvm::Twine &what) {
  llvm::errs() << "GpuKernels: " << what << "\n";
  std::abort();
}

/// The module of GPU kernels, with all that it lives in.
class Kernels : public Launcher {
public:
  Kernels() {
    DialectRegistry registry;
    registry.insert<mlir::oqat::OqatDialect>();
    context.appendDialectRegistry(registry);
    module = parseSourceString<ModuleOp>(buildNetwork(), &context);
    PassManager passes(&context);
    passes.addPass(mlir::oqat::createBuildTrainingKernels());
    passes.addPass(mlir::oqat::createConvertTrainingKernelsToGPU());
    if (!module || failed(passes.run(*module)))
      fail("no GPU kernels");
    kernels = *module->getOps<gpu::GPUModuleOp>().begin();
  }

  void launch(const std::string &kernel, const ::oqat::numerics::GpuGrid &grid,
              const std::vector<uint64_t> &parameters) override {
    auto function = kernels.lookupSymbol<gpu::GPUFuncOp>(kernel);
    if (!function)
      fail("no kernel '" + kernel + "'");
    Launch shape{{grid.gridX, grid.gridY, grid.gridZ},
                 {grid.blockX, grid.blockY, 1}};
    if (llvm::Error error = runKernel(function, shape, parameters))
      fail(kernel + ": " + llvm::toString(std::move(error)));
  }

private:
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  gpu::GPUModuleOp kernels;
};

template <typename T>
DevicePointer at(std::vector<T> &values) {
  return values.empty() ? 0 : reinterpret_cast<DevicePointer>(values.data());
}

DeviceShape shapeOf(const KernelInputs &in) {
  return {in.shape.images, in.shape.pixels, in.shape.channels};
}
DeviceOperands operandsOf(KernelInputs &in) {
  return {at(in.x),    at(in.a),        at(in.b),
          at(in.gate), at(in.residual), at(in.quant)};
}
} // namespace

Launcher & ::oqat::test::getLauncher() {
  static Kernels kernels;
  return kernels;
}

void ::oqat::test::forwardInLockstep(const std::string &kernel,
                                     KernelInputs &in, float *y,
                                     int8_t *codes) {
  launchForward(getLauncher(), kernel, shapeOf(in), operandsOf(in),
                reinterpret_cast<DevicePointer>(y),
                reinterpret_cast<DevicePointer>(codes));
}

void ::oqat::test::backwardInLockstep(const std::string &kernel,
                                      KernelInputs &in, KernelGradients &out) {
  DeviceGradients gradients{at(in.grad),  at(out.dx), at(out.dresidual),
                            at(out.da),   at(out.db), at(out.dstep),
                            at(out.dgate)};
  std::vector<char> workspace(backwardWorkspace(shapeOf(in), /*sums=*/4));
  launchBackward(getLauncher(), kernel, shapeOf(in), operandsOf(in), gradients,
                 at(workspace));
}
