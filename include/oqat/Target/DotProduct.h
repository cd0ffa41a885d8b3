//===- DotProduct.h - Integer dot products of a CPU -------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TARGET_DOTPRODUCT_H
#define OQAT_TARGET_DOTPRODUCT_H

#include "oqat/Conversion/KernelBuilder.h"

#include "dialects/bitpack/Bitpack.h"

namespace mlir::oqat {

/// `group` codes of one pixel times as many weights of each of `lanes` outputs,
/// added to sums. The base class multiplies and adds words, one code at a time.
class DotProduct {
public:
  explicit DotProduct(int64_t lanes) : lanes(lanes) {}
  virtual ~DotProduct() = default;

  virtual StringRef getName() const { return "mul"; }
  virtual int64_t getGroup() const { return 1; }
  /// Bytes of a weight in the panel.
  virtual int64_t getElementBytes() const { return 2; }
  /// How many groups of a layer add() may add to a sum of 0 before widen() must
  /// be called, by the layer's actual weights; 0 where not even one is exact.
  /// A layer has taps * ceil(inputs / group) of them; sums of more than one tap
  /// only count where it says kAllGroups. With `gathers` all taps of a pixel
  /// are the inputs of one.
  virtual int64_t getSegment(bitpack::Conv2DOp op, bool gathers) const {
    return kAllGroups;
  }
  static constexpr int64_t kAllGroups = std::numeric_limits<int64_t>::max();
  /// The same of a matrix product with rows of `inputs` weights and unsigned
  /// codes up to `highest`: at most as many as a row has.
  virtual int64_t getSegment(ArrayRef<int16_t> weights, int64_t inputs,
                             int64_t highest) const {
    return (inputs + getGroup() - 1) / getGroup();
  }

  /// Bytes of a code where loadCodes() reads it: 1 as activations have it, 2
  /// where the kernel widens the codes of a tile of pixels first.
  virtual int64_t getCodeBytes() const { return 1; }
  /// The codes at `pointer`, ready for add().
  virtual Value loadCodes(KernelBuilder &builder, Value pointer) const;
  /// The weights of `lanes` outputs at `pointer`, ready for add().
  virtual Value loadWeights(KernelBuilder &builder, Value pointer) const;
  /// The type of sums: i32 of each output, or something that widen() makes
  /// that.
  virtual VectorType getSumType(KernelBuilder &builder) const;
  /// sum + codes . weights.
  virtual Value add(KernelBuilder &builder, Value sum, Value codes,
                    Value weights) const;
  /// Whether add() is one instruction, on words of four codes and of four
  /// weights, whatever these are of.
  virtual bool sumsInPlace() const { return false; }
  virtual Value widen(KernelBuilder &builder, Value sum) const { return sum; }

  int64_t lanes;
};

} // namespace mlir::oqat

#endif // OQAT_TARGET_DOTPRODUCT_H
