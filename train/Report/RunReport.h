//===- RunReport.h - A page about a run
//-------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_RUNREPORT_H
#define OQAT_TRAIN_REPORT_RUNREPORT_H

#include <string>

namespace oqat::train {

struct ReportOptions {
  /// Folder of the run.
  std::string run;
  /// What oqat-search wrote; may be empty.
  std::string front;
  /// HTML; empty: report.html in the folder.
  std::string out;
};

/// Writes one HTML file that needs no other: phases, curves, and the subnets of
/// a front. Throws Error.
int runReport(const ReportOptions &options);

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_RUNREPORT_H
