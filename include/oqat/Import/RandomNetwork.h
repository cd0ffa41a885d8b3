//===- RandomNetwork.h - Random valid supernets -----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Supernets that no person would design, each with one of its subnets: odd
// sizes, single channels, elastic and fixed layers in any order, every layer
// with its own bits. They are small, so that many can be compiled and compared
// with the interpreter.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_IMPORT_RANDOMNETWORK_H
#define OQAT_IMPORT_RANDOMNETWORK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "oqat/Formats/Subnet.h"

#include <set>
#include <string>

namespace mlir::oqat {

struct RandomNetwork {
  /// A space, parameters without values, a network.
  OwningOpRef<ModuleOp> module;
  ::oqat::formats::SubnetConfig subnet;
  /// What the subnet has, such as "squeeze-excite".
  std::set<std::string> features;
};

/// The features that a network of the demanding kind has all at once.
inline constexpr const char *kDemandingFeatures[] = {
    "squeeze-excite", "residual", "mixed-bits", "odd-size"};

/// How many pictures a network must see until all its quantizers have met
/// enough values to use at least half of their codes.
inline constexpr int64_t kRandomNetworkPictures = 8;

/// The network of that seed, the same on every machine. Every third one, on
/// average, has all of kDemandingFeatures.
RandomNetwork generateRandomNetwork(MLIRContext *context, uint64_t seed);

} // namespace mlir::oqat

#endif // OQAT_IMPORT_RANDOMNETWORK_H
