//===- Seal.h - A digest inside the file that it is of --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The metadata entry "sha256" of a sealed file is the SHA-256 of all of the
// file's bytes, with 64 zeros in the place of the digest itself. So any changed
// byte is found, that of a header's number as well as that of a weight.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_CHECKPOINT_SEAL_H
#define OQAT_TRAIN_CHECKPOINT_SEAL_H

#include "oqat/Formats/Safetensors.h"

#include <string>

namespace oqat::train {

/// Writes atomically, with a seal.
bool writeSealed(const std::string &path, formats::TensorFile file,
                 std::string &error);

/// Reads a file; whether it is sealed is in its metadata. One whose seal
/// doesn't fit is an error.
std::optional<formats::TensorFile> readSealed(const std::string &path,
                                              std::string &error);

bool isSealed(const formats::TensorFile &file);

} // namespace oqat::train

#endif // OQAT_TRAIN_CHECKPOINT_SEAL_H
