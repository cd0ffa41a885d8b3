//===- NetworkTrial.cpp - One random network on every level ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkTrial.h"
#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Interpreter/Interpreter.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Pipelines/Artifact.h"
#include "oqat/Pipelines/Driver.h"
#include "oqat/Transforms/DirectTies.h"
#include "oqat/Transforms/Passes.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;
namespace formats = ::oqat::formats;

/// Pictures that every level runs; the integer level and the object run all.
static constexpr uint64_t kLevelPictures = 2;

/// The kernels that half of all objects prefer, and the feature of those that
/// have one.
static constexpr char kWinograd[] = "winograd";

NetworkTrial::NetworkTrial(uint64_t seed)
    : seed(seed), context(MLIRContext::Threading::DISABLED), error(context) {
  context.loadDialect<OqatDialect, bitpack::BitpackDialect,
                      quant::QuantizationDialect>();
}

llvm::Error NetworkTrial::takeError(const Twine &what) {
  return makeError(what + ": " + error.take("no reason given"));
}

static Operation *findNetwork(ModuleOp module) {
  auto networks = module.getOps<FunctionOpInterface>();
  return networks.empty() ? nullptr : *networks.begin();
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

llvm::Error NetworkTrial::runPasses(ModuleOp module, const Twine &what,
                                    Build build) {
  PassManager passes(&context);
  build(passes);
  if (failed(passes.run(module)))
    return takeError(what);
  return llvm::Error::success();
}

llvm::Error NetworkTrial::addLevel(const char *name, Build build) {
  levels.push_back({name, levels.back().module->clone(), nullptr});
  return runPasses(*levels.back().module, name, build);
}

/// The parameters of the fixed network are those of the supernet. What it has
/// no use for becomes NaN, which would show.
void NetworkTrial::copyValues(ModuleOp from, ModuleOp to) {
  for (auto parameter : to.getOps<ParameterOp>()) {
    auto source = from.lookupSymbol<ParameterOp>(parameter.getSymName());
    parameter.setValueAttr(
        source
            ? source.getValueAttr()
            : DenseElementsAttr::get(parameter.getTensorType(), std::nanf("")));
  }
}

llvm::Error NetworkTrial::draw() {
  network = generateRandomNetwork(&context, seed);
  if (failed(verify(*network.module)))
    return takeError("the random network is not valid");
  levels.push_back({"supernet", network.module->clone(), &network.subnet});
  bool dyadic = numerics::randomAt(seed, 1) % 2;
  if (dyadic)
    network.features.insert("dyadic");
  PipelineOptions options;
  options.subnet = formats::writeSubnet(network.subnet);
  auto fix = [&](OpPassManager &passes) {
    buildPhase(Phase::Subnet, passes, options);
    passes.addPass(createRandomizeWeights({seed}));
    passes.addPass(createDirectTies({seed, kRandomNetworkPictures, dyadic}));
  };
  if (llvm::Error error = addLevel("subnet", fix))
    return error;
  copyValues(*levels[1].module, *levels[0].module);
  for (Phase phase : {Phase::Integer, Phase::Packed})
    if (llvm::Error error =
            addLevel(stringifyPhase(phase).data(), [&](OpPassManager &passes) {
              buildPhase(phase, passes, PipelineOptions());
            }))
      return error;
  auto size = Interpreter().pictureSize(findNetwork(*levels[1].module));
  if (failed(size))
    return takeError("no picture size");
  pictureBytes = size->first * size->second * 3;
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// What the network meets
//===----------------------------------------------------------------------===//

std::vector<uint8_t> NetworkTrial::picture(uint64_t index) const {
  return tiePicture(seed, index, pictureBytes);
}

/// Values halfway between two codes.
static int64_t countTies(const Tensor &input, QuantizeOp op) {
  SmallVector<float> steps = stepsOf(op.getStep());
  auto type = cast<quant::QuantizedType>(
      cast<RankedTensorType>(op.getType()).getElementType());
  auto uniform = dyn_cast<quant::UniformQuantizedType>(type);
  int64_t zeroPoint = uniform ? uniform.getZeroPoint() : 0;
  float lo = static_cast<float>(type.getStorageTypeMin() - zeroPoint),
        hi = static_cast<float>(type.getStorageTypeMax() - zeroPoint);
  int64_t ties = 0;
  for (auto [i, y] : llvm::enumerate(input.floats)) {
    float u = y * numerics::reciprocalStep(steps[i % steps.size()]);
    ties += u > lo && u < hi && u - std::floor(u) == 0.5f;
  }
  return ties;
}

llvm::Expected<bool> NetworkTrial::observe() {
  const Level &level = levels[2];
  auto *root = findNetwork(*level.module);
  Interpreter interpreter;
  interpreter.setHook([&](Operation *op,
                          ArrayRef<const Tensor *> operands) -> LogicalResult {
    auto quantizer = dyn_cast<QuantizeOp>(op);
    if (!quantizer)
      return success();
    numTies += countTies(*operands[0], quantizer);
    auto type = cast<quant::QuantizedType>(
        cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
    codeCounts[quantizer.getTensorName().str()] =
        type.getStorageTypeMax() - type.getStorageTypeMin() + 1;
    return success();
  });
  for (int64_t i = 0; i < kRandomNetworkPictures; ++i) {
    Tensors &tensors = expected.emplace_back();
    std::vector<float> logits;
    auto keep = [&](StringRef name, ArrayRef<char> bytes) {
      tensors[name.str()].assign(bytes.begin(), bytes.end());
    };
    if (failed(interpreter.run(root, picture(i).data(), keep, logits)))
      return takeError("the integer level can't be interpreted");
  }
  return numTies > 0 && usesCodes();
}

/// Every quantizer, of activations and of weights, uses half of its codes.
bool NetworkTrial::usesCodes() const {
  for (auto &[name, count] : codeCounts) {
    llvm::BitVector seen(256);
    for (const Tensors &tensors : expected)
      if (auto it = tensors.find(name); it != tensors.end())
        for (char code : it->second)
          seen.set(static_cast<uint8_t>(code));
    if (seen.count() * 2 < static_cast<size_t>(count))
      return false;
  }
  bool enough = true;
  levels[2].module.get()->walk([&](ConstantCodesOp op) {
    auto type = cast<quant::QuantizedType>(
        cast<RankedTensorType>(op.getType()).getElementType());
    llvm::BitVector seen(256);
    for (int8_t code : op.getCodes().getValues<int8_t>())
      seen.set(static_cast<uint8_t>(code));
    int64_t count = type.getStorageTypeMax() - type.getStorageTypeMin() + 1;
    enough &= static_cast<int64_t>(seen.count()) * 2 >= count;
  });
  return enough;
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

llvm::Error NetworkTrial::interpret(const Level &level, uint64_t index,
                                    Tensors &tensors) {
  Interpreter interpreter(level.subnet);
  std::vector<float> logits;
  auto keep = [&](StringRef name, ArrayRef<char> bytes) {
    tensors[name.str()].assign(bytes.begin(), bytes.end());
  };
  if (failed(interpreter.run(findNetwork(*level.module), picture(index).data(),
                             keep, logits)))
    return takeError(Twine("level '") + level.name + "' can't be interpreted");
  return llvm::Error::success();
}

/// A stage ends chains of float operations, so that in an elastic network the
/// name of a float may stand for another value; so does canonicalization, which
/// may leave out codes as well.
llvm::Error NetworkTrial::compare(const Twine &where, const Tensors &got,
                                  uint64_t index, Compared compared) const {
  for (auto &[name, bytes] : got) {
    bool isCodes = codeCounts.count(name);
    auto it = expected[index].find(name);
    if (compared != Compared::All && !isCodes && name != "logits")
      continue;
    if (it == expected[index].end())
      return makeError(where + ": tensor '" + name + "' is unknown");
    if (auto text = firstDifference(isCodes ? "u8" : "f32", bytes, it->second))
      return makeError(where + ": picture " + Twine(index) + ": tensor '" +
                       name + "': " + *text);
  }
  if (!got.count("logits"))
    return makeError(where + ": there are no logits");
  if (compared != Compared::SomeCodes)
    for (auto &[name, count] : codeCounts)
      if (!got.count(name))
        return makeError(where + ": tensor '" + name + "' is missing");
  return llvm::Error::success();
}

llvm::Error NetworkTrial::compareLevels() {
  numQuantizers = codeCounts.size();
  numTensors = expected.front().size();
  for (const Level &level : levels) {
    Level canonical{level.name, level.module.get().clone(), level.subnet};
    if (llvm::Error error =
            runPasses(*canonical.module, Twine(level.name) + ", canonicalized",
                      [](OpPassManager &passes) {
                        passes.addPass(createCanonicalizerPass());
                      }))
      return error;
    for (uint64_t i = 0; i < kLevelPictures; ++i) {
      Tensors plain, folded;
      if (llvm::Error error = interpret(level, i, plain))
        return error;
      if (llvm::Error error =
              compare(level.name, plain, i,
                      level.subnet ? Compared::AllCodes : Compared::All))
        return error;
      if (llvm::Error error = interpret(canonical, i, folded))
        return error;
      if (llvm::Error error = compare(Twine(level.name) + ", canonicalized",
                                      folded, i, Compared::SomeCodes))
        return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error NetworkTrial::compareObject(StringRef folder, StringRef target) {
  CompileOptions options;
  options.output = (folder + "/net" + Twine(seed)).str();
  options.input = options.output + ".mlir";
  options.pipeline.subnet = formats::writeSubnet(network.subnet);
  options.pipeline.target = target.str();
  options.emulate = Emulate::Missing;
  // Networks are too small for this to be the best kernel of any layer.
  if (numerics::randomAt(seed, 2) % 2)
    options.pipeline.preferKernels = kWinograd;
  std::error_code failure;
  llvm::raw_fd_ostream file(options.input, failure);
  if (failure)
    return makeError("can't write '" + options.input +
                     "': " + failure.message());
  file << "// subnet: " << options.pipeline.subnet << *levels[0].module;
  file.close();
  std::string errors;
  llvm::raw_string_ostream stream(errors);
  if (failed(compile(options, stream)))
    return makeError(StringRef(errors).rtrim());
  auto artifact = Artifact::load(options.output + ".so", 1 + seed % 3,
                                 /*target=*/"", /*isDirty=*/true);
  if (!artifact)
    return artifact.takeError();
  if (llvm::any_of((*artifact)->getManifest().layers, [](const auto &layer) {
        return StringRef(layer.kernel).starts_with(kWinograd);
      }))
    network.features.insert(kWinograd);
  for (int64_t i = 0; i < kRandomNetworkPictures; ++i) {
    Tensors got;
    std::vector<float> logits;
    auto keep = [&](int32_t index, ArrayRef<char> bytes) {
      const auto &tensors = (*artifact)->getManifest().tensors;
      std::string name = static_cast<size_t>(index) < tensors.size()
                             ? tensors[index].name
                             : "no. " + std::to_string(index);
      got[name].assign(bytes.begin(), bytes.end());
    };
    if (llvm::Error error = (*artifact)->run(picture(i), logits, keep))
      return error;
    const char *data = reinterpret_cast<const char *>(logits.data());
    got["logits"].assign(data, data + logits.size() * sizeof(float));
    if (llvm::Error error = compare("object", got, i))
      return error;
  }
  for (StringRef extension : {".mlir", ".so", ".h", ".json", ".mlirbc"})
    llvm::sys::fs::remove(options.output + extension.str());
  return llvm::Error::success();
}
