//===- Chart.cpp - Curves as SVG
//--------------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/Chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace oqat::train {

namespace {

constexpr double kWidth = 720, kHeight = 260;
constexpr double kLeft = 60, kRight = 20, kTop = 30, kBottom = 40;
const char *const kColours[] = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd"};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.5g", value);
  return text;
}

std::string textAt(double x, double y, const std::string &anchor,
                   const std::string &text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) +
         "\" text-anchor=\"" + anchor + "\">" + escapeHtml(text) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2,
                 const std::string &colour) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
         number(x2) + "\" y2=\"" + number(y2) + "\" stroke=\"" + colour +
         "\"/>\n";
}

/// Maps what the points span to the drawing.
struct Axes {
  double minX = INFINITY, maxX = -INFINITY, minY = INFINITY, maxY = -INFINITY;

  explicit Axes(const Chart &chart) {
    for (const auto &[name, points] : chart.curves)
      for (const auto &[x, y] : points) {
        minX = std::min(minX, x);
        maxX = std::max(maxX, x);
        minY = std::min(minY, y);
        maxY = std::max(maxY, y);
      }
    minX = std::min(minX, 0.0);
    if (maxX == minX)
      maxX = minX + 1;
    double margin = maxY == minY ? 1 : (maxY - minY) * 0.05;
    minY -= margin;
    maxY += margin;
  }
  double x(double value) const {
    return kLeft + (value - minX) / (maxX - minX) * (kWidth - kLeft - kRight);
  }
  double y(double value) const {
    return kTop + (maxY - value) / (maxY - minY) * (kHeight - kTop - kBottom);
  }
};

/// 1, 2 or 5 times a power of ten that gives about `wanted` steps.
double tickStep(double span, double wanted) {
  double raw = span / wanted, unit = std::pow(10, std::floor(std::log10(raw)));
  for (double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * unit)
      return factor * unit;
  return 10 * unit;
}

std::string drawAxes(const Axes &axes) {
  std::string svg;
  double stepX = tickStep(axes.maxX - axes.minX, 8);
  for (double x = std::ceil(axes.minX / stepX) * stepX; x <= axes.maxX;
       x += stepX)
    svg += textAt(axes.x(x), kHeight - kBottom + 16, "middle", number(x));
  double stepY = tickStep(axes.maxY - axes.minY, 5);
  for (double y = std::ceil(axes.minY / stepY) * stepY; y <= axes.maxY;
       y += stepY) {
    svg += line(kLeft, axes.y(y), kWidth - kRight, axes.y(y), "#ddd");
    svg += textAt(kLeft - 6, axes.y(y) + 4, "end",
                  number(std::fabs(y) < stepY / 1e6 ? 0 : y));
  }
  return svg;
}

std::string drawCurve(const Axes &axes,
                      const std::vector<std::pair<double, double>> &points,
                      const std::string &colour) {
  std::string path, dots;
  for (const auto &[x, y] : points) {
    std::string px = number(axes.x(x)), py = number(axes.y(y));
    path += px + "," + py + " ";
    // A curve of few points shows them.
    if (points.size() <= 30)
      dots += "<circle cx=\"" + px + "\" cy=\"" + py + "\" r=\"3\" fill=\"" +
              colour + "\"/>\n";
  }
  return "<polyline fill=\"none\" stroke=\"" + colour + "\" points=\"" + path +
         "\"/>\n" + dots;
}

} // namespace

std::string escapeHtml(const std::string &text) {
  std::string escaped;
  for (char c : text)
    switch (c) {
    case '<':
      escaped += "&lt;";
      break;
    case '&':
      escaped += "&amp;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    default:
      escaped += c;
    }
  return escaped;
}

std::string drawChart(const Chart &chart) {
  if (chart.curves.empty())
    return "";
  Axes axes(chart);
  std::string svg = "<svg width=\"" + number(kWidth) + "\" height=\"" +
                    number(kHeight) + "\" role=\"img\">\n" +
                    textAt(kLeft, 18, "start", chart.title) + drawAxes(axes);
  for (const auto &[x, name] : chart.marks) {
    svg += line(axes.x(x), kTop, axes.x(x), kHeight - kBottom, "#aaa");
    svg += textAt(axes.x(x) - 3, kTop + 12, "end", name);
  }
  size_t index = 0;
  for (const auto &[name, points] : chart.curves) {
    std::string colour = kColours[index % std::size(kColours)];
    svg += drawCurve(axes, points, colour);
    double x = kLeft + 130.0 * static_cast<double>(index++);
    svg += line(x, kHeight - 9, x + 18, kHeight - 9, colour);
    svg += textAt(x + 23, kHeight - 5, "start", name);
  }
  return svg + "</svg>\n";
}

} // namespace oqat::train
