//===- Selection.h - One subnet of a plan ---------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_SELECTION_H
#define OQAT_TRAIN_MODEL_SELECTION_H

#include "oqat/Formats/Plan.h"
#include "oqat/Formats/Subnet.h"
#include "oqat/Numerics/Random.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace oqat::train {

/// Bits of the warm start, in which quantizers are the identity.
inline constexpr int kFloatBits = 32;

/// A subnet resolved against its plan: which nodes run, and with what.
class Selection {
public:
  /// Bits that the subnet does not give are `bits`; with kFloatBits the
  /// subnet's own are ignored.
  Selection(const formats::Plan &plan, const formats::SubnetConfig &subnet,
            int bits);

  double value(const std::string &choice) const;
  int64_t extent(const std::optional<formats::PlanExtent> &extent,
                 int64_t full) const;
  /// Of a weight's quantizer, or of an activation's by its layer.
  int bitsOf(const formats::PlanQuantizer &quantizer,
             const std::string &layer) const;
  int64_t imageSize() const;
  /// Active quantized layers.
  size_t layers() const { return layerIndex.size(); }
  bool isFloat() const { return floatMode; }
  /// Active blocks of a stage node.
  int64_t depth(const formats::PlanNode &stage) const;

private:
  const formats::Plan &plan;
  bool floatMode;
  std::unordered_map<std::string, double> values;
  std::unordered_map<std::string, std::vector<double>> perLayer;
  std::unordered_map<std::string, size_t> layerIndex;

  void resolve(const formats::PlanChoice &choice,
               const formats::SubnetConfig &subnet, int bits);
  void countLayers(const std::vector<formats::PlanNode> &body);
};

/// The subnet with every choice at its largest or smallest value.
formats::SubnetConfig maximalSubnet(const formats::Plan &plan);
formats::SubnetConfig minimalSubnet(const formats::Plan &plan);
/// Every choice independently and uniformly, unused slots included.
formats::SubnetConfig randomSubnet(const formats::Plan &plan,
                                   numerics::Random &random);
/// The sizes a picture may have; empty where the space leaves it open.
std::vector<int64_t> imageSizes(const formats::Plan &plan);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_SELECTION_H
