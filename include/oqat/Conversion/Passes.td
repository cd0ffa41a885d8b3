//===- Passes.td - Passes that remove a dialect ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_PASSES_TD
#define OQAT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertOqatToBitpack : Pass<"convert-oqat-to-bitpack", "ModuleOp"> {
  let summary = "Turns an integer network into a list of packed, fused layers";
  let description = [{
    Needs an integer network: quantizers frozen, batch norm folded, value bounds
    annotated. Every convolution takes along what follows it up to the next
    quantizer or the next value with several uses; the rest becomes
    `bitpack.elementwise`. Weight codes are packed at their own bit-width. The
    network, its spaces and its parameters are gone afterwards.
  }];
  let dependentDialects = ["::mlir::bitpack::BitpackDialect"];
}

def ConvertBitpackToLLVM : Pass<"convert-bitpack-to-llvm", "ModuleOp"> {
  let summary = "Turns packed layers into kernels and entry points";
  let description = [{
    Every layer becomes one function, written by the target's emitter with
    `scf`, `arith` and vectors; `<net>_prepare` and `<net>_run` unpack weights
    and call the layers in order. The packed weights become one constant in the
    section `.rodata.oqat.weights`; values share one arena by lifetime. The
    module's attribute `oqat.network` tells sizes, tensors and layers. A layer's
    attribute `bitpack.kernel` picks one of the target's kernels for it.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"native\"",
           "CPU to emit kernels for">,
    Option<"preferKernels", "prefer-kernels", "std::string", "\"\"",
           "how the names of kernels start that are taken where a layer has "
           "one, instead of the best">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::scf::SCFDialect"];
}

def ConvertTrainingKernelsToGPU
    : Pass<"convert-training-kernels-to-gpu", "ModuleOp"> {
  let summary = "Turns training kernels into kernels of a GPU";
  let description = [{
    Every function with a `linalg.generic` over (image, pixel, channel)
    (`oqat/Autodiff/Kernels.h`) becomes a `gpu.func` of `gpu.module @kernels`
    with the same arguments, of vectors of four channels. The grid is that of
    `oqat/Numerics/GpuGrid.h`: a thread reads what a channel has once and goes
    over its pixels. Sums over pixels are exchanged within a warp, then within a
    block, always in the same order, and a block stores them at a place of its
    own: the output has the shape [images, blocks in y, vectors]. `sum_partials`
    adds [images, n, vectors] of these to [images, vectors], in order.
    Functions of weights (`oqat/Autodiff/WeightKernels.h`), which are loops,
    become kernels of elements with their arithmetic, `weight_*_forward` and
    `weight_*_backward`; beside them there are `weight_matrix_gradient` and
    `weight_step_gradient`, sums in double, and `accumulator_ends`.

    The module also gets the kernels of batch norm: `integer_statistics` and
    `float_statistics`, the sums of values and of their squares in i64 and f64,
    what folds them (`integer_fold_norm`, `float_fold_norm`), `norm_gradient`
    and what it takes (`fold_norm_gradient`). And those of layers
    (`oqat/Numerics/GpuLayers.h`): `float_dot_*`, the float dot products, and
    `depthwise_*`, depthwise convolutions and their gradients for every kernel
    and stride.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::gpu::GPUDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

#endif // OQAT_CONVERSION_PASSES_TD
