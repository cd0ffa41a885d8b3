//===- NetworkDescription.cpp - What an artifact says about itself --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Target/Emit/NetworkDescription.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

/// Reads the entries of one dictionary and remembers what was missing.
class DictionaryReader {
public:
  DictionaryReader(DictionaryAttr dict, StringRef where, Location loc)
      : dict(dict), where(where.str()), loc(loc) {}

  void read(StringRef key, int64_t &value) {
    if (auto attr = dict.getAs<IntegerAttr>(key))
      value = attr.getInt();
    else
      miss(key, "an integer");
  }
  void read(StringRef key, std::string &value) {
    if (auto attr = dict.getAs<StringAttr>(key))
      value = attr.getValue().str();
    else
      miss(key, "a string");
  }
  void read(StringRef key, std::vector<int64_t> &values) {
    auto attr = dict.getAs<ArrayAttr>(key);
    if (!attr)
      return miss(key, "an array");
    for (Attribute element : attr) {
      auto number = dyn_cast<IntegerAttr>(element);
      if (!number)
        return miss(key, "an array of integers");
      values.push_back(number.getInt());
    }
  }
  template <typename T, typename Fn>
  void readAll(StringRef key, std::vector<T> &values, Fn readOne) {
    auto attr = dict.getAs<ArrayAttr>(key);
    if (!attr)
      return miss(key, "an array");
    for (auto [index, element] : llvm::enumerate(attr)) {
      auto entry = dyn_cast<DictionaryAttr>(element);
      if (!entry)
        return miss(key, "an array of dictionaries");
      std::string place = (key + "[" + Twine(index) + "]").str();
      DictionaryReader reader(entry, place, loc);
      readOne(reader, values.emplace_back());
      ok &= reader.ok;
    }
  }

  /// What need not be there.
  void readOptional(StringRef key, bool &value) {
    if (!dict.contains(key))
      return;
    if (auto attr = dict.getAs<BoolAttr>(key))
      value = attr.getValue();
    else
      miss(key, "a boolean");
  }
  template <typename T, typename Fn>
  void readOptional(StringRef key, std::optional<T> &value, Fn readOne) {
    if (!dict.contains(key))
      return;
    auto entry = dict.getAs<DictionaryAttr>(key);
    if (!entry)
      return miss(key, "a dictionary");
    DictionaryReader reader(entry, (Twine(where) + "." + key).str(), loc);
    readOne(reader, value.emplace());
    ok &= reader.ok;
  }

  bool ok = true;

private:
  void miss(StringRef key, StringRef what) {
    emitError(loc) << "expected '" << key << "' in " << where << " to be "
                   << what;
    ok = false;
  }

  DictionaryAttr dict;
  std::string where;
  Location loc;
};

void readAccumulator(DictionaryReader &entry,
                     AccumulatorDescription &accumulator) {
  entry.read("min", accumulator.min);
  entry.read("max", accumulator.max);
  entry.read("bits", accumulator.bits);
}

} // namespace

FailureOr<NetworkDescription>
mlir::oqat::readNetworkDescription(ModuleOp module) {
  auto dict = module->getAttrOfType<DictionaryAttr>("oqat.network");
  if (!dict)
    return emitError(module.getLoc(),
                     "expected the module to have an 'oqat.network' attribute");
  DictionaryReader reader(dict, "'oqat.network'", module.getLoc());
  NetworkDescription net;
  reader.read("name", net.name);
  reader.read("target", net.target);
  reader.readOptional("emulated", net.emulated);
  reader.read("subnet", net.subnet);
  reader.read("height", net.height);
  reader.read("width", net.width);
  reader.read("channels", net.channels);
  reader.read("classes", net.classes);
  reader.read("scratch_bytes", net.scratchBytes);
  reader.read("prepared_bytes", net.preparedBytes);
  reader.readAll("tensors", net.tensors,
                 [](DictionaryReader &entry, TensorDescription &tensor) {
                   entry.read("name", tensor.name);
                   entry.read("dtype", tensor.dtype);
                   entry.read("shape", tensor.shape);
                 });
  reader.readAll("layers", net.layers,
                 [](DictionaryReader &entry, LayerDescription &layer) {
                   entry.read("name", layer.name);
                   entry.read("kind", layer.kind);
                   entry.read("kernel", layer.kernel);
                   entry.read("bits_w", layer.bitsW);
                   entry.read("bits_a", layer.bitsA);
                   entry.read("macs", layer.macs);
                   entry.read("input_bytes", layer.inputBytes);
                   entry.read("weight_bytes", layer.weightBytes);
                   entry.readOptional("accumulator", layer.accumulator,
                                      readAccumulator);
                 });
  if (!reader.ok)
    return failure();
  return net;
}
