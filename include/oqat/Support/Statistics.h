//===- Statistics.h - Statistics as libMLIR was built with ------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Included before everything else where LLVM was built without assertions, see
// cmake/Oqat.cmake: llvm::Statistic is then the class without members.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_SUPPORT_STATISTICS_H
#define OQAT_SUPPORT_STATISTICS_H

#ifdef NDEBUG
#include "llvm/ADT/Statistic.h"
#else
#define NDEBUG
#include "llvm/ADT/Statistic.h"
#undef NDEBUG
// assert() as it is without NDEBUG, should a header above have asked for it.
#include <cassert>
#endif

static_assert(!LLVM_ENABLE_STATS, "libMLIR keeps no statistics");

#endif // OQAT_SUPPORT_STATISTICS_H
