//===- MaterializeSubnet.cpp - Decide every choice of a supernet ----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Before: (with {"image_size": 32, "e": [2], "d": [1], "bits_w": 4, …})
//   %s = oqat.stage choice @d_0 (%x = %0 : tensor<?x?x?x?xf32>) -> … {
//     %w = oqat.weight @b1.ib.weight out <16 * @e_0> : tensor<?x1x1x16xf32>
//     %q = oqat.fake_quantize %w step @s bits @bits_w signed : …
//     …
//   }
// After:
//   %w = oqat.weight @b1.ib.weight : tensor<32x1x1x16xf32>
//   %q = oqat.fake_quantize %w step @s bits 4 signed : tensor<32x1x1x16xf32>
//
// Needs: a network with a space. Gives: static shapes, no stage, no choice, no
// space; `subnet` on the network; the parameters that are still used, as they
// were. Every operation does its own part through ElasticOpInterface: those
// with regions first, the outermost before the others, then all in program
// order.
//
//===----------------------------------------------------------------------===//

#include "Utils.h"

#include "dialects/oqat/Oqat.h"
#include "mlir/IR/Verifier.h"
#include "oqat/Transforms/Materialize.h"
#include "oqat/Transforms/Passes.h"
#include "llvm/Support/Format.h"
#include <cmath>

namespace mlir::oqat {
#define GEN_PASS_DEF_MATERIALIZESUBNET
#include "oqat/Transforms/Passes.h.inc"
} // namespace mlir::oqat

using namespace mlir;
using namespace mlir::oqat;
using ::oqat::formats::SubnetConfig;
using ::oqat::formats::SubnetValue;

namespace {

/// Materializes one network.
class Materializer {
public:
  Materializer(SupernetOp network, const SubnetConfig &subnet, StringRef place)
      : network(network), subnet(subnet), place(place),
        rewriter(network.getContext()) {}

  LogicalResult run();

  unsigned numLayers = 0;
  unsigned numStages = 0;

private:
  LogicalResult decide(Operation *user, FlatSymbolRefAttr symbol);
  FailureOr<int64_t> check(Operation *user, ChoiceOp choice, double value,
                           const Twine &name);
  LogicalResult decideList(Operation *user, ChoiceOp choice,
                           const SubnetValue &value);
  LogicalResult decideAndMaterialize(ElasticOpInterface op);
  LogicalResult inlineStages();
  LogicalResult numberLayers();
  LogicalResult numberOperand(Value operand, unsigned layer);
  void recordSubnet(SpaceOp space);

  /// An error at the choice, with a note at the operation that needs it.
  InFlightDiagnostic error(Operation *user, ChoiceOp choice) {
    InFlightDiagnostic diagnostic = mlir::emitError(choice.getLoc());
    diagnostic.attachNote(user->getLoc())
        << "choice '" << choice.getSymName() << "' is needed here";
    diagnostic << place << ": ";
    return diagnostic;
  }

  SupernetOp network;
  const SubnetConfig &subnet;
  StringRef place;
  IRRewriter rewriter;
  Selection selection;
  DenseSet<Attribute> decided;
  DenseMap<Operation *, unsigned> layerOf;
};

} // namespace

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// Integers as such: subnet files hold doubles.
static std::string toText(double value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (std::floor(value) == value && std::fabs(value) < 0x1p53)
    os << static_cast<int64_t>(value);
  else
    os << llvm::format("%g", value);
  return text;
}

FailureOr<int64_t> Materializer::check(Operation *user, ChoiceOp choice,
                                       double value, const Twine &name) {
  if (llvm::any_of(choice.getValues(), [&](int64_t allowed) {
        return static_cast<double>(allowed) == value;
      }))
    return static_cast<int64_t>(value);
  InFlightDiagnostic diagnostic = error(user, choice);
  diagnostic << "expected '" << name << "' to be one of ";
  llvm::interleaveComma(choice.getValues(), diagnostic);
  return diagnostic << ", but got " << toText(value);
}

