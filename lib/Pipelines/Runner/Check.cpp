//===- Check.cpp - An artifact against the interpreter --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The integer-level module beside the object is interpreted on the same
// pictures. Every tensor that the object reports must have the interpreter's
// bytes, and the object must report every quantized activation.
//
//===----------------------------------------------------------------------===//

#include "ModuleBeside.h"
#include "RunnerParts.h"
#include "oqat/Formats/Printable.h"
#include "oqat/Interpreter/Interpreter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

class Checker {
public:
  Checker(Artifact &artifact, ModuleBeside &module)
      : artifact(artifact), module(module) {}

  /// Compares one picture; `which` names it in errors.
  llvm::Error check(ArrayRef<uint8_t> image, const Twine &which) {
    if (llvm::Error error = interpret(image))
      return error;
    std::vector<float> logits;
    std::string difference;
    llvm::StringMap<bool> reported;
    llvm::Error error =
        artifact.run(image, logits, [&](int32_t index, ArrayRef<char> bytes) {
          compare(index, bytes, reported, difference);
        });
    if (error)
      return error;
    for (auto &[name, bytes] : expected)
      if (difference.empty() && StringRef(name).ends_with(".input") &&
          !reported.count(name))
        difference = "'" + name + "' is not reported by the object";
    if (difference.empty())
      if (auto where =
              firstDifference("f32", bytesOf(logits), bytesOf(expectedLogits)))
        difference = "the logits differ: " + *where;
    if (!difference.empty())
      return makeError(which + ": " + difference);
    compared = std::max<size_t>(compared, reported.size());
    return llvm::Error::success();
  }

  size_t getComparedTensors() const { return compared; }

private:
  static ArrayRef<char> bytesOf(const std::vector<float> &values) {
    return {reinterpret_cast<const char *>(values.data()),
            values.size() * sizeof(float)};
  }

  llvm::Error interpret(ArrayRef<uint8_t> image) {
    expected.clear();
    Interpreter interpreter;
    LogicalResult result = interpreter.run(
        module.getNetwork(), image.data(),
        [&](StringRef name, ArrayRef<char> bytes) {
          expected[name.str()].assign(bytes.begin(), bytes.end());
        },
        expectedLogits);
    if (failed(result))
      return module.takeError("can't be interpreted");
    return llvm::Error::success();
  }

  void compare(int32_t index, ArrayRef<char> bytes,
               llvm::StringMap<bool> &reported, std::string &difference) {
    if (!difference.empty())
      return;
    const auto &tensors = artifact.getManifest().tensors;
    if (index < 0 || static_cast<size_t>(index) >= tensors.size()) {
      difference = "tensor " + std::to_string(index) +
                   " is reported, which the manifest doesn't list";
      return;
    }
    const std::string &name = tensors[index].name;
    reported[name] = true;
    auto it = expected.find(name);
    if (it == expected.end())
      difference = "'" + name + "' is unknown to the interpreter";
    else if (auto where =
                 firstDifference(tensors[index].dtype, bytes, it->second))
      difference = "'" + name + "' differs from the interpreter: " + *where;
  }

  Artifact &artifact;
  ModuleBeside &module;
  std::map<std::string, std::vector<char>> expected;
  std::vector<float> expectedLogits;
  size_t compared = 0;
};

} // namespace

/// The pictures of --data, evenly spread where only some are asked for.
static llvm::Error checkFolder(Checker &checker, Artifact &artifact,
                               const RunOptions &options, size_t &count) {
  auto pictures = PictureFolder::open(options.data, artifact);
  if (!pictures)
    return pictures.takeError();
  count = std::min<size_t>(count, pictures->size());
  for (size_t i = 0; i < count; ++i) {
    size_t index = i * pictures->size() / count;
    auto image = pictures->load(index);
    if (!image)
      return image.takeError();
    if (llvm::Error error = checker.check(*image, pictures->path(index)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error mlir::oqat::runCheck(Artifact &artifact, const RunOptions &options,
                                 llvm::raw_ostream &out) {
  size_t count;
  if (StringRef(options.check).getAsInteger(10, count) || count < 1)
    return makeError("--check: expected a positive number, but got '" +
                     options.check + "'");
  auto module = ModuleBeside::load(artifact.getSibling("mlirbc"));
  if (!module)
    return module.takeError();
  if (llvm::Error error = (*module)->checkPictures(artifact.getManifest()))
    return error;
  Checker checker(artifact, **module);
  if (!options.data.empty()) {
    if (llvm::Error error = checkFolder(checker, artifact, options, count))
      return error;
  } else {
    for (size_t i = 0; i < count; ++i)
      if (llvm::Error error = checker.check(
              randomPicture(options.seed, i, artifact.getImageBytes()),
              "random picture " + Twine(i)))
        return error;
  }
  int64_t tensors = checker.getComparedTensors();
  const ::oqat::formats::Manifest &manifest = artifact.getManifest();
  if (!options.json) {
    out << ::oqat::formats::printable(manifest.name) << ": " << count
        << " pictures, every one of " << tensors
        << " tensors equals the interpreter's, on " << manifest.target
        << (manifest.emulated ? " (emulated)\n" : "\n");
    return llvm::Error::success();
  }
  llvm::json::OStream json(out);
  json.object([&] {
    json.attribute("target", manifest.target);
    json.attribute("pictures", static_cast<int64_t>(count));
    json.attribute("tensors", tensors);
    json.attribute("equal", true);
  });
  out << "\n";
  return llvm::Error::success();
}
