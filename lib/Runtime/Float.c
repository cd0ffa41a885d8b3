/*===- Float.c - Float helpers of a compiled network
 * ------------------------===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
/*
 * The code generator falls back to calls of these where a target has no
 * rounding instruction or no fused one. Defined here, an object needs no libm.
 * Round to nearest even, as the rounding mode of a running network always is
 * (N9).
 */
float rintf(float x);
float nearbyintf(float x);
float roundevenf(float x);
float fmaf(float x, float y, float z);

static float round_even(float x) {
  const float big = 0x1p23f;
  if (!(x < big && x > -big)) /* already whole, infinite or NaN */
    return x;
  volatile float shifted = x < 0 ? x - big : x + big;
  float rounded = x < 0 ? shifted + big : shifted - big;
  return rounded == 0 ? x * 0.0f : rounded; /* keeps the sign of zero */
}

float rintf(float x) { return round_even(x); }
float nearbyintf(float x) { return round_even(x); }
float roundevenf(float x) { return round_even(x); }

/* The product of two floats is exact in double precision. The sum is rounded to
 * odd there: its last bit says whether anything was lost, so that rounding it
 * again gives what rounding once does. */
float fmaf(float x, float y, float z) {
  double product = (double)x * y, sum = product + z;
  double summand = sum - product;
  double lost = (product - (sum - summand)) + (z - summand);
  union {
    double value;
    unsigned long long bits;
  } odd = {sum};
  if ((lost > 0 || lost < 0) && !(odd.bits & 1))
    odd.bits += (lost > 0) == (sum > 0) ? 1 : -1ull;
  return (float)odd.value;
}