/// Per-layer choices take one number per quantized layer.
LogicalResult Materializer::decideList(Operation *user, ChoiceOp choice,
                                       const SubnetValue &value) {
  if (value.entries.size() != numLayers)
    return error(user, choice)
           << "expected '" << choice.getKey() << "' to list " << numLayers
           << " numbers, one per active quantized layer, but got "
           << value.entries.size();
  SmallVector<int64_t> list;
  for (auto [i, entry] : llvm::enumerate(value.entries)) {
    FailureOr<int64_t> checked =
        check(user, choice, entry, choice.getKey() + "[" + Twine(i) + "]");
    if (failed(checked))
      return failure();
    list.push_back(*checked);
  }
  selection.setPerLayer(choice.getSymName(), list);
  return success();
}

LogicalResult Materializer::decide(Operation *user, FlatSymbolRefAttr symbol) {
  if (!decided.insert(symbol).second)
    return success();
  ChoiceOp choice = network.lookupChoice(symbol);
  if (!choice)
    return user->emitOpError("refers to '")
           << symbol.getValue() << "', which is no choice of its network";
  const SubnetValue *value = subnet.find(choice.getKey().str());
  if (std::optional<int64_t> fallback = choice.getDefaultValue();
      !value && fallback) {
    selection.set(choice.getSymName(), *fallback);
    return success();
  }
  if (!value)
    return error(user, choice)
           << "expected the key '" << choice.getKey() << "', but there is none";
  if (choice.getPerLayer() && value->isList)
    return decideList(user, choice, *value);
  std::string name = choice.getKey().str();
  size_t index = 0;
  if (std::optional<int64_t> position = choice.getIndex()) {
    index = static_cast<size_t>(*position);
    if (value->isList)
      name += "[" + std::to_string(index) + "]";
  } else if (value->isList) {
    return error(user, choice)
           << "expected '" << name << "' to be a number, but got a list";
  }
  std::optional<double> entry = value->at(index);
  if (!entry)
    return error(user, choice)
           << "expected '" << choice.getKey() << "' to list at least "
           << index + 1 << " numbers, but got " << value->entries.size();
  FailureOr<int64_t> checked = check(user, choice, *entry, name);
  if (failed(checked))
    return failure();
  selection.set(choice.getSymName(), *checked);
  return success();
}

LogicalResult Materializer::decideAndMaterialize(ElasticOpInterface op) {
  SmallVector<FlatSymbolRefAttr> choices;
  op.getChoices(choices);
  for (FlatSymbolRefAttr choice : choices)
    if (failed(decide(op, choice)))
      return failure();
  rewriter.setInsertionPoint(op);
  return op.materialize(rewriter, selection);
}

//===----------------------------------------------------------------------===//
// The network
//===----------------------------------------------------------------------===//

/// Operations with regions replace themselves by what remains of them. Inner
/// ones come to light by that, so the search starts over at the same place.
LogicalResult Materializer::inlineStages() {
  Block &body = network.getBody().front();
  for (auto it = body.begin(); it != body.end();) {
    auto op = dyn_cast<ElasticOpInterface>(*it);
    if (!op || op->getNumRegions() == 0) {
      ++it;
      continue;
    }
    bool first = it == body.begin();
    auto before = first ? it : std::prev(it);
    ++numStages;
    if (failed(decideAndMaterialize(op)))
      return failure();
    it = first ? body.begin() : std::next(before);
  }
  return success();
}

LogicalResult Materializer::numberOperand(Value operand, unsigned layer) {
  auto quantizer = operand.getDefiningOp<FakeQuantizeOp>();
  auto [it, isNew] = layerOf.try_emplace(quantizer, layer);
  if (isNew) {
    selection.setLayer(quantizer, layer);
    return success();
  }
  // Layers that share a quantizer have to agree on its bits.
  auto symbol = dyn_cast<FlatSymbolRefAttr>(quantizer.getBits());
  ChoiceOp choice = symbol ? network.lookupChoice(symbol) : ChoiceOp();
  const SubnetValue *value =
      choice ? subnet.find(choice.getKey().str()) : nullptr;
  if (!value || value->at(it->second) == value->at(layer))
    return success();
  return error(quantizer, choice)
         << "expected one number for layers " << it->second << " and " << layer
         << " of '" << choice.getKey() << "', which share a quantizer";
}

