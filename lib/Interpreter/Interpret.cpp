//===- Interpret.cpp - Run the networks of a module -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints a digest of every named tensor, one per line, or compares with golden
// tensors. The IR stays as it is.
//
//===----------------------------------------------------------------------===//

#include "dialects/oqat/Oqat.h"
#include "oqat/Formats/Safetensors.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Interpreter/Interpreter.h"
#include "oqat/Interpreter/Passes.h"
#include "oqat/Numerics/Digest.h"
#include "oqat/Numerics/Random.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"

#include <set>

namespace mlir::oqat {
#define GEN_PASS_DEF_INTERPRET
#include "oqat/Interpreter/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
namespace formats = ::oqat::formats;
namespace numerics = ::oqat::numerics;

namespace {
struct Interpret : mlir::oqat::impl::InterpretBase<Interpret> {
  using InterpretBase::InterpretBase;
  void runOnOperation() override;

private:
  LogicalResult runPictures(Interpreter &interpreter, Operation *network);
  LogicalResult compareWithGolden(Interpreter &interpreter, Operation *network);
};
} // namespace

/// How many codes of every quantizer occur in the tensors and in the weights.
static void printCodes(Operation *network,
                       const llvm::StringMap<std::string> &seen) {
  auto print = [](Type type, const Twine &name, StringRef bytes) {
    auto codes =
        cast<quant::QuantizedType>(cast<ShapedType>(type).getElementType());
    std::set<char> distinct(bytes.begin(), bytes.end());
    llvm::outs() << "codes " << name << ' ' << distinct.size() << " of "
                 << codes.getStorageTypeMax() - codes.getStorageTypeMin() + 1
                 << '\n';
  };
  network->walk([&](Operation *op) {
    if (auto quantize = dyn_cast<QuantizeOp>(op))
      print(quantize.getType(), quantize.getTensorName(),
            seen.lookup(quantize.getTensorName()));
    if (auto weights = dyn_cast<ConstantCodesOp>(op)) {
      auto values = weights.getCodes().getValues<int8_t>();
      print(weights.getType(), weights.getLayer() + ".weight",
            std::string(values.begin(), values.end()));
    }
  });
}

LogicalResult Interpret::runPictures(Interpreter &interpreter,
                                     Operation *network) {
  FailureOr<std::pair<int64_t, int64_t>> size =
      interpreter.pictureSize(network);
  if (failed(size))
    return failure();
  llvm::StringMap<std::string> seen;
  std::vector<uint8_t> picture(size->first * size->second * 3);
  for (unsigned n = 0; n < pictures; ++n) {
    numerics::Random random(numerics::combineSeeds(seed, n));
    for (uint8_t &byte : picture)
      byte = static_cast<uint8_t>(random.below(256));
    std::vector<float> logits;
    auto take = [&](StringRef name, ArrayRef<char> bytes) {
      if (codes) {
        seen[name].append(bytes.begin(), bytes.end());
        return;
      }
      llvm::outs() << n << ' ' << name << ' ' << bytes.size() << ' '
                   << llvm::format_hex_no_prefix(
                          numerics::fnv1a64(bytes.data(), bytes.size()), 16)
                   << '\n';
    };
    if (failed(interpreter.run(network, picture.data(), take, logits)))
      return failure();
  }
  if (codes)
    printCodes(network, seen);
  llvm::outs().flush();
  return success();
}

/// Element `index` of a tensor's bytes, exactly.
static std::string printElement(formats::DType type, const char *data,
                                size_t index) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (type == formats::DType::F32)
    os << llvm::format("%.9g", reinterpret_cast<const float *>(data)[index]);
  else
    os << unsigned(static_cast<uint8_t>(data[index]));
  return text;
}

/// Says where two tensors differ first; nothing where they are equal.
static std::optional<std::string>
describeDifference(const formats::Tensor &want, ArrayRef<char> got) {
  if (want.bytes.size() != got.size())
    return "has " + std::to_string(got.size()) + " bytes instead of " +
           std::to_string(want.bytes.size());
  size_t width = formats::byteSize(want.dtype);
  for (size_t i = 0; i < got.size(); ++i)
    if (want.bytes[i] != got[i])
      return "differs at element " + std::to_string(i / width) + ": expected " +
             printElement(want.dtype, want.bytes.data(), i / width) +
             ", but got " + printElement(want.dtype, got.data(), i / width);
  return std::nullopt;
}

LogicalResult Interpret::compareWithGolden(Interpreter &interpreter,
                                           Operation *network) {
  std::string error;
  auto file = formats::readSafetensors(golden, error);
  if (!file)
    return emitError(network->getLoc(), error);
  FailureOr<std::pair<int64_t, int64_t>> size =
      interpreter.pictureSize(network);
  if (failed(size))
    return failure();
  const formats::Tensor *image = file->find("image");
  if (!image || !image->as<uint8_t>() ||
      image->shape != std::vector<int64_t>{size->first, size->second, 3})
    return emitError(network->getLoc())
           << golden << ": expected a U8 tensor 'image' of shape ["
           << size->first << ", " << size->second << ", 3]";
  llvm::StringSet<> seen;
  std::optional<std::string> difference;
  auto compare = [&](StringRef name, ArrayRef<char> bytes) {
    const formats::Tensor *want = file->find(("golden/" + name).str());
    if (!want || difference)
      return;
    seen.insert(name);
    if (auto text = describeDifference(*want, bytes))
      difference = "tensor '" + name.str() + "' " + *text;
  };
  std::vector<float> logits;
  if (failed(interpreter.run(network, image->as<uint8_t>(), compare, logits)))
    return failure();
  if (difference)
    return emitError(network->getLoc()) << golden << ": " << *difference;
  for (const auto &[key, tensor] : file->tensors)
    if (StringRef name(key);
        name.consume_front("golden/") && !seen.contains(name))
      return emitError(network->getLoc())
             << golden << ": tensor '" << name << "' was not computed";
  llvm::outs() << golden << ": " << seen.size() << " tensors equal\n";
  llvm::outs().flush();
  return success();
}

void Interpret::runOnOperation() {
  std::optional<formats::SubnetConfig> config;
  if (!subnet.empty()) {
    std::string error;
    config = formats::readSubnet(subnet, error);
    if (!config) {
      emitError(getOperation().getLoc(), error);
      return signalPassFailure();
    }
  }
  Interpreter interpreter(config ? &*config : nullptr);
  for (auto network : getOperation().getOps<FunctionOpInterface>())
    if (failed(golden.empty() ? runPictures(interpreter, network)
                              : compareWithGolden(interpreter, network)))
      return signalPassFailure();
  markAllAnalysesPreserved();
}
