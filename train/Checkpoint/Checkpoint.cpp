//===- Checkpoint.cpp - Training state in safetensors files ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Checkpoint/Checkpoint.h"
#include "train/Checkpoint/Seal.h"
#include "train/Model/Support.h"

#include <cstring>
#include <filesystem>

namespace oqat::train {

namespace fs = std::filesystem;
using formats::Tensor;
using formats::TensorFile;

static const char kMomentum[] = "momentum/", kUnaveraged[] = "unaveraged/";

static Tensor toFile(const at::Tensor &tensor) {
  return Tensor::make(tensor.sizes().vec(), tensor.data_ptr<float>(),
                      static_cast<size_t>(tensor.numel()));
}

static std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

static void fromFile(const std::string &path, const TensorFile &file,
                     const std::string &key, at::Tensor &to) {
  const Tensor *from = file.find(key);
  if (!from)
    throw Error(path + ": has no tensor '" + key + "'");
  const float *data = from->as<float>();
  if (!data)
    throw Error(path + ": tensor '" + key + "' is not F32");
  auto shape = to.sizes().vec();
  bool isScalar = shape.empty() && from->shape == std::vector<int64_t>{1};
  if (from->shape != shape && !isScalar)
    throw Error(path + ": tensor '" + key + "' has shape " +
                shapeText(from->shape) + ", the plan has " + shapeText(shape));
  std::memcpy(to.data_ptr<float>(), data,
              sizeof(float) * static_cast<size_t>(to.numel()));
}

void writeCheckpoint(const std::string &path, const Parameters &parameters,
                     const CheckpointInfo &info, bool withMomentum,
                     const Parameters *average) {
  TensorFile file;
  for (const Parameter &p : parameters.all()) {
    if (average)
      file.tensors[kUnaveraged + p.name] = toFile(p.value);
    file.tensors[p.name] = toFile(average ? (*average)[p.name].value : p.value);
    if (withMomentum && p.isTrained())
      file.tensors[kMomentum + p.name] = toFile(p.momentum);
  }
  file.metadata = {{"format", "oqat-checkpoint"},
                   {"formatVersion", "2"},
                   {"network", info.network},
                   {"phase", info.phase},
                   {"phaseIndex", std::to_string(info.phaseIndex)},
                   {"step", std::to_string(info.step)},
                   {"bits", std::to_string(info.bits)},
                   {"recipe", info.recipe}};
  if (!info.subnet.empty())
    file.metadata["subnet"] = info.subnet;
  if (!info.pictures.empty())
    file.metadata["pictures"] = info.pictures;
  if (!info.teacher.empty())
    file.metadata["teacher"] = info.teacher;
  std::string error;
  if (!writeSealed(path, std::move(file), error))
    throw Error(error);
}

static int64_t number(const std::string &path, const TensorFile &file,
                      const char *key) {
  auto it = file.metadata.find(key);
  if (it == file.metadata.end())
    return 0;
  try {
    size_t end = 0;
    int64_t value = std::stoll(it->second, &end);
    if (end == it->second.size() && value >= 0)
      return value;
  } catch (const std::logic_error &) {
  }
  throw Error(path + ": metadata '" + key + "' is not a number");
}

static std::string text(const TensorFile &file, const char *key) {
  auto it = file.metadata.find(key);
  return it == file.metadata.end() ? std::string() : it->second;
}

std::optional<TensorFile> openCheckpoint(const std::string &path,
                                         std::string &error) {
  std::optional<TensorFile> file = readSealed(path, error);
  if (!file || isSealed(*file))
    return file;
  // Weights that no trainer wrote have neither key. One changed byte can hide
  // the seal or one of them, not all.
  if (!file->metadata.count("phaseIndex") && !file->metadata.count("recipe"))
    return file;
  error = path + ": is damaged or was written by an older version (no sha256)";
  return std::nullopt;
}

CheckpointInfo takeCheckpoint(const std::string &path, const TensorFile &file,
                              Parameters &parameters,
                              std::optional<Parameters> *average) {
  bool isAveraged = false;
  for (const Parameter &p : parameters.all())
    isAveraged |= average && file.find(kUnaveraged + p.name);
  if (isAveraged) {
    *average = parameters.copyOfValues();
    for (Parameter &p : (*average)->all())
      fromFile(path, file, p.name, p.value);
  }
  for (Parameter &p : parameters.all()) {
    fromFile(path, file, isAveraged ? kUnaveraged + p.name : p.name, p.value);
    if (p.isTrained() && file.find(kMomentum + p.name))
      fromFile(path, file, kMomentum + p.name, p.momentum);
  }
  CheckpointInfo info;
  info.network = text(file, "network");
  info.phase = text(file, "phase");
  info.recipe = text(file, "recipe");
  info.subnet = text(file, "subnet");
  info.pictures = text(file, "pictures");
  info.teacher = text(file, "teacher");
  info.phaseIndex = number(path, file, "phaseIndex");
  info.step = number(path, file, "step");
  info.bits = static_cast<int>(number(path, file, "bits"));
  return info;
}

CheckpointInfo readCheckpoint(const std::string &path, Parameters &parameters) {
  std::string error;
  auto file = openCheckpoint(path, error);
  if (!file)
    throw Error(error);
  return takeCheckpoint(path, *file, parameters);
}

std::string checkpointPath(const std::string &folder, int64_t number) {
  return folder + "/step-" + std::to_string(number) + ".safetensors";
}

std::map<int64_t, std::string> listCheckpoints(const std::string &folder) {
  std::map<int64_t, std::string> found;
  std::error_code code;
  for (const auto &entry : fs::directory_iterator(folder, code)) {
    std::string name = entry.path().filename().string(), digits;
    if (name.size() > 17 && name.rfind("step-", 0) == 0 &&
        name.substr(name.size() - 12) == ".safetensors")
      digits = name.substr(5, name.size() - 17);
    if (!digits.empty() && digits.size() < 18 &&
        digits.find_first_not_of("0123456789") == std::string::npos)
      found[std::stoll(digits)] = entry.path().string();
  }
  return found;
}

void removePartialFiles(const std::string &folder) {
  std::error_code code;
  std::vector<fs::path> partial;
  for (const auto &entry : fs::directory_iterator(folder, code))
    if (entry.path().filename().string().find(".safetensors.tmp.") !=
        std::string::npos)
      partial.push_back(entry.path());
  for (const fs::path &path : partial)
    fs::remove(path, code);
}

void pruneCheckpoints(const std::string &folder, int64_t newest,
                      int64_t count) {
  std::error_code code;
  auto found = listCheckpoints(folder);
  auto end = found.upper_bound(newest);
  // Beyond the newest lies what a resumed run could not take.
  for (auto it = end; it != found.end(); ++it)
    fs::remove(it->second, code);
  int64_t surplus = std::distance(found.begin(), end) - count;
  for (auto it = found.begin(); surplus > 0; ++it, --surplus)
    fs::remove(it->second, code);
}

} // namespace oqat::train
