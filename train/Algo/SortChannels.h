//===- SortChannels.h - Important channels first --------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_ALGO_SORTCHANNELS_H
#define OQAT_TRAIN_ALGO_SORTCHANNELS_H

#include "train/Model/Parameters.h"

#include <map>
#include <string>

namespace oqat::train {

/// Permutes the middle channels of every block by descending L1 norm of what
/// its projecting convolution reads from them, and the squeezed channels of its
/// gate by what expands them: bit for bit what --oqat-sort-channels does.
/// Only channels of the width at `trained`[choice] are sorted, those beyond it
/// keep their places; a choice that is absent: all channels of its maximum.
void sortChannels(const formats::Plan &plan, Parameters &parameters,
                  const std::map<std::string, double> &trained);

} // namespace oqat::train

#endif // OQAT_TRAIN_ALGO_SORTCHANNELS_H
