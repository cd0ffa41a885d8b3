//===- Kernels.h - Inner loops of the trainer -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops that neither the plan's kernel object nor LibTorch provides:
// depthwise convolutions, float dot products in the order of N5, statistics of
// accumulators. Compiled once per instruction set from Kernels.inc; all give
// the same bits because every sum has one order and nothing is contracted.
// Activations are [pixels][channels], all pointers of one call are disjoint.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_KERNELS_KERNELS_H
#define OQAT_TRAIN_KERNELS_KERNELS_H

#include <cstdint>

namespace oqat::train {

/// Channels are padded to this many where a kernel works on whole vectors.
inline constexpr int64_t kVectorWidth = 16;

inline int64_t padChannels(int64_t channels) {
  return (channels + kVectorWidth - 1) / kVectorWidth * kVectorWidth;
}

/// One depthwise convolution over one image.
struct DepthwiseShape {
  int64_t height, width, channels; // of the input
  int64_t outHeight, outWidth;
  int64_t kernel, stride;

  int64_t padding() const { return kernel / 2; }
  int64_t paddedHeight() const { return height + 2 * padding(); }
  int64_t paddedWidth() const { return width + 2 * padding(); }
  // An image with its border lies in planes of kVectorWidth channels,
  // [padded channels / kVectorWidth][padded height][padded width]
  // [kVectorWidth], so that the pixels under one kernel are neighbours.
  int64_t plane() const {
    return paddedHeight() * paddedWidth() * kVectorWidth;
  }
  int64_t paddedSize() const {
    return padChannels(channels) / kVectorWidth * plane();
  }
  /// Row and column count from the border's first.
  int64_t paddedIndex(int64_t row, int64_t column, int64_t channel) const {
    return channel / kVectorWidth * plane() +
           (row * paddedWidth() + column) * kVectorWidth +
           channel % kVectorWidth;
  }
};

struct Kernels {
  void (*codesToFloat)(const uint8_t *codes, int64_t count, float *out);
  /// out = a[c] * dz + p[c] * x + q[c]; `out` may be `dz`.
  void (*normGradient)(const float *dz, const float *x, const float *a,
                       const float *p, const float *q, int64_t rows,
                       int64_t channels, float *out);
  /// sums[c] += x, squares[c] += x * x, both in f64 and by ascending row.
  void (*channelSums)(const float *x, int64_t rows, int64_t channels,
                      double *sums, double *squares);
  /// sums[c] += x by ascending row.
  void (*columnSums)(const float *x, int64_t rows, int64_t channels,
                     float *sums);
  /// out[row][n] = sum over k ascending of x[row][k] * weights[k][n], n padded
  /// to kVectorWidth in `weights`; then + bias[n] where there is one (N5).
  void (*floatDot)(const float *x, int64_t rows, int64_t depth,
                   const float *weights, const float *bias, int64_t outputs,
                   float *out);
  /// The same without a bias, and each product and sum may be rounded once: for
  /// integers that stay below 2^24 and for gradients.
  void (*product)(const float *x, int64_t rows, int64_t depth,
                  const float *weights, int64_t outputs, float *out);
  /// sums[c] += rne(x * scale), |x * scale| < 2^31 (N4).
  void (*fixedSums)(const float *x, int64_t rows, int64_t channels, float scale,
                    int64_t *sums);
  /// out += x.
  void (*accumulate)(const float *x, int64_t count, float *out);
  /// Rounds to bfloat16, half to even; as float32 and as its upper half.
  void (*roundBfloat16)(const float *x, int64_t count, float *out);
  void (*packBfloat16)(const float *x, int64_t count, uint16_t *out);

  /// Copies an image into the middle of a buffer of paddedSize(), zero around.
  void (*padImage)(const float *x, const DepthwiseShape &shape, float *padded);
  void (*padCodes)(const uint8_t *x, const DepthwiseShape &shape,
                   float *padded);
  /// The other way.
  void (*unpadImage)(const float *padded, const DepthwiseShape &shape,
                     float *x);
  /// weights are [kernel * kernel][padded channels].
  void (*depthwise)(const float *padded, const float *weights,
                    const DepthwiseShape &shape, float *out);
  /// weightGrad[kernel * kernel][padded channels] += this image's part.
  void (*depthwiseWeightGrad)(const float *padded, const float *grad,
                              const DepthwiseShape &shape, float *weightGrad);
  /// Adds to a zeroed padded gradient image.
  void (*depthwiseInputGrad)(const float *grad, const float *weights,
                             const DepthwiseShape &shape, float *paddedGrad);
};

/// Those for this CPU.
const Kernels &kernels();

// BLAS out of LibTorch, row-major, one thread when called inside a parallel
// region. All matrices are dense.
/// out[m][n] = x[m][k] * w[n][k]^T.
void multiplyNT(const float *x, const float *w, int64_t m, int64_t k, int64_t n,
                float *out);
/// out[m][k] = y[m][n] * w[n][k].
void multiplyNN(const float *y, const float *w, int64_t m, int64_t n, int64_t k,
                float *out);
/// out[n][k] = y[m][n]^T * x[m][k].
void multiplyTN(const float *y, const float *x, int64_t m, int64_t n, int64_t k,
                float *out);

} // namespace oqat::train

#endif // OQAT_TRAIN_KERNELS_KERNELS_H
