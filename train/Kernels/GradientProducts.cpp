//===- GradientProducts.cpp - Products of rounded gradients ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Kernels/GradientProducts.h"
#include "train/Kernels/Kernels.h"

#include <ATen/cpu/Utils.h>

// Of the BLAS that LibTorch was linked with; the second one is MKL's alone.
extern "C" {
void sgemm_(const char *transA, const char *transB, const int *m, const int *n,
            const int *k, const float *alpha, const float *a, const int *lda,
            const float *b, const int *ldb, const float *beta, float *c,
            const int *ldc);
__attribute__((weak)) void
gemm_bf16bf16f32_(const char *transA, const char *transB, const int *m,
                  const int *n, const int *k, const float *alpha,
                  const uint16_t *a, const int *lda, const uint16_t *b,
                  const int *ldb, const float *beta, float *c, const int *ldc);
}

namespace oqat::train {

Bfloat16Form bfloat16Form() {
  static const Bfloat16Form form = [] {
#ifdef __x86_64__
    // A process has to ask the system before it may use AMX.
    if (gemm_bf16bf16f32_ && __builtin_cpu_supports("amx-bf16") &&
        at::cpu::init_amx())
      return Bfloat16Form::Packed;
#endif
    return Bfloat16Form::Floats;
  }();
  return form;
}

void toFactors(Bfloat16Form form, const float *x, int64_t count, float *to) {
  if (form == Bfloat16Form::Packed)
    kernels().packBfloat16(x, count, reinterpret_cast<uint16_t *>(to));
  else
    kernels().roundBfloat16(x, count, to);
}

/// Column-major c[k][m] = alpha * a * op(b), which is row-major C^T.
static void gemm(Bfloat16Form form, char transB, int64_t k, int64_t m,
                 int64_t n, float alpha, const float *a, const float *b,
                 int64_t ldb, float *c) {
  int k32 = static_cast<int>(k), m32 = static_cast<int>(m),
      n32 = static_cast<int>(n), ldb32 = static_cast<int>(ldb);
  char plain = 'N';
  float zero = 0.0f;
  if (form == Bfloat16Form::Packed)
    gemm_bf16bf16f32_(&plain, &transB, &k32, &m32, &n32, &alpha,
                      reinterpret_cast<const uint16_t *>(a), &k32,
                      reinterpret_cast<const uint16_t *>(b), &ldb32, &zero, c,
                      &k32);
  else
    sgemm_(&plain, &transB, &k32, &m32, &n32, &alpha, a, &k32, b, &ldb32, &zero,
           c, &k32);
}

void multiplyFactorsNN(Bfloat16Form form, const float *y, const float *w,
                       int64_t m, int64_t n, int64_t k, float scale,
                       float *out) {
  gemm(form, 'N', k, m, n, scale, w, y, n, out);
}

void multiplyFactorsTN(Bfloat16Form form, const float *y, const float *x,
                       int64_t m, int64_t n, int64_t k, float *out) {
  gemm(form, 'T', k, n, m, 1.0f, x, y, n, out);
}

} // namespace oqat::train
