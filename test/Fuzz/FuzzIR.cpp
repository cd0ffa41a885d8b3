//===- FuzzIR.cpp - Text of the IR, through the pipeline ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text goes the way of the tools: scan, parser, verifier, canonicalizer, then
// phase by phase as far as it gets. Modules are small here: what a network of
// legal size costs in time and memory is another question.
//
//===----------------------------------------------------------------------===//

#include "FuzzTarget.h"
#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Pipelines/Pipelines.h"
#include "oqat/Support/ScanIR.h"
#include "oqat/Target/VectorTarget.h"
#include "oqat/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::oqat;

/// Contexts keep every attribute that they have seen.
static constexpr unsigned kInputsPerContext = 500;
static constexpr double kMaxElements = 1 << 19;

static double elementsOf(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank())
    return 1;
  double elements = 1;
  for (int64_t extent : shaped.getShape())
    elements *= ShapedType::isDynamic(extent) ? 1 : double(extent);
  return elements;
}

static bool isSmall(ModuleOp module) {
  double elements = 0;
  module.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      elements += elementsOf(type);
    for (Region &region : op->getRegions())
      for (Type type : region.getArgumentTypes())
        elements += elementsOf(type);
    op->getAttrDictionary().walk(
        [&](TypeAttr attr) { elements += elementsOf(attr.getValue()); });
    op->getAttrDictionary().walk(
        [&](ElementsAttr attr) { elements += elementsOf(attr.getType()); });
    if (auto choice = dyn_cast<ChoiceOp>(op))
      for (int64_t value : choice.getValues())
        elements += double(value) * double(value);
  });
  return elements <= kMaxElements;
}

/// The largest value of every choice.
static std::string largestSubnet(ModuleOp module) {
  constexpr size_t kEntries = 64;
  ::oqat::formats::SubnetConfig subnet;
  module.walk([&](ChoiceOp choice) {
    double value = static_cast<double>(choice.getValues().back());
    if (!choice.getIndex()) {
      subnet.set(choice.getKey().str(), value);
      return;
    }
    auto &entry = subnet.values[choice.getKey().str()];
    entry.isList = true;
    entry.entries.resize(kEntries, value);
    if (*choice.getIndex() < kEntries)
      entry.entries[*choice.getIndex()] = value;
  });
  return ::oqat::formats::writeSubnet(subnet);
}

using Build = llvm::function_ref<void(OpPassManager &)>;

static bool run(ModuleOp module, Build build) {
  PassManager passes(module.getContext());
  build(passes);
  return succeeded(passes.run(module)) && isSmall(module);
}

/// The phases from `first` on, as far as they go.
static void lowerFrom(ModuleOp module, Phase first) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PipelineOptions options;
  options.target = "generic";
  options.subnet = largestSubnet(module);
  for (Phase phase = first;;
       phase = static_cast<Phase>(static_cast<int>(phase) + 1)) {
    bool passed = run(*copy, [&](OpPassManager &passes) {
      buildPhase(phase, passes, options);
    });
    if (!passed || phase == Phase::Target)
      return;
  }
}

/// A module may be of any level.
static void lower(ModuleOp module) {
  bool elastic = !module.getOps<SpaceOp>().empty();
  lowerFrom(module, elastic ? Phase::Subnet : Phase::Integer);
  for (Phase first : {Phase::Packed, Phase::Target})
    lowerFrom(module, first);
  run(module,
      [](OpPassManager &passes) { passes.addPass(createCanonicalizerPass()); });
}

namespace {
struct Session {
  MLIRContext context{MLIRContext::Threading::DISABLED};
  ScopedDiagnosticHandler handler{&context,
                                  [](Diagnostic &) { return success(); }};
  unsigned inputs = 0;

  Session() {
    context.loadDialect<OqatDialect, bitpack::BitpackDialect,
                        quant::QuantizationDialect, LLVM::LLVMDialect>();
    registerTargets();
  }
};
} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static auto session = std::make_unique<Session>();
  if (++session->inputs > kInputsPerContext)
    session = std::make_unique<Session>();
  std::string text(textOf(data, size));
  // Bytecode comes from our own tools only.
  if (StringRef(text).starts_with("ML\xefR") || scanIR(text))
    return 0;
  auto module = parseSourceString<ModuleOp>(text, &session->context);
  if (module && isSmall(*module))
    lower(*module);
  return 0;
}
