//===- GraphWriter.h - graph.json of a training plan ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_EXPORT_PLAN_GRAPHWRITER_H
#define OQAT_LIB_EXPORT_PLAN_GRAPHWRITER_H

#include "oqat/Autodiff/PointwiseChains.h"
#include "llvm/Support/JSON.h"

namespace mlir::oqat {

/// Writes the nodes of a network in program order and numbers its values.
class GraphWriter {
public:
  GraphWriter(llvm::json::OStream &json, SupernetOp net,
              ArrayRef<PointwiseChain> chains);

  /// Everything from "space" to "body"; fails where an operation has no form in
  /// a plan.
  LogicalResult write();

private:
  void writeSpace();
  void writeParameters();
  LogicalResult writeBody(Block &block);
  LogicalResult writeOp(Operation *op);
  void writeNormalize(NormalizeOp op);
  LogicalResult writeConv(Conv2DOp op);
  LogicalResult writeLinear(LinearOp op);
  void writeWeight(WeightOp op);
  void writeExtent(StringRef key, std::optional<WidthAttr> extent);
  LogicalResult writePointwise(const PointwiseChain &chain);
  void writeStage(DifferentiableOpInterface stage, const PointwiseChain &chain);
  void writeQuantizer(FakeQuantizeOp op);
  void writeGate(SqueezeExciteOp op);
  LogicalResult writeElasticStage(StageOp op);

  /// "op", "in" and "out" of a node.
  void writeHead(StringRef op, int64_t in, int64_t out);
  int64_t newId() { return nextId++; }
  int64_t defineId(Value value) { return ids[value] = newId(); }
  ParameterOp lookupParameter(FlatSymbolRefAttr symbol);

  llvm::json::OStream &json;
  SupernetOp net;
  /// Chains by their first and by their last operation.
  DenseMap<Operation *, const PointwiseChain *> starts, ends;
  DenseMap<Value, int64_t> ids;
  /// Accumulators of convolutions that rescale themselves, and gates.
  DenseMap<Operation *, int64_t> sideIds;
  int64_t nextId = 0;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_EXPORT_PLAN_GRAPHWRITER_H
