//===- TrainingPlan.cpp - graph.json and kernels --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "oqat/Autodiff/Passes.h"
#include "oqat/Autodiff/WeightKernels.h"
#include "oqat/Export/Plan.h"
#include "oqat/Formats/File.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace mlir::oqat;

static constexpr llvm::StringLiteral kKernelsFile = "kernels.so";
static constexpr llvm::StringLiteral kGraphFile = "graph.json";

/// The only network of a module, which must be elastic.
static FailureOr<SupernetOp> getElasticNetwork(ModuleOp module) {
  SmallVector<SupernetOp> nets(module.getOps<SupernetOp>());
  if (nets.size() != 1)
    return module.emitError("expected one 'oqat.supernet' in the module, but "
                            "got ")
           << nets.size();
  if (!nets.front().lookupSpace())
    return nets.front().emitOpError("in a training plan must have a space");
  return nets.front();
}

/// The trainer knows the papers' quantizers alone.
static LogicalResult checkTrainable(SupernetOp net) {
  WalkResult result = net.walk([](FakeQuantizeOp op) -> WalkResult {
    if (op.isTrainable())
      return WalkResult::advance();
    StringRef layer = op.getStep().rsplit('.').first;
    return op.emitOpError("of layer '")
           << layer << "' cannot be trained yet: expected an LSQ quantizer of "
           << "2 or more bits with one step, unsigned on an activation";
  });
  return failure(result.wasInterrupted());
}

/// A module of nothing but the kernel functions.
static FailureOr<OwningOpRef<ModuleOp>> buildKernels(ModuleOp module) {
  OwningOpRef<ModuleOp> kernels = module.clone();
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  passes.addPass(createBuildTrainingKernels());
  if (failed(passes.run(*kernels)))
    return failure();
  for (Operation &op :
       llvm::make_early_inc_range(kernels->getBody()->getOperations()))
    if (!isa<func::FuncOp>(op))
      op.erase();
  return kernels;
}

static std::string hexDigest(StringRef bytes) {
  llvm::SHA256 hash;
  hash.update(bytes);
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

FailureOr<TrainingPlan> mlir::oqat::buildTrainingPlan(ModuleOp module,
                                                      KernelCompiler compile) {
  FailureOr<SupernetOp> net = getElasticNetwork(module);
  if (failed(net))
    return failure();
  FailureOr<SmallVector<PointwiseChain, 0>> chains = findPointwiseChains(*net);
  if (failed(chains))
    return failure();
  FailureOr<OwningOpRef<ModuleOp>> kernels = buildKernels(module);
  if (failed(kernels))
    return failure();
  FailureOr<CompiledKernels> compiled = compile(std::move(*kernels));
  if (failed(compiled))
    return failure();

  TrainingPlan plan;
  plan.kernels = std::move(compiled->object);
  plan.gpuCode = std::move(compiled->gpuCode);
  SmallVector<PointwiseKernel> set;
  collectKernels(*chains, set);
  SmallVector<WeightKernel> weightSet;
  collectWeightKernels(*net, weightSet);
  llvm::raw_string_ostream stream(plan.graph);
  llvm::json::OStream json(stream, /*IndentSize=*/1);
  LogicalResult written = success();
  json.object([&] {
    json.attribute("format", "oqat-plan");
    json.attribute("formatVersion", 3);
    json.attribute("network", net->getSymName());
    auto logits = cast<RankedTensorType>(net->getResultTypes().front());
    json.attribute("classes", logits.getDimSize(1));
    written = GraphWriter(json, *net, *chains).write();
    json.attributeObject("kernels", [&] {
      json.attribute("file", kKernelsFile);
      json.attribute("sha256", hexDigest(plan.kernels));
      json.attributeArray("functions", [&] {
        for (const PointwiseKernel &kernel : set)
          json.value(kernel.name);
      });
      json.attributeArray("weightFunctions", [&] {
        for (const WeightKernel &kernel : weightSet)
          json.value(kernel.getName());
      });
      json.attributeArray("gpu", [&] {
        for (const GpuCode &code : plan.gpuCode)
          json.object([&] {
            json.attribute("chip", code.chip);
            json.attribute("format", code.isPTX ? "ptx" : "cubin");
            json.attribute("file", code.getFileName());
            json.attribute("sha256", hexDigest(code.bytes));
          });
      });
    });
  });
  if (failed(written) || failed(checkTrainable(*net)))
    return failure();
  stream << "\n";
  return plan;
}

LogicalResult mlir::oqat::writeTrainingPlan(const TrainingPlan &plan,
                                            StringRef folder, Location loc) {
  if (std::error_code error = llvm::sys::fs::create_directory(folder))
    return emitError(loc) << "can't make folder '" << folder
                          << "': " << error.message();
  auto write = [&](StringRef name, const std::string &bytes) -> LogicalResult {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    std::string error;
    if (!::oqat::formats::writeFileAtomically(path.str().str(), {bytes}, error))
      return emitError(loc) << error;
    return success();
  };
  if (failed(write(kKernelsFile, plan.kernels)))
    return failure();
  for (const GpuCode &code : plan.gpuCode)
    if (failed(write(code.getFileName(), code.bytes)))
      return failure();
  return write(kGraphFile, plan.graph);
}
