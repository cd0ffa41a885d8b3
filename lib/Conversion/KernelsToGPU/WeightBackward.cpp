//===- WeightBackward.cpp - Gradients of shared weights as threads --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread takes elements through the quantizer to their place in the shared
// gradient and sums what they give to the step. A transform is a kernel of its
// own, since each of its elements needs all taps of the gradient before it.
//
//===----------------------------------------------------------------------===//

#include "WeightElement.h"
#include "WeightThreads.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
class WeightBackward {
public:
  WeightBackward(func::FuncOp host, gpu::GPUModuleOp module, bool transforms,
                 bool quantizes)
      : WeightBackward(host, module, transforms, quantizes,
                       WeightTypes(host.getContext())) {}

  LogicalResult emit();

private:
  WeightBackward(func::FuncOp host, gpu::GPUModuleOp module, bool transforms,
                 bool quantizes, const WeightTypes &types)
      : host(host), transforms(transforms), quantizes(quantizes),
        f64(types.f64),
        k(module, host.getLoc(), host.getSymName(),
          {types.strided, types.matrix, types.floats, types.dense,
           types.strided, types.strided, types.doubles},
          quantizes ? TypeRange(GpuKernelBuilder::bufferOf(types.f64))
                    : TypeRange()),
        w(k.argument(0)), matrix(k.argument(1)), quant(k.argument(2)),
        product(k.argument(3)), grad(k.argument(4)), dw(k.argument(5)),
        parts(k.argument(6)) {}

  void add(Value value, const WeightPlace &place) {
    k.store(k.addFloats(k.load(dw, place.indices()), value), dw,
            place.indices());
  }
  /// Returns the sum of the step with this element's part.
  FailureOr<Value> throughQuantizer(const WeightPlace &place, Value sum);
  Value throughMatrix(const WeightPlace &place);

  func::FuncOp host;
  bool transforms, quantizes;
  Type f64;
  GpuKernelBuilder k;
  Value w, matrix, quant, product, grad, dw, parts;
  SmallVector<Value, 3> quantizer;
};
} // namespace

FailureOr<Value> WeightBackward::throughQuantizer(const WeightPlace &place,
                                                  Value sum) {
  namespace of = weight_argument;
  WeightElement arithmetic(host);
  Value old;
  auto load = [&](unsigned argument, int64_t index) -> Value {
    if (argument == of::Quant)
      return quantizer[static_cast<size_t>(index)];
    Value from = argument == of::Grad      ? grad
                 : argument == of::Product ? product
                 : argument == of::DW      ? dw
                                           : w;
    return k.load(from, place.indices());
  };
  // An addition to the shared gradient, or the gradient of the product.
  Value own = arithmetic.storedTo(transforms ? of::Product : of::DW);
  Value part = own ? arithmetic.storedToOwnMemory() : Value();
  if (!part || !(own = arithmetic.compute(k.ops(), own, load)) ||
      !(part = arithmetic.compute(k.ops(), part, load)))
    return failure();
  k.store(own, transforms ? product : dw, place.indices());
  return k.addFloats(sum, k.toDouble(part));
}

/// In the order of the host's: taps of the gradient ascending, from +0.
Value WeightBackward::throughMatrix(const WeightPlace &place) {
  Value zero = k.index(0), one = k.index(1), width = k.dim(grad, 2);
  Value sum = k.zero(cast<MemRefType>(grad.getType()).getElementType());
  return k.loop(
      zero, k.dim(grad, 1), one, sum, [&](Value y, ValueRange before) {
        Value row = k.mul(y, width);
        return k.loop(zero, width, one, before, [&](Value x, ValueRange sums) {
          Value factor = k.load(matrix, {k.add(row, x), place.tap});
          Value dy = k.load(grad, {place.filter, y, x, place.input});
          return SmallVector<Value>{k.multiplyAdd(factor, dy, sums[0])};
        });
      })[0];
}

LogicalResult WeightBackward::emit() {
  LogicalResult result = success();
  for (int64_t i = 0; quantizes && i < 3; ++i)
    quantizer.push_back(k.load(quant, k.index(i)));
  using gpu::Dimension;
  using Values = SmallVector<Value>;
  Value threads = k.mul(k.gridDim(Dimension::x), k.blockDim(Dimension::y));
  Values sums;
  if (quantizes)
    sums.push_back(k.zero(f64));
  sums = k.loop(k.item(), countElements(k, grad), threads, sums,
                [&](Value number, ValueRange before) -> Values {
                  WeightPlace place = placeOf(k, number, grad);
                  if (!quantizes) {
                    add(transforms ? throughMatrix(place)
                                   : k.load(grad, place.indices()),
                        place);
                    return {};
                  }
                  FailureOr<Value> sum = throughQuantizer(place, before[0]);
                  result = sum;
                  return {failed(sum) ? before[0] : *sum};
                });
  if (!quantizes)
    return result;
  Value total = k.sumBlock(sums[0]);
  k.when(k.isLess(k.threadId(Dimension::y), k.index(1)),
         [&] { k.store(total, parts, k.blockId(Dimension::x)); });
  return result;
}

LogicalResult mlir::oqat::emitWeightBackward(func::FuncOp host,
                                             gpu::GPUModuleOp module,
                                             bool transforms, bool quantizes) {
  return WeightBackward(host, module, transforms, quantizes).emit();
}
