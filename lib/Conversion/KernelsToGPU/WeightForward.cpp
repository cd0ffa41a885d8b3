//===- WeightForward.cpp - Weights of a subnet as threads -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread makes elements on its own, from the shared weight to the code. The
// sum over the taps of a transform is read again by every tap that it makes,
// from the cache: those are weights of depthwise layers, which are small.
//
//===----------------------------------------------------------------------===//

#include "WeightElement.h"
#include "WeightThreads.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
class WeightForward {
public:
  WeightForward(func::FuncOp host, gpu::GPUModuleOp module, bool transforms,
                bool quantizes)
      : WeightForward(host, module, transforms, quantizes,
                      WeightTypes(host.getContext())) {}

  LogicalResult emit();

private:
  WeightForward(func::FuncOp host, gpu::GPUModuleOp module, bool transforms,
                bool quantizes, const WeightTypes &types)
      : host(host), transforms(transforms), quantizes(quantizes),
        k(module, host.getLoc(), host.getSymName(),
          {types.strided, types.matrix, types.floats, types.dense,
           types.strided, types.codes}),
        w(k.argument(0)), matrix(k.argument(1)), quant(k.argument(2)),
        product(k.argument(3)), values(k.argument(4)), codes(k.argument(5)) {}

  Value transform(const WeightPlace &place);
  LogicalResult quantize(const WeightPlace &place, Value element);

  func::FuncOp host;
  bool transforms, quantizes;
  GpuKernelBuilder k;
  Value w, matrix, quant, product, values, codes;
  SmallVector<Value, 3> quantizer;
};
} // namespace

/// In the order of the host's: taps of the shared weight ascending, from +0.
Value WeightForward::transform(const WeightPlace &place) {
  Value zero = k.index(0), one = k.index(1), width = k.dim(w, 2);
  Value sum = k.zero(cast<MemRefType>(w.getType()).getElementType());
  return k.loop(zero, k.dim(w, 1), one, sum, [&](Value y, ValueRange before) {
    Value row = k.mul(y, width);
    return k.loop(zero, width, one, before, [&](Value x, ValueRange sums) {
      Value factor = k.load(matrix, {place.tap, k.add(row, x)});
      Value tap = k.load(w, {place.filter, y, x, place.input});
      return SmallVector<Value>{k.multiplyAdd(factor, tap, sums[0])};
    });
  })[0];
}

LogicalResult WeightForward::quantize(const WeightPlace &place, Value element) {
  WeightElement arithmetic(host);
  auto load = [&](unsigned argument, int64_t index) {
    return argument == weight_argument::Quant
               ? quantizer[static_cast<size_t>(index)]
               : element;
  };
  Value code = arithmetic.storedTo(weight_argument::Codes);
  Value value = code ? arithmetic.storedTo(weight_argument::Values) : Value();
  if (!value || !(code = arithmetic.compute(k.ops(), code, load)) ||
      !(value = arithmetic.compute(k.ops(), value, load)))
    return failure();
  if (transforms)
    k.store(element, product, place.indices());
  k.store(value, values, place.indices());
  k.when(k.isLess(k.index(0), k.dim(codes, 0)),
         [&] { k.store(code, codes, place.indices()); });
  return success();
}

LogicalResult WeightForward::emit() {
  LogicalResult result = success();
  for (int64_t i = 0; quantizes && i < 3; ++i)
    quantizer.push_back(k.load(quant, k.index(i)));
  using gpu::Dimension;
  Value threads = k.mul(k.gridDim(Dimension::x), k.blockDim(Dimension::y));
  k.loop(k.item(), countElements(k, values), threads, {},
         [&](Value number, ValueRange) -> SmallVector<Value> {
           WeightPlace place = placeOf(k, number, values);
           Value element =
               transforms ? transform(place) : k.load(w, place.indices());
           if (quantizes)
             result = quantize(place, element);
           else
             k.store(element, values, place.indices());
           return {};
         });
  return result;
}

LogicalResult mlir::oqat::emitWeightForward(func::FuncOp host,
                                            gpu::GPUModuleOp module,
                                            bool transforms, bool quantizes) {
  return WeightForward(host, module, transforms, quantizes).emit();
}
