//===- ServeCosts.cpp - The cost of subnets, line by line -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every line is answered by exactly one line, whatever is on it, so that the
// other side of the pipe never waits.
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/CostModel.h"
#include "oqat/Export/Plan.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Support/FirstError.h"
#include "oqat/Transforms/Materialize.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::oqat;

/// No subnet needs more; a longer line is read but not kept.
static constexpr size_t kMaxLineBytes = size_t(1) << 20;

/// Reads up to the next line end; false at the end of `in`.
static bool readLine(std::istream &in, std::string &line, bool &isTooLong) {
  line.clear();
  isTooLong = false;
  int c = in.get();
  if (c == std::istream::traits_type::eof())
    return false;
  for (; c != std::istream::traits_type::eof() && c != '\n'; c = in.get()) {
    isTooLong |= line.size() == kMaxLineBytes;
    if (!isTooLong)
      line.push_back(static_cast<char>(c));
  }
  return true;
}

/// The cost of one subnet, or why it has none.
static FailureOr<NetworkCost> computeSubnetCost(ModuleOp module, StringRef text,
                                                std::string &error) {
  std::optional<::oqat::formats::SubnetConfig> subnet =
      ::oqat::formats::parseSubnet(text.str(), "subnet", "", error);
  if (!subnet)
    return failure();
  FirstError said(*module.getContext());
  OwningOpRef<ModuleOp> copy = module.clone();
  FailureOr<NetworkCost> cost = failure();
  if (succeeded(materializeSubnet(*copy, *subnet, "subnet")))
    cost = computeCost(*copy->getOps<SupernetOp>().begin());
  if (failed(cost))
    error = said.take("");
  return cost;
}

LogicalResult mlir::oqat::serveCosts(ModuleOp module, std::istream &in,
                                     raw_ostream &out) {
  SmallVector<SupernetOp> nets(module.getOps<SupernetOp>());
  if (nets.size() != 1 || !nets.front().lookupSpace())
    return module.emitError("expected one elastic network in the module");
  std::string line;
  bool isTooLong = false;
  while (readLine(in, line, isTooLong)) {
    std::string error;
    if (isTooLong)
      error = "expected a line of at most 1 MiB";
    FailureOr<NetworkCost> cost = failure();
    if (error.empty())
      cost = computeSubnetCost(module, line, error);
    if (succeeded(cost))
      printCost(out, *cost);
    else
      out << llvm::json::Value(
          llvm::json::Object{{"error", llvm::json::fixUTF8(error)}});
    out << '\n';
    out.flush();
  }
  return success();
}
