//===- ImageFolder.cpp - One folder per class -----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Image/ImageFolder.h"

#include <algorithm>
#include <filesystem>

using namespace oqat::image;
namespace fs = std::filesystem;

namespace {
bool isPicture(const std::string &name) {
  size_t dot = name.rfind('.');
  if (dot == std::string::npos)
    return false;
  std::string end = name.substr(dot);
  std::transform(end.begin(), end.end(), end.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return end == ".jpg" || end == ".jpeg";
}

/// The entries of a folder that are folders (or aren't), sorted by name.
bool list(const std::string &folder, bool wantFolders,
          std::vector<std::string> &names, std::string &error) {
  std::error_code code;
  fs::directory_iterator it(folder, code), end;
  for (; !code && it != end; it.increment(code)) {
    std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name[0] != '.' && it->is_directory(ignored) == wantFolders)
      names.push_back(name);
  }
  if (code) {
    error = folder + ": cannot list: " + code.message();
    return false;
  }
  std::sort(names.begin(), names.end());
  return true;
}

bool checkClasses(const ImageFolder &folder,
                  const std::vector<std::string> &expected,
                  std::string &error) {
  const std::vector<std::string> &classes = folder.classes;
  for (const std::string &name : expected)
    if (!std::binary_search(classes.begin(), classes.end(), name)) {
      error = folder.root + ": class folder '" + name + "' is missing";
      return false;
    }
  for (const std::string &name : classes)
    if (std::find(expected.begin(), expected.end(), name) == expected.end()) {
      error = folder.root + ": folder '" + name +
              "' is not one of the expected classes";
      return false;
    }
  return true;
}
} // namespace

std::optional<ImageFolder>
oqat::image::scanImageFolder(const std::string &root, std::string &error,
                             const std::vector<std::string> &expected) {
  ImageFolder folder;
  folder.root = root;
  if (!list(root, /*wantFolders=*/true, folder.classes, error))
    return std::nullopt;
  if (folder.classes.empty()) {
    error = root + ": expected one folder per class, but found none";
    return std::nullopt;
  }
  if (!expected.empty() && !checkClasses(folder, expected, error))
    return std::nullopt;
  for (size_t label = 0; label < folder.classes.size(); ++label) {
    std::string path = root + "/" + folder.classes[label];
    std::vector<std::string> names;
    if (!list(path, /*wantFolders=*/false, names, error))
      return std::nullopt;
    size_t before = folder.pictures.size();
    for (const std::string &name : names)
      if (isPicture(name))
        folder.pictures.push_back(
            {path + "/" + name, static_cast<int64_t>(label)});
    if (folder.pictures.size() == before) {
      error = path + ": no JPEG pictures in this class folder";
      return std::nullopt;
    }
  }
  return folder;
}

std::string oqat::image::splitFolder(const std::string &root,
                                     const std::string &split) {
  std::error_code ignored;
  std::string path = root + "/" + split;
  return fs::is_directory(path, ignored) ? path : root;
}
