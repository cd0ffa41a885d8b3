//===- KernelsToGPU.cpp - Training kernels as one GPU module --------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Turns the training kernels (oqat/Autodiff/Kernels.h) into kernels of a GPU
// that work on vectors of channels, in the grid of oqat/Numerics/GpuGrid.h.
//
// Before:
//   func.func @rescale_backward(%x: memref<?x?x?xf32>, ..., %da: memref<?xf32>)
//     linalg.generic ... outs(%dx, %da, %db : ...)
// After:
//   gpu.module @kernels {
//     gpu.func @rescale_backward(%x: memref<?x?x?xvector<4xf32>>, ...,
//                                %da: memref<?x?x?xvector<4xf32>>)
//         workgroup(%part: memref<8x32xvector<4xf32>>) kernel {
//       %sum = scf.for %pixel = ... { loads, the body, a store of dx }
//       ... gpu.shuffle xor ..., gpu.barrier, one store per channel vector
//
// A sum has a place for every image and block there, [images, gridY, vectors],
// which `sum_partials` adds to the result, in order. Beside it there are the
// statistics of batch norm and what it passes back (CommonKernels.h). Kernels
// of weights are loops on the host; WeightThreads.h says what they are here.
//
//===----------------------------------------------------------------------===//

#include "CommonKernels.h"
#include "LayerKernels.h"
#include "ThreadKernel.h"
#include "WeightThreads.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "oqat/Conversion/Passes.h"

namespace mlir::oqat {
#define GEN_PASS_DEF_CONVERTTRAININGKERNELSTOGPU
#include "oqat/Conversion/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;

namespace {
struct ConvertTrainingKernelsToGPU
    : public mlir::oqat::impl::ConvertTrainingKernelsToGPUBase<
          ConvertTrainingKernelsToGPU> {
  using ConvertTrainingKernelsToGPUBase::ConvertTrainingKernelsToGPUBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> kernels, weightKernels;
    for (func::FuncOp function : module.getOps<func::FuncOp>())
      if (!function.getOps<linalg::GenericOp>().empty())
        kernels.push_back(function);
      else if (function->hasAttr("llvm.emit_c_interface"))
        weightKernels.push_back(function);
    auto eraseWeightKernels = [&] {
      for (func::FuncOp function : weightKernels)
        function.erase();
    };
    if (kernels.empty())
      return eraseWeightKernels();
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    Location loc = module.getLoc();
    if (Operation *other = module.lookupSymbol("kernels")) {
      other->emitOpError("has the name of the module of GPU kernels");
      return signalPassFailure();
    }
    auto gpuModule = builder.create<gpu::GPUModuleOp>(loc, "kernels");
    module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                    builder.getUnitAttr());
    kernels.push_back(buildIntegerStatistics(builder, loc));
    kernels.push_back(buildFloatStatistics(builder, loc));
    kernels.push_back(buildNormGradient(builder, loc));
    for (bool areIntegers : {true, false})
      kernels.push_back(buildFoldNorm(builder, loc, areIntegers));
    kernels.push_back(buildFoldNormGradient(builder, loc));
    for (func::FuncOp kernel : kernels)
      if (failed(replace(kernel, gpuModule, SumTarget::Partial)))
        return signalPassFailure();
    for (Type type : {Type(builder.getF32Type()), Type(builder.getF64Type()),
                      Type(builder.getI64Type())}) {
      func::FuncOp sum = buildSumOfPartials(builder, loc, type);
      if (failed(replace(sum, gpuModule, SumTarget::Result)))
        return signalPassFailure();
    }
    for (int64_t rows : {1, 4})
      emitFloatDot(gpuModule, loc, rows);
    for (int64_t kernel : {3, 5, 7})
      for (int64_t stride : {1, 2}) {
        emitDepthwise(gpuModule, loc, kernel, stride);
        emitDepthwiseWeightGradient(gpuModule, loc, kernel, stride);
      }
    if (failed(emitWeightKernels(weightKernels, gpuModule)))
      return signalPassFailure();
    eraseWeightKernels();
  }

  LogicalResult replace(func::FuncOp kernel, gpu::GPUModuleOp module,
                        SumTarget target) {
    if (failed(emitThreadKernel(kernel, module, target)))
      return failure();
    kernel.erase();
    return success();
  }
};
} // namespace
