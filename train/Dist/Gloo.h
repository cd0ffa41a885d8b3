//===- Gloo.h - Ranks that talk over TCP ----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DIST_GLOO_H
#define OQAT_TRAIN_DIST_GLOO_H

#include "train/Dist/Communicator.h"

namespace oqat::train {

struct Rendezvous {
  int64_t rank = 0, size = 1;
  std::string address;
  int port = 0;
  /// Rank 0 serves the place where ranks find each other, unless the launcher
  /// does.
  bool isServed = false;
  /// Tells this start of the run from those before it, which the same place may
  /// have served.
  std::string attempt;
};

std::unique_ptr<Communicator> connectGloo(const Rendezvous &where, int timeout);

} // namespace oqat::train

#endif // OQAT_TRAIN_DIST_GLOO_H
