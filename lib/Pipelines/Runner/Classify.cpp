//===- Classify.cpp - Accuracy, and agreement with the trainer ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Classifies the pictures of a folder. With a trace of the trainer, every
// picture's logits and the digest of every quantized activation must be the
// trainer's.
//
//===----------------------------------------------------------------------===//

#include "RunnerParts.h"
#include "oqat/Formats/Safetensors.h"
#include "oqat/Numerics/Digest.h"
#include "llvm/Support/Format.h"
#include <unistd.h>

using namespace mlir::oqat;
using ::oqat::formats::TensorFile;

namespace {

/// What the trainer wrote of the same pictures.
class Trace {
public:
  static llvm::Expected<Trace> load(const std::string &path,
                                    const ::oqat::formats::Manifest &manifest,
                                    size_t pictures);

  /// Digests of one picture's tensors, by place in the manifest.
  void add(int32_t index, llvm::ArrayRef<char> bytes) {
    if (index >= 0 && static_cast<size_t>(index) < digests.size() &&
        digests[index])
      got[index] = ::oqat::numerics::fnv1a64(bytes.data(), bytes.size());
  }
  /// Compares what was added since the last call.
  llvm::Error compare(size_t picture, const std::vector<float> &logits);

  size_t tensors() const { return file.tensors.size(); }

private:
  llvm::Error bind(size_t pictures);

  std::string path;
  const ::oqat::formats::Manifest *manifest = nullptr;
  TensorFile file;
  const float *expectedLogits = nullptr;
  /// Per tensor of the manifest the expected digest of every picture, or null.
  std::vector<const uint64_t *> digests;
  std::vector<std::optional<uint64_t>> got;
};

/// A line on a terminal that counts pictures.
class Progress {
public:
  explicit Progress(size_t total) : total(total), shown(isatty(2)) {}
  ~Progress() {
    if (shown)
      llvm::errs() << "\r\033[K";
  }
  void update(size_t done) {
    if (shown && done % 64 == 0)
      llvm::errs() << "\rpicture " << done << " of " << total;
  }

private:
  size_t total;
  bool shown;
};

} // namespace

llvm::Expected<Trace> Trace::load(const std::string &path,
                                  const ::oqat::formats::Manifest &manifest,
                                  size_t pictures) {
  std::string error;
  auto file = ::oqat::formats::readSafetensors(path, error);
  if (!file)
    return makeError(error);
  Trace trace;
  trace.path = path;
  trace.manifest = &manifest;
  trace.file = std::move(*file);
  if (llvm::Error failure = trace.bind(pictures))
    return failure;
  return trace;
}

llvm::Error Trace::bind(size_t pictures) {
  using ::oqat::formats::Tensor;
  const int64_t count = pictures;
  const Tensor *logits = file.find("logits");
  if (!logits || !logits->as<float>() ||
      logits->shape != std::vector<int64_t>{count, manifest->classes})
    return makeError(path + ": expected 'logits' to be F32 [" +
                     llvm::Twine(count) + ", " +
                     llvm::Twine(manifest->classes) + "], one row per picture");
  expectedLogits = logits->as<float>();
  digests.resize(manifest->tensors.size());
  got.resize(manifest->tensors.size());
  size_t bound = 1;
  for (size_t i = 0; i < digests.size(); ++i) {
    const auto &tensor = manifest->tensors[i];
    const Tensor *digest = file.find("digest/" + tensor.name);
    if (!digest && tensor.dtype != "u8")
      continue;
    if (!digest || !digest->as<uint64_t>() ||
        digest->shape != std::vector<int64_t>{count})
      return makeError(path + ": expected 'digest/" + tensor.name +
                       "' to be U64 [" + llvm::Twine(count) + "]");
    digests[i] = digest->as<uint64_t>();
    ++bound;
  }
  if (bound != file.tensors.size())
    return makeError(path + ": holds " + llvm::Twine(file.tensors.size()) +
                     " tensors, but the object reports only " +
                     llvm::Twine(bound) + " of them");
  return llvm::Error::success();
}

