//===- StopSignal.h - A request to stop -----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_STOPSIGNAL_H
#define OQAT_TRAIN_ALGO_STOPSIGNAL_H

namespace oqat::train {

/// From now on the first SIGTERM or SIGINT is only remembered; a second one
/// ends the process as it always did.
void catchStopSignals();

/// The signal that came, or 0.
int stopSignal();

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_STOPSIGNAL_H
