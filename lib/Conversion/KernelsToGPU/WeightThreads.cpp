//===- WeightThreads.cpp - Kernels of weights as threads ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightThreads.h"
#include "oqat/Formats/Plan.h"

using namespace mlir;
using namespace mlir::oqat;

WeightTypes::WeightTypes(MLIRContext *context)
    : f64(Float64Type::get(context)), i64(IntegerType::get(context, 64)),
      index(IndexType::get(context)) {
  constexpr int64_t kDynamic = ShapedType::kDynamic;
  Type f32 = Float32Type::get(context);
  SmallVector<int64_t> any(4, kDynamic);
  dense = MemRefType::get(any, f32);
  strided =
      MemRefType::get(any, f32, StridedLayoutAttr::get(context, kDynamic, any));
  codes = MemRefType::get(any, IntegerType::get(context, 8));
  matrix = MemRefType::get({kDynamic, kDynamic}, f32);
  floats = MemRefType::get(kDynamic, f32);
  doubles = MemRefType::get(kDynamic, f64);
}

Value mlir::oqat::countElements(GpuKernelBuilder &k, Value weight) {
  Value taps = k.mul(k.dim(weight, 1), k.dim(weight, 2));
  return k.mul(k.mul(k.dim(weight, 0), taps), k.dim(weight, 3));
}

WeightPlace mlir::oqat::placeOf(GpuKernelBuilder &k, Value number,
                                Value weight) {
  WeightPlace place;
  Value rest, width = k.dim(weight, 2);
  Value taps = k.mul(k.dim(weight, 1), width);
  std::tie(rest, place.input) = k.divRem(number, k.dim(weight, 3));
  std::tie(place.filter, place.tap) = k.divRem(rest, taps);
  std::tie(place.y, place.x) = k.divRem(place.tap, width);
  return place;
}

WeightPlace mlir::oqat::atTap(GpuKernelBuilder &k, const WeightPlace &place,
                              Value tap, Value weight) {
  WeightPlace other = place;
  other.tap = tap;
  std::tie(other.y, other.x) = k.divRem(tap, k.dim(weight, 2));
  return other;
}

LogicalResult mlir::oqat::emitWeightKernels(ArrayRef<func::FuncOp> functions,
                                            gpu::GPUModuleOp module) {
  bool anyTransforms = false, anyQuantizes = false;
  for (func::FuncOp function : functions)
    for (bool transforms : {false, true})
      for (bool quantizes : {false, true}) {
        StringRef direction = function.getSymName();
        if (!direction.consume_front(
                ::oqat::formats::weightKernelName(transforms, quantizes)))
          continue;
        LogicalResult result = success();
        if (direction == "_forward")
          result = emitWeightForward(function, module, transforms, quantizes);
        else if (direction == "_backward")
          result = emitWeightBackward(function, module, transforms, quantizes);
        else
          continue;
        if (failed(result))
          return failure();
        anyTransforms |= transforms;
        anyQuantizes |= quantizes;
      }
  if (anyTransforms)
    emitMatrixGradient(module, module.getLoc());
  if (anyQuantizes) {
    emitStepGradient(module, module.getLoc());
    emitAccumulatorEnds(module, module.getLoc());
  }
  return success();
}