llvm::Error Trace::compare(size_t picture, const std::vector<float> &logits) {
  for (size_t i = 0; i < digests.size(); ++i)
    if (digests[i] && got[i] != digests[i][picture])
      return makeError("'" + manifest->tensors[i].name +
                       "' differs from the trainer's");
  got.assign(got.size(), std::nullopt);
  auto bytes = [&](const float *values) {
    return llvm::ArrayRef<char>(reinterpret_cast<const char *>(values),
                                logits.size() * sizeof(float));
  };
  if (auto where =
          firstDifference("f32", bytes(logits.data()),
                          bytes(expectedLogits + picture * logits.size())))
    return makeError("'logits' differ from the trainer's: " + *where);
  return llvm::Error::success();
}

namespace {
struct Result {
  size_t pictures = 0, correct = 0, tensors = 0;
  std::vector<double> times;
};
} // namespace

static llvm::Error classifyOne(Artifact &artifact, const PictureFolder &folder,
                               size_t index, Trace *trace, Result &result) {
  auto image = folder.load(index);
  if (!image)
    return image.takeError();
  std::vector<float> logits;
  Stopwatch watch;
  llvm::Error error = llvm::Error::success();
  if (trace)
    error = artifact.run(*image, logits,
                         [&](int32_t tensor, llvm::ArrayRef<char> bytes) {
                           trace->add(tensor, bytes);
                         });
  else
    error = artifact.run(*image, logits);
  if (error)
    return error;
  result.times.push_back(watch.milliseconds());
  ++result.pictures;
  // The first of equal logits wins, as in the trainer.
  auto best = std::max_element(logits.begin(), logits.end());
  result.correct += best - logits.begin() == folder.label(index);
  return trace ? trace->compare(index, logits) : llvm::Error::success();
}

static void print(const Result &result, const RunOptions &options,
                  const std::string &name, llvm::raw_ostream &out) {
  double accuracy = 100.0 * double(result.correct) / double(result.pictures);
  double least = *std::min_element(result.times.begin(), result.times.end());
  if (!options.json) {
    out << name << ": top-1 " << llvm::format("%.2f", accuracy) << " % ("
        << result.correct << " of " << result.pictures << "), latency min "
        << llvm::format("%.3f", least) << " ms, median "
        << llvm::format("%.3f", median(result.times)) << " ms\n";
    if (result.tensors)
      out << name << ": all " << result.tensors
          << " traced tensors of every picture equal the trainer's\n";
    return;
  }
  llvm::json::OStream json(out);
  json.object([&] {
    json.attribute("name", name);
    json.attribute("pictures", static_cast<int64_t>(result.pictures));
    json.attribute("correct", static_cast<int64_t>(result.correct));
    json.attribute("top1", accuracy);
    json.attribute("threads", static_cast<int64_t>(options.threads));
    writeDecimal(json, "minMs", least);
    writeDecimal(json, "medianMs", median(result.times));
    if (result.tensors) {
      json.attribute("equalsTrace", true);
      json.attribute("tracedTensors", static_cast<int64_t>(result.tensors));
    }
  });
  out << "\n";
}

llvm::Error mlir::oqat::runClassify(Artifact &artifact,
                                    const RunOptions &options,
                                    llvm::raw_ostream &out) {
  auto folder = PictureFolder::open(options.data, artifact);
  if (!folder)
    return folder.takeError();
  std::optional<Trace> trace;
  Result result;
  if (!options.trace.empty()) {
    auto loaded =
        Trace::load(options.trace, artifact.getManifest(), folder->size());
    if (!loaded)
      return loaded.takeError();
    trace.emplace(std::move(*loaded));
    result.tensors = trace->tensors();
  }
  {
    Progress progress(folder->size());
    for (size_t i = 0; i < folder->size(); ++i) {
      progress.update(i);
      if (llvm::Error error = classifyOne(artifact, *folder, i,
                                          trace ? &*trace : nullptr, result))
        return makeError("picture " + llvm::Twine(i) + " (" + folder->path(i) +
                         "): " + llvm::toString(std::move(error)));
    }
  }
  print(result, options, artifact.getManifest().name, out);
  return llvm::Error::success();
}
