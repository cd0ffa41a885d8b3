//===- PlanGpuCode.h - A plan's code for a GPU ----------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_DEVICE_PLANGPUCODE_H
#define OQAT_TRAIN_DEVICE_PLANGPUCODE_H

#include "oqat/Formats/Plan.h"

namespace oqat::train {

/// The plan's code for a GPU of `architecture` (90 for sm_90): a cubin for just
/// this one, else PTX for it or one before it. Fails where there is neither,
/// and where the file's sha256 is not the plan's.
std::string readGpuCode(const formats::Plan &plan, const std::string &folder,
                        int architecture);

} // namespace oqat::train

#endif // OQAT_TRAIN_DEVICE_PLANGPUCODE_H
