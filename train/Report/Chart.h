//===- Chart.h - Curves as SVG
//----------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_REPORT_CHART_H
#define OQAT_TRAIN_REPORT_CHART_H

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace oqat::train {

struct Chart {
  std::string title;
  /// Points of each curve by its name, x ascending.
  std::map<std::string, std::vector<std::pair<double, double>>> curves;
  /// Where vertical lines part the x axis, with what stands left of each.
  std::vector<std::pair<double, std::string>> marks;

  void add(const std::string &curve, double x, double y) {
    curves[curve].emplace_back(x, y);
  }
};

/// An <svg> element; empty where there are no points.
std::string drawChart(const Chart &chart);

/// Text as HTML and SVG take it.
std::string escapeHtml(const std::string &text);

} // namespace oqat::train

#endif // OQAT_TRAIN_REPORT_CHART_H
