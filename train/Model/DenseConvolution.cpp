//===- DenseConvolution.cpp - Dense layers of a program -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of rows of taps with the weight. Rows are made when a product takes
// them, in forward and again in backward: kept, they would be kernel * kernel
// floats for a byte of codes.
//
//===----------------------------------------------------------------------===//

#include "train/Kernels/Kernels.h"
#include "train/Model/BatchNorm.h"
#include "train/Model/Columns.h"
#include "train/Model/Convolution.h"
#include "train/Model/DenseProducts.h"

#include <algorithm>

namespace oqat::train {
namespace {

class DenseConvolution : public Convolution {
public:
  DenseConvolution(const BuildContext &context, const formats::PlanNode &node,
                   Value *in, Value *out)
      : Convolution(context, node, in, out),
        columns(in->height, in->width, in->channels, kernel(), node.stride),
        products(weight, isExactFloat(), context.mode.bfloat16Gradients) {
    in->isReadAtEnd |= isDeferred();
  }

  void prepare() override {
    weight.prepare();
    products.prepare();
  }

  void forward(const Chunk &chunk) override {
    clearSums(*out, chunk);
    if (weight.isQuantized() && isPlain())
      return forwardCodes(chunk);
    forwardRows(chunk, inputRows(chunk), 0, rows(chunk));
  }

  void beginBackward() override {
    Convolution::beginBackward();
    products.beginBackward(inputScale());
    if (isDeferred())
      outputGrad = makeFloats(out->data.sizes().vec());
    else
      makeWeightGrads(weight.outputs() * weight.depth());
  }

  void backward(const Chunk &chunk) override {
    float *accGrad = isDeferred() ? outputGrad.data_ptr<float>() +
                                        chunk.first * out->perImage()
                                  : out->gradAt(chunk.first);
    toAccumulatorGrad(chunk, accGrad);
    if (isDeferred() && !needsInputGrad())
      return;
    const float *grad = products.factors(accGrad, rows(chunk));
    if (!isDeferred())
      weightProduct(chunk, grad, weightGradAt(chunk));
    if (needsInputGrad())
      backwardInput(chunk, grad);
  }

  void finishBackward() override {
    weight.finishBackward(weightGrad().data_ptr<float>());
    products.finishBackward();
    outputGrad = at::Tensor();
  }

private:
  Columns columns;
  DenseProducts products;
  at::Tensor outputGrad;

  /// Few rows per chunk: one product over all pictures costs less than a
  /// weight gradient per chunk.
  bool isDeferred() const {
    return kChunkImages * out->pixels() < weight.depth();
  }

  /// The input of a chunk as rows of depth() floats.
  const float *inputRows(const Chunk &chunk) {
    Value &v = *in.value;
    if (isPlain()) {
      if (!v.isCodes())
        return v.at(chunk.first);
      int64_t count = chunk.count * v.perImage();
      float *x = scratch(kColumns, count);
      kernels().codesToFloat(v.codesAt(chunk.first), count, x);
      return x;
    }
    float *x = scratch(kColumns, chunk.count * columns.count());
    for (int64_t i = 0; i < chunk.count; ++i) {
      float *to = x + i * columns.count();
      if (v.isCodes())
        columns.gather(v.codesAt(chunk.first + i), to);
      else
        columns.gather(v.at(chunk.first + i), to);
    }
    return x;
  }

  /// `count` rows from row `first` of the chunk on.
  void forwardRows(const Chunk &chunk, const float *x, int64_t first,
                   int64_t count) {
    float *y = out->at(chunk.first) + first * out->channels;
    products.forward(x, count, isWide, y);
    addSums(*out, chunk, y, count);
  }

  /// Some rows at a time, which stay in the cache until their sums are made,
  /// in any order because they are integers.
  void forwardCodes(const Chunk &chunk) {
    constexpr int64_t kCacheFloats = 48 << 10;
    int64_t depth = weight.depth();
    int64_t block =
        std::max<int64_t>(96, kCacheFloats / (depth + out->channels));
    const uint8_t *codes = in.value->codesAt(chunk.first);
    float *x = scratch(kColumns, block * depth);
    for (int64_t row = 0; row < rows(chunk); row += block) {
      int64_t count = std::min(block, rows(chunk) - row);
      kernels().codesToFloat(codes + row * depth, count * depth, x);
      forwardRows(chunk, x, row, count);
    }
  }

  /// `grad` as factors, here and below.
  void weightProduct(const Chunk &chunk, const float *grad, float *to) {
    products.weightGrad(grad, inputRows(chunk), in.value->isCodes(),
                        rows(chunk), to);
  }

  void backwardInput(const Chunk &chunk, const float *grad) {
    float *to = gradientTarget(in, chunk, kInputGrad);
    if (isPlain()) {
      products.inputGrad(grad, rows(chunk), to);
    } else {
      float *x = scratch(kColumns, chunk.count * columns.count());
      products.inputGrad(grad, rows(chunk), x);
      for (int64_t i = 0; i < chunk.count; ++i)
        columns.scatter(x + i * columns.count(), to + i * in.value->perImage());
    }
    addGradient(in, chunk, to);
  }

  at::Tensor weightGrad() {
    if (!isDeferred())
      return takeWeightGrad();
    Chunk all{0, 0, context.images};
    at::Tensor sum = makeFloats({weight.outputs() * weight.depth()});
    weightProduct(all,
                  products.factors(outputGrad.data_ptr<float>(), rows(all)),
                  sum.data_ptr<float>());
    return sum;
  }
};

} // namespace

OperationPtr makeDenseConvolution(const BuildContext &context,
                                  const formats::PlanNode &node, Value *in,
                                  Value *out) {
  return std::make_unique<DenseConvolution>(context, node, in, out);
}

} // namespace oqat::train
