//===- Artifact.cpp - A compiled network in this process ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Pipelines/Artifact.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>

using namespace mlir::oqat;

/// No network that this compiler writes comes near these.
static constexpr int64_t kMaxSide = 1 << 14;
static constexpr size_t kMaxMemory = size_t(1) << 36;

llvm::Error mlir::oqat::makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

std::string Artifact::getSibling(llvm::StringRef extension) const {
  llvm::SmallString<128> sibling(path);
  llvm::sys::path::replace_extension(sibling, extension);
  return sibling.str().str();
}

size_t Artifact::getImageBytes() const {
  return manifest.height * manifest.width * manifest.channels;
}

template <typename Fn>
llvm::Error Artifact::find(llvm::StringRef what, Fn *&function) {
  std::string name = manifest.name + "_" + what.str();
  function = reinterpret_cast<Fn *>(dlsym(handle, name.c_str()));
  if (function)
    return llvm::Error::success();
  return makeError(path + ": no function '" + name +
                   "', which its manifest promises");
}

llvm::Error Artifact::describe(llvm::StringRef what, int32_t status) const {
  if (status == 0)
    return llvm::Error::success();
  std::string cause = "error code " + std::to_string(status);
  if (status == 2)
    cause = "this CPU lacks features of target '" +
            llvm::join(llvm::split(manifest.target, ','), "' and of '") + "'";
  return makeError(path + ": " + what + ": " + cause);
}

