//===- ImageFolder.h - One folder per class -------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMAGE_IMAGEFOLDER_H
#define OQAT_IMAGE_IMAGEFOLDER_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace oqat::image {

struct LabelledPicture {
  std::string path;
  int64_t label;
};

/// Classes sorted by name (bytewise), pictures by class and then by name.
struct ImageFolder {
  std::string root;
  std::vector<std::string> classes;
  std::vector<LabelledPicture> pictures;
};

/// Lists `root`/<class>/*.jpg|jpeg (case is ignored, hidden entries are left
/// out). A folder without classes or a class without pictures is an error;
/// with `expected` given, so is any difference between it and the classes.
std::optional<ImageFolder>
scanImageFolder(const std::string &root, std::string &error,
                const std::vector<std::string> &expected = {});

/// `root`/`split` where that is a folder, else `root`: a data set may come
/// whole or as one of its splits.
std::string splitFolder(const std::string &root, const std::string &split);

} // namespace oqat::image

#endif // OQAT_IMAGE_IMAGEFOLDER_H
