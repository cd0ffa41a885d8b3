//===- Safetensors.cpp - Named tensors in a file --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Safetensors.h"
#include "JsonCursor.h"
#include "oqat/Formats/File.h"

#include <algorithm>
#include <memory>
#include <tuple>

using namespace oqat::formats;

namespace {
constexpr size_t kMaxHeaderBytes = size_t(16) << 20;
constexpr size_t kMaxFileBytes = size_t(1) << 34;
constexpr const char *kMetadataKey = "__metadata__";

struct TypeInfo {
  DType type;
  size_t size;
  const char *name;
};
constexpr TypeInfo kTypes[] = {{DType::F64, 8, "F64"}, {DType::F32, 4, "F32"},
                               {DType::I64, 8, "I64"}, {DType::I32, 4, "I32"},
                               {DType::U64, 8, "U64"}, {DType::U8, 1, "U8"},
                               {DType::I8, 1, "I8"}};

/// Where a tensor's bytes lie in the data.
struct Extent {
  size_t begin, end;
  std::string name;
};

Extent parseEntry(const std::string &name, const JsonCursor &entry,
                  size_t dataBytes, TensorView &tensor) {
  std::string typeName = entry["dtype"].string();
  std::optional<DType> type = parseDType(typeName);
  if (!type)
    entry.fail("unsupported dtype '" + typeName + "'");
  tensor.dtype = *type;
  tensor.shape = entry["shape"].shape();

  JsonCursor offsets = entry["data_offsets"];
  std::vector<JsonCursor> ends = offsets.elements();
  if (ends.size() != 2)
    offsets.fail("expected two numbers, but got " +
                 std::to_string(ends.size()));
  auto begin = static_cast<size_t>(ends[0].integer(0, int64_t(1) << 53));
  auto end = static_cast<size_t>(ends[1].integer(0, int64_t(1) << 53));
  std::string range =
      "[" + std::to_string(begin) + ", " + std::to_string(end) + ")";
  if (begin > end || end > dataBytes)
    offsets.fail(range + " is not inside the " + std::to_string(dataBytes) +
                 " bytes of data");
  size_t needed = static_cast<size_t>(tensor.elements()) * byteSize(*type);
  if (end - begin != needed)
    offsets.fail(range + " has " + std::to_string(end - begin) +
                 " bytes, but shape and dtype need " + std::to_string(needed));
  return {begin, end, name};
}

/// Every byte of the data belongs to exactly one tensor.
void checkCover(std::vector<Extent> extents, size_t dataBytes) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent &x, const Extent &y) {
              return std::tie(x.begin, x.end) < std::tie(y.begin, y.end);
            });
  size_t at = 0;
  for (const Extent &extent : extents) {
    if (extent.begin < at)
      throw FormatError{"tensor '" + extent.name +
                        "' overlaps another at byte " +
                        std::to_string(extent.begin) + " of the data"};
    if (extent.begin > at)
      throw FormatError{"bytes " + std::to_string(at) + " to " +
                        std::to_string(extent.begin) +
                        " of the data belong to no tensor"};
    at = extent.end;
  }
  if (at != dataBytes)
    throw FormatError{"bytes " + std::to_string(at) + " to " +
                      std::to_string(dataBytes) +
                      " of the data belong to no tensor"};
}

void parseMetadata(const JsonCursor &entry, MappedTensors &file) {
  if (!entry.isObject())
    entry.fail("expected an object");
  for (const auto &item : entry.value().items())
    file.metadata[item.key()] = entry[item.key()].string();
}

MappedTensors parseHeader(const Json &json, std::string_view data) {
  MappedTensors file;
  std::vector<Extent> extents;
  JsonCursor header(json, "header");
  if (!header.isObject())
    header.fail("expected an object");
  for (const auto &item : json.items()) {
    if (item.key() == kMetadataKey) {
      parseMetadata(header[item.key()], file);
      continue;
    }
    JsonCursor entry(item.value(), "tensor '" + item.key() + "'");
    TensorView tensor;
    extents.push_back(parseEntry(item.key(), entry, data.size(), tensor));
    file.tensors.emplace(item.key(), std::move(tensor));
  }
  checkCover(extents, data.size());
  for (const Extent &extent : extents)
    file.tensors[extent.name].bytes =
        data.substr(extent.begin, extent.end - extent.begin);
  return file;
}

uint64_t readLittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
} // namespace

size_t oqat::formats::byteSize(DType type) {
  for (const TypeInfo &info : kTypes)
    if (info.type == type)
      return info.size;
  return 0;
}

const char *oqat::formats::dtypeName(DType type) {
  for (const TypeInfo &info : kTypes)
    if (info.type == type)
      return info.name;
  return "";
}

