//===- DepthwiseKernels.cpp - Depthwise convolutions as threads -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Forward and the gradient of the input are one loop: a thread has some
// neighbouring pixels of the target, and goes over the rows of the source under
// the kernel. It loads the pixels of a row once, the taps of the row once, and
// adds each product where it belongs, in the order of the CPU's kernels. Pixels
// outside of a picture are zeros, which change no sum (none is -0).
//
//===----------------------------------------------------------------------===//

#include "DepthwiseKernels.h"
#include "LayerKernels.h"
#include "oqat/Numerics/GpuLayers.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace ::oqat::numerics;

std::string DepthwiseKind::name(StringRef base) const {
  return (base + "_" + Twine(kernel) + "_" + Twine(stride) +
          (isCodes ? "_codes" : ""))
      .str();
}

MemRefType DepthwiseKind::images(MLIRContext *context, bool areCodes) {
  Type element = areCodes ? Type(IntegerType::get(context, 8))
                          : Type(Float32Type::get(context));
  return MemRefType::get(SmallVector<int64_t>(3, ShapedType::kDynamic),
                         VectorType::get({kGpuVector}, element));
}
MemRefType DepthwiseKind::matrix(MLIRContext *context) {
  return MemRefType::get(
      SmallVector<int64_t>(2, ShapedType::kDynamic),
      VectorType::get({kGpuVector}, Float32Type::get(context)));
}

PixelRun::PixelRun(GpuKernelBuilder &k, Value pictures, Value numVectors,
                   Value vector, Value first, int64_t count)
    : k(k), pictures(pictures) {
  Value width = k.narrow(countColumns(k, pictures, numVectors));
  Value step = k.narrow(numVectors), channel = k.narrow(vector);
  Value zero = k.int32(0), last = k.sub(width, k.int32(1));
  Value start = k.narrow(first);
  for (int64_t i = 0; i < count; ++i) {
    Value column = k.add(start, k.int32(i));
    isInside.push_back(k.isBelow(column, width));
    Value nearest = k.max(zero, k.min(column, last));
    places.push_back(k.widen(k.add(k.mul(nearest, step), channel)));
  }
}

SmallVector<Value> PixelRun::load(Value image, Value row) {
  Type type = cast<MemRefType>(pictures.getType()).getElementType();
  Value zero = k.zero(type);
  SmallVector<Value> values;
  for (auto [inside, place] : llvm::zip_equal(isInside, places)) {
    Value pixel = k.load(pictures, {image, row, place});
    values.push_back(k.toFloat(k.select(inside, pixel, zero)));
  }
  return values;
}

void PixelRun::store(Value image, Value row, ValueRange values) {
  for (auto [inside, place, value] :
       llvm::zip_equal(isInside, places, values)) {
    Value at = place, stored = value;
    k.when(inside, [&] { k.store(stored, pictures, {image, row, at}); });
  }
}

Value mlir::oqat::countColumns(GpuKernelBuilder &k, Value pictures,
                               Value numVectors) {
  return k.divRem(k.dim(pictures, 2), numVectors).first;
}

Value mlir::oqat::countStrips(GpuKernelBuilder &k, Value columns,
                              int64_t length) {
  return k.divRem(k.add(columns, length - 1), k.index(length)).first;
}

StripPlace::StripPlace(GpuKernelBuilder &k, Value item, Value numRows,
                       Value numStrips, int64_t length) {
  Value rest;
  std::tie(rest, row) = k.divRem(item, numRows);
  std::tie(image, strip) = k.divRem(rest, numStrips);
  column = k.mul(strip, length);
}

namespace {
class Depthwise {
public:
  Depthwise(gpu::GPUModuleOp module, Location loc, const DepthwiseKind &kind,
            bool isGradient)
      : kind(kind), isGradient(isGradient),
        length(isGradient ? gpuGradientStrip(kind.kernel, kind.stride)
                          : gpuDepthwiseStrip(kind.kernel, kind.stride)),
        k(module, loc,
          kind.name(isGradient ? "depthwise_input_gradient" : "depthwise"),
          {DepthwiseKind::images(module.getContext(), kind.isCodes),
           DepthwiseKind::matrix(module.getContext()),
           DepthwiseKind::images(module.getContext())}),
        source(k.argument(0)), weights(k.argument(1)), target(k.argument(2)) {}

