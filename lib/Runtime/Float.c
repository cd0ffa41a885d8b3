/*===- Float.c - Float helpers of a compiled network
 * ------------------------===*/
/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    */
/*
 * The code generator falls back to calls of these where a target has no
 * rounding instruction. Defined here, an object needs no libm. Round to nearest
 * even, as the rounding mode of a running network always is (N9).
 */
float rintf(float x);
float nearbyintf(float x);
float roundevenf(float x);

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