std::optional<DType> oqat::formats::parseDType(std::string_view name) {
  for (const TypeInfo &info : kTypes)
    if (info.name == name)
      return info.type;
  return std::nullopt;
}

static int64_t countElements(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

int64_t Tensor::elements() const { return countElements(shape); }
int64_t TensorView::elements() const { return countElements(shape); }

/// The tensors are views of `bytes`.
static std::optional<MappedTensors> parseViews(std::string_view bytes,
                                               const std::string &place,
                                               std::string &error) {
  if (bytes.size() < 8) {
    error = place + ": expected 8 bytes of header size, but the file has " +
            std::to_string(bytes.size()) + " bytes";
    return std::nullopt;
  }
  uint64_t headerBytes = readLittleEndian(bytes);
  if (headerBytes > kMaxHeaderBytes) {
    error = place + ": byte 0: header size " + std::to_string(headerBytes) +
            " is beyond the limit of " + std::to_string(kMaxHeaderBytes);
    return std::nullopt;
  }
  if (headerBytes > bytes.size() - 8) {
    error = place + ": byte 0: header size " + std::to_string(headerBytes) +
            " is beyond the end of the file (" + std::to_string(bytes.size()) +
            " bytes)";
    return std::nullopt;
  }
  std::optional<Json> json =
      parseJson(bytes.substr(8, headerBytes), place + ": header", error);
  if (!json)
    return std::nullopt;
  return readValue(*json, place, error, [&](const Json &header) {
    return parseHeader(header, bytes.substr(8 + headerBytes));
  });
}

std::optional<TensorFile>
oqat::formats::parseSafetensors(std::string_view bytes,
                                const std::string &place, std::string &error) {
  std::optional<MappedTensors> views = parseViews(bytes, place, error);
  if (!views)
    return std::nullopt;
  TensorFile file;
  file.metadata = std::move(views->metadata);
  for (auto &[name, view] : views->tensors)
    file.tensors[name] = {view.dtype, std::move(view.shape),
                          std::string(view.bytes)};
  return file;
}

std::optional<MappedTensors>
oqat::formats::mapSafetensors(const std::string &path, std::string &error) {
  std::optional<FileBytes> file = FileBytes::open(path, kMaxFileBytes, error);
  if (!file)
    return std::nullopt;
  // Views of a copy would be lost where a short one moves.
  auto bytes = std::make_unique<FileBytes>(std::move(*file));
  std::optional<MappedTensors> tensors = parseViews(bytes->get(), path, error);
  if (tensors)
    tensors->file = std::move(bytes);
  return tensors;
}

std::optional<TensorFile>
oqat::formats::readSafetensors(const std::string &path, std::string &error) {
  std::optional<FileBytes> file = FileBytes::open(path, kMaxFileBytes, error);
  return file ? parseSafetensors(file->get(), path, error) : std::nullopt;
}

std::string
oqat::formats::safetensorsHeader(const TensorFile &file,
                                 std::vector<const Tensor *> &order) {
  std::vector<std::pair<std::string, const Tensor *>> sorted;
  for (const auto &[name, tensor] : file.tensors)
    sorted.emplace_back(name, &tensor);
  // Large elements first keeps every tensor aligned in the file.
  std::stable_sort(
      sorted.begin(), sorted.end(), [](const auto &x, const auto &y) {
        return byteSize(x.second->dtype) > byteSize(y.second->dtype);
      });
  Json header = Json::object();
  if (!file.metadata.empty())
    header[kMetadataKey] = file.metadata;
  size_t at = 0;
  order.clear();
  for (const auto &[name, tensor] : sorted) {
    size_t end = at + tensor->bytes.size();
    header[name] = {{"dtype", dtypeName(tensor->dtype)},
                    {"shape", tensor->shape},
                    {"data_offsets", {at, end}}};
    order.push_back(tensor);
    at = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string result;
  for (int i = 0; i < 8; ++i)
    result.push_back(
        static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i)));
  return result + text;
}

bool oqat::formats::writeSafetensors(const std::string &path,
                                     const TensorFile &file,
                                     std::string &error) {
  for (const auto &[name, tensor] : file.tensors) {
    if (name == kMetadataKey ||
        static_cast<size_t>(tensor.elements()) * byteSize(tensor.dtype) !=
            tensor.bytes.size()) {
      error = path + ": tensor '" + name + "' does not match its shape";
      return false;
    }
  }
  try {
    std::vector<const Tensor *> order;
    std::string header = safetensorsHeader(file, order);
    std::vector<std::string_view> pieces = {header};
    for (const Tensor *tensor : order)
      pieces.push_back(tensor->bytes);
    return writeFileAtomically(path, pieces, error);
  } catch (const Json::exception &e) {
    error = path + ": a name or a metadata entry is not UTF-8";
    return false;
  }
}
