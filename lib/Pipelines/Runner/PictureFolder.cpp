//===- PictureFolder.cpp - Pictures of an ImageFolder tree ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunnerParts.h"
#include "oqat/Image/ImageFolder.h"
#include "oqat/Image/Pipeline.h"

using namespace mlir::oqat;

llvm::Expected<PictureFolder> PictureFolder::open(llvm::StringRef folder,
                                                  const Artifact &artifact) {
  const ::oqat::formats::Manifest &manifest = artifact.getManifest();
  if (manifest.height != manifest.width)
    return makeError("'" + manifest.name + "' takes pictures of " +
                     llvm::Twine(manifest.height) + "x" +
                     llvm::Twine(manifest.width) +
                     ", and only square ones can be read from a folder");
  std::string error;
  auto tree = ::oqat::image::scanImageFolder(folder.str(), error);
  if (!tree)
    return makeError(error);
  if (static_cast<int64_t>(tree->classes.size()) != manifest.classes)
    return makeError(folder + ": expected " + llvm::Twine(manifest.classes) +
                     " class folders, but found " +
                     llvm::Twine(tree->classes.size()));
  PictureFolder pictures;
  pictures.side = manifest.height;
  for (const auto &picture : tree->pictures)
    pictures.files.push_back({picture.path, picture.label});
  return pictures;
}

llvm::Expected<std::vector<uint8_t>> PictureFolder::load(size_t index) const {
  std::string error;
  auto picture =
      ::oqat::image::loadForEvaluation(files[index].path, side, error);
  if (!picture)
    return makeError(error);
  return std::move(picture->pixels);
}
