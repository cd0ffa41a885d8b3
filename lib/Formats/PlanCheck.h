//===- PlanCheck.h - References of a training plan ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_FORMATS_PLANCHECK_H
#define OQAT_LIB_FORMATS_PLANCHECK_H

#include "oqat/Formats/Plan.h"

namespace oqat::formats {

/// Throws a FormatError that names the node whose reference is wrong.
void checkPlan(const Plan &plan);

} // namespace oqat::formats

#endif // OQAT_LIB_FORMATS_PLANCHECK_H
