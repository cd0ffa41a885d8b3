//===- GpuKernels.cpp - Training kernels to machine code ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's way down to NVVM, PTX and ptxas, after what it leaves out: vectors
// and math become LLVM's before it starts. Square roots would become calls of
// CUDA's libdevice there; NVPTX has an instruction that rounds them right.
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/GpuKernels.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Pipelines/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Conversion/Passes.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
/// Every `math.sqrt` on vectors of f64.
struct LowerRoots : PassWrapper<LowerRoots, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerRoots)

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, vector::VectorDialect>();
  }
  void runOnOperation() override {
    getOperation()->walk([](math::SqrtOp op) {
      auto type = dyn_cast<VectorType>(op.getType());
      if (!type || !type.getElementType().isF64())
        return;
      OpBuilder builder(op);
      Location loc = op.getLoc();
      SmallVector<Value> roots;
      for (int64_t i = 0; i < type.getNumElements(); ++i) {
        Value element =
            builder.create<vector::ExtractOp>(loc, op.getOperand(), i);
        auto root = builder.create<LLVM::CallIntrinsicOp>(
            loc, builder.getF64Type(),
            builder.getStringAttr("llvm.nvvm.sqrt.rn.d"), element);
        roots.push_back(root.getResult(0));
      }
      op.replaceAllUsesWith(
          builder.create<vector::FromElementsOp>(loc, type, roots).getResult());
      op.erase();
    });
  }
};
} // namespace

void mlir::oqat::buildGpuKernelsToBinaryPipeline(OpPassManager &passes,
                                                 StringRef chip,
                                                 GpuFormat format) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(std::make_unique<LowerRoots>());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createConvertMathToLLVMPass());
  gpu::GPUToNVVMPipelineOptions options;
  options.cubinChip = chip.str();
  // Of CUDA 12, which knows every chip from sm_80 to sm_90.
  options.cubinFeatures = "+ptx80";
  options.cubinFormat = format == GpuFormat::PTX ? "isa" : "bin";
  gpu::buildLowerToNVVMPassPipeline(passes, options);
}

namespace {
struct BinaryOptions : PassPipelineOptions<BinaryOptions> {
  Option<std::string> chip{*this, "chip", llvm::cl::desc("GPU"),
                           llvm::cl::init("sm_80")};
  Option<GpuFormat> format{
      *this, "format", llvm::cl::desc("what to make"),
      llvm::cl::init(GpuFormat::PTX),
      llvm::cl::values(clEnumValN(GpuFormat::PTX, "isa", "PTX"),
                       clEnumValN(GpuFormat::Cubin, "bin", "a cubin"))};
};
} // namespace

void mlir::oqat::registerGpuKernelPipelines() {
  PassPipelineRegistration<BinaryOptions>(
      "oqat-gpu-kernels-to-binary",
      "compile the GPU's training kernels to PTX or a cubin",
      [](OpPassManager &passes, const BinaryOptions &options) {
        buildGpuKernelsToBinaryPipeline(passes, options.chip, options.format);
      });
}

FailureOr<std::string> mlir::oqat::compileGpuKernels(ModuleOp kernels,
                                                     StringRef chip,
                                                     GpuFormat format) {
  DialectRegistry registry;
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  kernels.getContext()->appendDialectRegistry(registry);

  OwningOpRef<ModuleOp> copy = kernels.clone();
  PassManager passes(kernels.getContext(), ModuleOp::getOperationName());
  passes.addPass(createConvertTrainingKernelsToGPU());
  buildGpuKernelsToBinaryPipeline(passes, chip, format);
  if (failed(passes.run(*copy)))
    return failure();
  for (gpu::BinaryOp binary : copy->getOps<gpu::BinaryOp>()) {
    auto object = cast<gpu::ObjectAttr>(binary.getObjects()[0]);
    StringRef code = object.getObject().getValue();
    // PTX ends in a zero, which is no part of its text.
    return code.rtrim('\0').str();
  }
  return kernels.emitError("has no training kernel for a GPU");
}

LogicalResult mlir::oqat::checkGpuChips(ArrayRef<std::string> chips,
                                        Location loc) {
  for (StringRef chip : chips) {
    unsigned version = 0;
    StringRef number = chip;
    if (!number.consume_front("sm_") || number.consumeInteger(10, version) ||
        (!number.empty() && number != "a") || version < 80 || version > 999)
      return emitError(loc)
             << "--gpu: expected 'none' or GPUs from sm_80 on, but got '"
             << chip << "'";
  }
  return success();
}
