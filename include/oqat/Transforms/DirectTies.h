//===- DirectTies.h - Pictures that meet ties -------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRANSFORMS_DIRECTTIES_H
#define OQAT_TRANSFORMS_DIRECTTIES_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlir::oqat {

/// Picture `index` of those that --oqat-direct-ties=seed runs: uniform bytes.
std::vector<uint8_t> tiePicture(uint64_t seed, uint64_t index, size_t bytes);

} // namespace mlir::oqat

#endif // OQAT_TRANSFORMS_DIRECTTIES_H