  void emit();

private:
  void emitStrip(Value item, Value strips);
  /// Rows of the source under row `row` of the target, and the first tap of
  /// one of them.
  std::pair<Value, Value> sourceRows(Value row);
  Value firstTap(Value row, Value sourceRow);
  /// The source's pixels: the first one's column, counted from where the
  /// strip begins in the source, and how many.
  int64_t firstOffset() const {
    return isGradient ? -(kind.padding() / kind.stride) : -kind.padding();
  }
  int64_t countPixels() const {
    return isGradient
               ? (length - 1 + kind.padding()) / kind.stride - firstOffset() + 1
               : (length - 1) * kind.stride + kind.kernel;
  }
  /// The tap, in its row, between pixel i of those and pixel j of the strip; it
  /// may be none.
  int64_t tapOf(int64_t i, int64_t j) const {
    return isGradient ? j + kind.padding() - kind.stride * (i + firstOffset())
                      : i - j * kind.stride;
  }

  DepthwiseKind kind;
  bool isGradient;
  int64_t length;
  GpuKernelBuilder k;
  Value source, weights, target, vectors, vector;
};
} // namespace

std::pair<Value, Value> Depthwise::sourceRows(Value row) {
  Value zero = k.index(0), height = k.dim(source, 1);
  int64_t p = kind.padding(), s = kind.stride;
  if (!isGradient) {
    Value top = k.add(k.mul(row, s), -p);
    return {k.max(zero, top), k.min(height, k.add(top, kind.kernel))};
  }
  // Row r of the source meets row s * r - p + ky of the target.
  Value first = k.max(zero, k.add(row, p - kind.kernel + s));
  Value last = k.add(row, p);
  if (s > 1) {
    first = k.divRem(first, k.index(s)).first;
    last = k.divRem(last, k.index(s)).first;
  }
  return {first, k.min(height, k.add(last, 1))};
}

Value Depthwise::firstTap(Value row, Value sourceRow) {
  int64_t p = kind.padding(), s = kind.stride;
  Value tapRow = isGradient ? k.sub(k.add(row, p), k.mul(sourceRow, s))
                            : k.sub(k.add(sourceRow, p), k.mul(row, s));
  return k.mul(tapRow, kind.kernel);
}

void Depthwise::emitStrip(Value item, Value strips) {
  StripPlace place(k, item, k.dim(target, 1), strips, length);
  Value start = isGradient ? k.mul(place.strip, length / kind.stride)
                           : k.mul(place.column, kind.stride);
  PixelRun in(k, source, vectors, vector, k.add(start, firstOffset()),
              countPixels());
  PixelRun out(k, target, vectors, vector, place.column, length);
  auto [first, last] = sourceRows(place.row);
  Type sum = cast<MemRefType>(target.getType()).getElementType();
  SmallVector<Value> sums(static_cast<size_t>(length), k.zero(sum));
  sums =
      k.loop(first, last, k.index(1), sums, [&](Value row, ValueRange before) {
        Value tap = firstTap(place.row, row);
        SmallVector<Value> taps, next(before);
        for (int64_t kx = 0; kx < kind.kernel; ++kx)
          taps.push_back(k.load(weights, {k.add(tap, kx), vector}));
        for (auto [i, pixel] : llvm::enumerate(in.load(place.image, row)))
          for (int64_t j = 0; j < length; ++j) {
            int64_t kx = tapOf(static_cast<int64_t>(i), j);
            Value &sum = next[static_cast<size_t>(j)];
            // Sums of codes are exact, so one rounding is as good as two.
            if (kx >= 0 && kx < kind.kernel)
              sum = k.multiplyAdd(pixel, taps[static_cast<size_t>(kx)], sum,
                                  /*isFused=*/kind.isCodes);
          }
        return next;
      });
  out.store(place.image, place.row, sums);
}

void Depthwise::emit() {
  vector = k.vector();
  vectors = k.dim(weights, 1);
  Value item = k.item();
  Value strips = countStrips(k, countColumns(k, target, vectors), length);
  Value items = k.mul(k.mul(k.dim(target, 0), k.dim(target, 1)), strips);
  k.when(k.both(k.isLess(vector, vectors), k.isLess(item, items)),
         [&] { emitStrip(item, strips); });
}

void mlir::oqat::emitDepthwise(gpu::GPUModuleOp module, Location loc,
                               int64_t kernel, int64_t stride) {
  for (bool isCodes : {false, true})
    Depthwise(module, loc, {kernel, stride, isCodes}, /*isGradient=*/false)
        .emit();
  Depthwise(module, loc, {kernel, stride, /*isCodes=*/false},
            /*isGradient=*/true)
      .emit();
}
