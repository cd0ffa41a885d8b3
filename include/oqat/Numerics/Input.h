//===- Input.h - Normalisation of pictures (N8) ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NUMERICS_INPUT_H
#define OQAT_NUMERICS_INPUT_H

#include "oqat/Numerics/Rescale.h"

#include <cstdint>

namespace oqat::numerics {

/// x = f32(p) * a + b of one colour, from mean and deviation in [0, 1].
inline Rescale inputRescale(double mean, double deviation) {
  return {static_cast<float>(1.0 / (255.0 * deviation)),
          static_cast<float>(-mean / deviation)};
}

inline float normalize(uint8_t pixel, Rescale r) {
  return rescaleFloat(static_cast<float>(pixel), r);
}

} // namespace oqat::numerics

#endif // OQAT_NUMERICS_INPUT_H