LogicalResult Materializer::numberLayers() {
  for (auto conv : network.getBody().getOps<Conv2DOp>()) {
    if (!conv.hasLayerBits())
      continue;
    if (failed(numberOperand(conv.getInput(), numLayers)) ||
        failed(numberOperand(conv.getWeight(), numLayers)))
      return failure();
    ++numLayers;
  }
  return success();
}

/// Keeps what the space asked for and leaves out the other keys of the file.
void Materializer::recordSubnet(SpaceOp space) {
  SubnetConfig asked;
  for (auto choice : space.getBody().getOps<ChoiceOp>()) {
    std::string key = choice.getKey().str();
    if (const SubnetValue *value = subnet.find(key))
      asked.values[key] = *value;
  }
  std::string line = ::oqat::formats::writeSubnet(asked);
  network.setSubnet(StringRef(line).rtrim());
}

LogicalResult Materializer::run() {
  SpaceOp space = network.lookupSpace();
  if (!space)
    return network.emitOpError("has no space to choose from");
  if (failed(decideAndMaterialize(network)) || failed(inlineStages()) ||
      failed(numberLayers()))
    return failure();
  for (Operation &op : llvm::make_early_inc_range(network.getBody().front()))
    if (auto elastic = dyn_cast<ElasticOpInterface>(op))
      if (failed(decideAndMaterialize(elastic)))
        return failure();
  recordSubnet(space);
  network.removeSpaceAttr();
  return verify(network);
}

static LogicalResult materializeModule(ModuleOp module,
                                       const SubnetConfig &subnet,
                                       StringRef place, unsigned &numLayers,
                                       unsigned &numStages) {
  auto networks = llvm::to_vector(module.getOps<SupernetOp>());
  if (networks.empty())
    return mlir::emitError(module.getLoc(), "expected a network in the module");
  for (SupernetOp network : networks) {
    Materializer materializer(network, subnet, place);
    if (failed(materializer.run()))
      return failure();
    numLayers += materializer.numLayers;
    numStages += materializer.numStages;
  }
  for (auto space : llvm::make_early_inc_range(module.getOps<SpaceOp>()))
    space.erase();
  eraseUnusedParameters(module, [](ParameterOp) { return true; });
  return success();
}

LogicalResult mlir::oqat::materializeSubnet(ModuleOp module,
                                            const SubnetConfig &subnet,
                                            StringRef place) {
  unsigned numLayers = 0, numStages = 0;
  return materializeModule(module, subnet, place, numLayers, numStages);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct MaterializeSubnet
    : mlir::oqat::impl::MaterializeSubnetBase<MaterializeSubnet> {
  using MaterializeSubnetBase::MaterializeSubnetBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::string error;
    std::string place = subnetFile.empty() ? "subnet" : subnetFile.getValue();
    std::optional<SubnetConfig> config = readConfig(place, error);
    if (!config) {
      emitError(module.getLoc()) << error;
      return signalPassFailure();
    }
    unsigned layers = 0, stages = 0;
    if (failed(materializeModule(module, *config, place, layers, stages)))
      return signalPassFailure();
    numLayers += layers;
    numStages += stages;
  }

private:
  std::optional<SubnetConfig> readConfig(const std::string &place,
                                         std::string &error) {
    if (subnetFile.empty() == subnet.empty()) {
      error = "expected one of the options 'subnet-file' and 'subnet'";
      return std::nullopt;
    }
    if (subnet.empty())
      return ::oqat::formats::readSubnet(subnetFile, error);
    // The option parser takes the outer braces of a value for its own.
    std::string text = subnet;
    if (!StringRef(text).ltrim().starts_with("{"))
      text = "{" + text + "}";
    return ::oqat::formats::parseSubnet(text, place, "", error);
  }
};
} // namespace
