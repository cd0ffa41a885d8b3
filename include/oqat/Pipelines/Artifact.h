//===- Artifact.h - A compiled network in this process ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_PIPELINES_ARTIFACT_H
#define OQAT_PIPELINES_ARTIFACT_H

#include "oqat/Formats/Manifest.h"
#include "oqat/Runtime/Threads.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::oqat {

/// An error of one line.
llvm::Error makeError(const llvm::Twine &message);

/// The object, its manifest, and the memory that it asks for.
class Artifact {
public:
  /// Called with a tensor's place in the manifest and its bytes.
  using TensorCallback =
      llvm::function_ref<void(int32_t index, llvm::ArrayRef<char> bytes)>;
  /// Gets the index of a layer.
  using LayerCallback = llvm::function_ref<void(int32_t index)>;

  /// Loads the object and the manifest beside it, checks that they belong
  /// together, and prepares the network with that many threads: for `target`
  /// or, where that is empty, for what the object chooses on this CPU. Its
  /// memory may hold anything before: where it `isDirty`, bytes of 0xff.
  static llvm::Expected<std::unique_ptr<Artifact>>
  load(llvm::StringRef path, unsigned threads, llvm::StringRef target = "",
       bool isDirty = false);
  ~Artifact();

  /// What is a target's in it is that of the one that runs.
  const ::oqat::formats::Manifest &getManifest() const { return manifest; }
  /// The file beside the object that ends in `extension` instead of .so.
  std::string getSibling(llvm::StringRef extension) const;
  size_t getImageBytes() const;

  /// Runs one picture; `logits` is resized.
  llvm::Error run(llvm::ArrayRef<uint8_t> image, std::vector<float> &logits,
                  TensorCallback onTensor = nullptr);
  /// The same; `onLayer` is called after every layer.
  llvm::Error runLayers(llvm::ArrayRef<uint8_t> image,
                        std::vector<float> &logits, LayerCallback onLayer);

private:
  struct Io {
    const uint8_t *image;
    float *logits;
    void (*onTensor)(void *user, int32_t index, const void *data, size_t bytes);
    void *user;
    void (*onLayer)(void *user, int32_t index);
  };
  struct Aligned {
    void operator()(void *memory) const { ::operator delete(memory, kAlign); }
  };
  using Memory = std::unique_ptr<void, Aligned>;
  /// A huge page, for which the system is asked.
  static constexpr std::align_val_t kAlign{2 << 20};
  static void *allocate(size_t bytes, bool isDirty);

  Artifact() = default;
  llvm::Error run(const Io &io);
  llvm::Error open(llvm::StringRef target, bool isDirty);
  llvm::Error prepare(llvm::StringRef target);
  llvm::Expected<int32_t> findTarget(llvm::StringRef target) const;
  llvm::Error checkManifest() const;
  template <typename Fn>
  llvm::Error find(llvm::StringRef what, Fn *&function);
  llvm::Error describe(llvm::StringRef what, int32_t status) const;

  std::string path;
  ::oqat::formats::Manifest manifest;
  void *handle = nullptr;
  int32_t (*runNetwork)(const void *, const Io *, void *,
                        const oqat_parallel *) = nullptr;
  Memory prepared, scratch;
  oqat_parallel parallel = {};
};

/// Where two tensors of one type ("u8" or "f32") first differ, or nothing.
std::optional<std::string> firstDifference(llvm::StringRef dtype,
                                           llvm::ArrayRef<char> got,
                                           llvm::ArrayRef<char> expected);

} // namespace mlir::oqat

#endif // OQAT_PIPELINES_ARTIFACT_H
