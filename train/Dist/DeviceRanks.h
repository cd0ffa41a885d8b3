//===- DeviceRanks.h - Ranks whose steps run on GPUs ------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Statistics and gradients of steps are summed on the GPUs, by a plug-in
// library (Collectives.h); all else goes the way that the ranks have met.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DIST_DEVICERANKS_H
#define OQAT_TRAIN_DIST_DEVICERANKS_H

#include "train/Dist/Collectives.h"
#include "train/Dist/Communicator.h"

namespace oqat::train {

/// NCCL's plug-in, which lies beside this program or where the system looks for
/// libraries.
inline constexpr const char *kNcclPlugin = "liboqat_nccl.so";

/// An error that says what is missing where the plug-in cannot be loaded. It
/// stays loaded. A name without a folder is looked for as above.
const OqatCollectives &loadCollectives(const std::string &library);

/// All ranks of `control`, each with a device, whose work is in `stream`. A
/// rank that does not answer for `timeout` seconds is an error.
std::unique_ptr<Communicator> joinDevices(const OqatCollectives &collectives,
                                          Communicator &control,
                                          at::Device device, void *stream,
                                          int timeout);

} // namespace oqat::train

#endif // OQAT_TRAIN_DIST_DEVICERANKS_H
