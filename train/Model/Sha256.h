//===- Sha256.h - SHA-256 of bytes ----------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_SHA256_H
#define OQAT_TRAIN_MODEL_SHA256_H

#include <string>
#include <string_view>

namespace oqat::train {

/// 64 lower-case hexadecimal digits.
std::string sha256Hex(std::string_view bytes);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_SHA256_H