llvm::Error Artifact::checkManifest() const {
  std::string place = getSibling("json");
  llvm::StringRef name = manifest.name;
  if (name.empty() || llvm::isDigit(name.front()) ||
      !llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return makeError(place + ": '" + name + "' is no name of a C function");
  auto isSide = [](int64_t side) { return side >= 1 && side <= kMaxSide; };
  if (!isSide(manifest.height) || !isSide(manifest.width) ||
      manifest.channels != 3)
    return makeError(place + ": pictures of " + llvm::Twine(manifest.height) +
                     "x" + llvm::Twine(manifest.width) + "x" +
                     llvm::Twine(manifest.channels) + " are not supported");
  if (manifest.classes < 1 || manifest.classes > (1 << 20))
    return makeError(place + ": " + llvm::Twine(manifest.classes) +
                     " classes are not supported");
  return llvm::Error::success();
}

llvm::Expected<int32_t> Artifact::findTarget(llvm::StringRef target) const {
  std::string known;
  for (auto [index, one] : llvm::enumerate(manifest.targets)) {
    if (one.name == target)
      return static_cast<int32_t>(index);
    known += (known.empty() ? "" : ", ") + one.name;
  }
  return makeError(path + ": has no target '" + target + "', but: " + known);
}

/// An object of one target may be older than the choice.
llvm::Error Artifact::prepare(llvm::StringRef target) {
  const bool hasSeveral = manifest.targets.size() > 1;
  int32_t index = 0, (*prepareBest)(void *) = nullptr,
          (*prepareFor)(void *, int32_t) = nullptr,
          (*getPrepared)(const void *) = nullptr;
  if (llvm::Error error = find("prepare", prepareBest))
    return error;
  if (hasSeveral)
    if (llvm::Error error =
            llvm::joinErrors(find("prepare_for", prepareFor),
                             find("prepared_target", getPrepared)))
      return error;
  if (!target.empty()) {
    auto found = findTarget(target);
    if (!found)
      return found.takeError();
    manifest.select(index = *found);
  }
  int32_t status = hasSeveral && !target.empty()
                       ? prepareFor(prepared.get(), index)
                       : prepareBest(prepared.get());
  if (llvm::Error error = describe("prepare", status))
    return error;
  if (hasSeveral)
    index = getPrepared(prepared.get());
  if (index < 0 || static_cast<size_t>(index) >= manifest.targets.size())
    return makeError(path + ": is prepared for target " + llvm::Twine(index) +
                     ", which the manifest doesn't list");
  manifest.select(index);
  return llvm::Error::success();
}

/// A fault for every small page would take longer than to unpack the weights
/// that it holds.
void *Artifact::allocate(size_t bytes, bool isDirty) {
  bytes = std::max<size_t>(bytes, 1);
  void *memory = ::operator new(bytes, kAlign);
  (void)madvise(memory, bytes, MADV_HUGEPAGE);
  if (isDirty)
    std::memset(memory, 0xff, bytes);
  return memory;
}

llvm::Error Artifact::open(llvm::StringRef target, bool isDirty) {
  llvm::SmallString<128> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  handle = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return makeError(path + ": can't be loaded: " + dlerror());
  int32_t (*version)() = nullptr;
  size_t (*preparedSize)() = nullptr, (*scratchSize)() = nullptr;
  llvm::Error error = llvm::joinErrors(find("abi_version", version),
                                       find("prepared_size", preparedSize));
  error = llvm::joinErrors(std::move(error), find("scratch_size", scratchSize));
  error = llvm::joinErrors(std::move(error), find("run", runNetwork));
  if (error)
    return error;
  constexpr int kVersion = 2;
  if (version() != kVersion)
    return makeError(path + ": its ABI version is " + llvm::Twine(version()) +
                     ", but this oqat-run knows " + llvm::Twine(kVersion));
  size_t sizes[] = {preparedSize(), scratchSize()};
  if (sizes[0] > kMaxMemory || sizes[1] > kMaxMemory)
    return makeError(path + ": asks for " +
                     llvm::Twine(std::max(sizes[0], sizes[1])) +
                     " bytes of memory");
  prepared.reset(allocate(sizes[0], isDirty));
  scratch.reset(allocate(sizes[1], isDirty));
  return prepare(target);
}

llvm::Expected<std::unique_ptr<Artifact>> Artifact::load(llvm::StringRef path,
                                                         unsigned threads,
                                                         llvm::StringRef target,
                                                         bool isDirty) {
  std::unique_ptr<Artifact> artifact(new Artifact);
  artifact->path = path.str();
  if (!llvm::sys::fs::exists(path))
    return makeError(path + ": no such file");
  std::string error;
  auto manifest =
      ::oqat::formats::readManifest(artifact->getSibling("json"), error);
  if (!manifest)
    return makeError(error);
  artifact->manifest = std::move(*manifest);
  if (llvm::Error failure = artifact->checkManifest())
    return failure;
  if (llvm::Error failure = artifact->open(target, isDirty))
    return failure;
  if (threads > 1 && oqat_threads_create(&artifact->parallel, threads))
    return makeError("can't start " + llvm::Twine(threads) + " threads");
  return artifact;
}

Artifact::~Artifact() {
  oqat_threads_destroy(&parallel);
  if (handle)
    dlclose(handle);
}

llvm::Error Artifact::run(llvm::ArrayRef<uint8_t> image,
                          std::vector<float> &logits, TensorCallback onTensor) {
  logits.resize(manifest.classes);
  Io io = {image.data(), logits.data(), nullptr, nullptr, nullptr};
  if (onTensor) {
    io.user = &onTensor;
    io.onTensor = [](void *user, int32_t index, const void *data,
                     size_t bytes) {
      (*static_cast<TensorCallback *>(user))(
          index, {static_cast<const char *>(data), bytes});
    };
  }
  return run(io);
}

llvm::Error Artifact::runLayers(llvm::ArrayRef<uint8_t> image,
                                std::vector<float> &logits,
                                LayerCallback onLayer) {
  logits.resize(manifest.classes);
  return run({image.data(), logits.data(), nullptr, &onLayer,
              [](void *user, int32_t index) {
                (*static_cast<LayerCallback *>(user))(index);
              }});
}

llvm::Error Artifact::run(const Io &io) {
  return describe("run", runNetwork(prepared.get(), &io, scratch.get(),
                                    parallel.run ? &parallel : nullptr));
}
