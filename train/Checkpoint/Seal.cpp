//===- Seal.cpp - A digest inside the file that it is of ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Checkpoint/Seal.h"
#include "oqat/Formats/File.h"
#include "train/Model/Sha256.h"

namespace oqat::train {

using formats::Tensor;
using formats::TensorFile;

static const char kKey[] = "sha256";
static constexpr size_t kDigits = 64;
static constexpr size_t kMaxFileBytes = size_t(1) << 34;

/// Where the header has the digest.
static size_t placeOf(std::string_view bytes, const std::string &digest) {
  std::string entry = std::string("\"") + kKey + "\":\"";
  size_t at = bytes.find(entry + digest + "\"");
  return at == std::string_view::npos ? at : at + entry.size();
}

bool isSealed(const TensorFile &file) { return file.metadata.count(kKey) != 0; }

bool writeSealed(const std::string &path, TensorFile file, std::string &error) {
  std::string digest(kDigits, '0');
  file.metadata[kKey] = digest;
  std::vector<const Tensor *> order;
  std::string header = formats::safetensorsHeader(file, order);
  Sha256 hash;
  hash.add(header);
  for (const Tensor *tensor : order)
    hash.add(tensor->bytes);
  header.replace(placeOf(header, digest), kDigits, hash.hex());
  std::vector<std::string_view> pieces = {header};
  for (const Tensor *tensor : order)
    pieces.push_back(tensor->bytes);
  return formats::writeFileAtomically(path, pieces, error);
}

std::optional<TensorFile> readSealed(const std::string &path,
                                     std::string &error) {
  std::optional<std::string> bytes =
      formats::readFile(path, kMaxFileBytes, error);
  if (!bytes)
    return std::nullopt;
  std::optional<TensorFile> file =
      formats::parseSafetensors(*bytes, path, error);
  if (!file || !isSealed(*file))
    return file;
  const std::string &digest = file->metadata[kKey];
  size_t place = placeOf(*bytes, digest);
  bool isWhole = digest.size() == kDigits && place != std::string::npos;
  if (isWhole) {
    bytes->replace(place, kDigits, std::string(kDigits, '0'));
    isWhole = sha256Hex(*bytes) == digest;
  }
  if (isWhole)
    return file;
  error = path + ": is damaged: its bytes are not those that were written "
                 "(sha256 differs)";
  return std::nullopt;
}

} // namespace oqat::train
