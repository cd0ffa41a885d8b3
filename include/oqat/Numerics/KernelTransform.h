//===- KernelTransform.h - Small kernels from large ones ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A smaller depthwise kernel is the centre of the larger one, row-major, times
// a learned square matrix that all channels share.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_KERNELTRANSFORM_H
#define OQAT_NUMERICS_KERNELTRANSFORM_H

#include <cstdint>

namespace oqat::numerics {

/// out[to][to] = the centre of in[from][from].
inline void cropKernel(const float *in, int from, int to, float *out) {
  int margin = (from - to) / 2;
  for (int y = 0; y < to; ++y)
    for (int x = 0; x < to; ++x)
      out[y * to + x] = in[(y + margin) * from + x + margin];
}

/// out[j] = sum over i ascending of matrix[j][i] * in[i], from +0, multiply
/// then add. `out` and `in` must not overlap.
inline void applyKernelMatrix(const float *in, const float *matrix, int taps,
                              float *out) {
  for (int j = 0; j < taps; ++j) {
    float sum = 0.0f;
    for (int i = 0; i < taps; ++i) {
      float product = matrix[j * taps + i] * in[i];
      sum = sum + product;
    }
    out[j] = sum;
  }
}

/// One channel: crop, then the matrix; a null matrix is a plain crop.
/// `scratch` holds to*to floats and overlaps nothing.
inline void transformKernel(const float *in, int from, int to,
                            const float *matrix, float *scratch, float *out) {
  if (!matrix)
    return cropKernel(in, from, to, out);
  cropKernel(in, from, to, scratch);
  applyKernelMatrix(scratch, matrix, to * to, out);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_KERNELTRANSFORM_H
