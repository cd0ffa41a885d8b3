//===- CostModel.cpp - What a fixed network costs -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/CostModel.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <array>

using namespace mlir;
using namespace mlir::oqat;

static FailureOr<Cost> computeLayerCost(const PackedLayer &layer) {
  Cost total;
  for (Operation *op : layer.operations) {
    auto costs = dyn_cast<CostOpInterface>(op);
    if (!costs)
      continue;
    FailureOr<Cost> cost = costs.getCost();
    if (failed(cost))
      return failure();
    if (!total.add(*cost))
      return op->emitError("the network costs more than 64 bits can count");
  }
  return total;
}

FailureOr<NetworkCost> mlir::oqat::computeCost(SupernetOp network) {
  FailureOr<SmallVector<PackedLayer>> layers = findPackedLayers(network);
  if (failed(layers))
    return failure();
  NetworkCost result;
  for (PackedLayer &layer : *layers) {
    FailureOr<Cost> cost = computeLayerCost(layer);
    if (failed(cost))
      return failure();
    if (!result.total.add(*cost))
      return layer.first()->emitError(
          "the network costs more than 64 bits can count");
    result.peakActivationBytes =
        std::max(result.peakActivationBytes, layer.liveBytes);
    result.layers.push_back({std::move(layer), *cost});
  }
  return result;
}

void mlir::oqat::printCost(raw_ostream &os, const NetworkCost &cost) {
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("macs", cost.total.macs);
    json.attribute("parameters", cost.total.parameters);
    json.attribute("bops", cost.total.bops);
    json.attribute("weightBytes", cost.total.weightBytes);
    json.attribute("peakActivationBytes", cost.peakActivationBytes);
  });
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {
/// Layer, operation, output, bits; then the numbers.
using Row = std::array<std::string, 9>;
} // namespace

static constexpr Row::size_type kLabels = 4;

static Row makeRow(const PackedLayer &layer) {
  Operation *first = layer.first();
  std::string name = "-", bits = "-", output;
  std::string operation = first->getName().stripDialect().str();
  if (auto conv = dyn_cast<Conv2DOp>(first)) {
    name = conv.getLayerName().str();
    operation = conv.getDepthwise() ? "depthwise" : operation;
    bits = std::to_string(conv.getWeightBits()) + "x" +
           std::to_string(conv.getInputBits());
  } else if (auto linear = dyn_cast<LinearOp>(first)) {
    name = linear.getLayerName().str();
    bits = std::to_string(linear.getWeightBits()) + "x" +
           std::to_string(linear.getInputBits());
  } else if (auto excite = dyn_cast<SqueezeExciteOp>(first)) {
    name = excite.getLayerName().str();
    bits = "32x32";
  }
  llvm::raw_string_ostream os(output);
  // Without the number of pictures.
  auto type = cast<RankedTensorType>(layer.result().getType());
  llvm::interleave(type.getShape().drop_front(), os, "x");
  return {name, operation, os.str(), bits};
}

static Row addNumbers(Row row, const Cost &cost, int64_t liveBytes) {
  int64_t numbers[] = {cost.macs, cost.parameters, cost.bops, cost.weightBytes,
                       liveBytes};
  for (auto [i, number] : llvm::enumerate(numbers))
    row[kLabels + i] = std::to_string(number);
  return row;
}

/// Labels on the left, numbers on the right, two spaces between columns.
static void printRows(raw_ostream &os, ArrayRef<Row> rows) {
  std::array<size_t, std::tuple_size<Row>::value> widths = {};
  for (const Row &row : rows)
    for (auto [i, cell] : llvm::enumerate(row))
      widths[i] = std::max(widths[i], cell.size());
  for (const Row &row : rows) {
    for (auto [i, cell] : llvm::enumerate(row)) {
      if (i > 0)
        os << "  ";
      auto width = static_cast<unsigned>(widths[i]);
      os << (i < kLabels ? llvm::left_justify(cell, width)
                         : llvm::right_justify(cell, width));
    }
    os << '\n';
  }
}

void mlir::oqat::printCostPerLayer(raw_ostream &os, const NetworkCost &cost) {
  const Row header = {"layer", "operation",   "output",
                      "bits",  "macs",        "parameters",
                      "bops",  "weightBytes", "liveBytes"};
  std::vector<Row> rows = {header};
  for (const LayerCost &layer : cost.layers)
    rows.push_back(
        addNumbers(makeRow(layer.layer), layer.cost, layer.layer.liveBytes));
  rows.push_back(addNumbers({"total", "-", "-", "-"}, cost.total,
                            cost.peakActivationBytes));
  printRows(os, rows);
}
