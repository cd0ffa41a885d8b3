//===- Kernels.cpp - Choice of the trainer's inner loops, BLAS ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Kernels/Kernels.h"

// The BLAS that LibTorch was linked with.
extern "C" void sgemm_(const char *transA, const char *transB, const int *m,
                       const int *n, const int *k, const float *alpha,
                       const float *a, const int *lda, const float *b,
                       const int *ldb, const float *beta, float *c,
                       const int *ldc);

namespace oqat::train {

namespace baseline {
extern const Kernels table;
}
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}

static const Kernels &choose() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return avx512::table;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return avx2::table;
#endif
  return baseline::table;
}

const Kernels &kernels() {
  static const Kernels &chosen = choose();
  return chosen;
}

/// Column-major c[n][m] = op(a) * op(b), which is row-major C^T.
static void gemm(char transA, char transB, int64_t m, int64_t n, int64_t k,
                 const float *a, int64_t lda, const float *b, int64_t ldb,
                 float *c) {
  int m32 = static_cast<int>(m), n32 = static_cast<int>(n),
      k32 = static_cast<int>(k), lda32 = static_cast<int>(lda),
      ldb32 = static_cast<int>(ldb);
  float one = 1.0f, zero = 0.0f;
  sgemm_(&transA, &transB, &m32, &n32, &k32, &one, a, &lda32, b, &ldb32, &zero,
         c, &m32);
}

void multiplyNT(const float *x, const float *w, int64_t m, int64_t k, int64_t n,
                float *out) {
  gemm('T', 'N', n, m, k, w, k, x, k, out);
}

void multiplyNN(const float *y, const float *w, int64_t m, int64_t n, int64_t k,
                float *out) {
  gemm('N', 'N', k, m, n, w, k, y, n, out);
}

void multiplyTN(const float *y, const float *x, int64_t m, int64_t n, int64_t k,
                float *out) {
  gemm('N', 'T', k, n, m, x, k, y, n, out);
}

} // namespace oqat::train
