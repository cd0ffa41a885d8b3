//===- PrintProfile.cpp - A profile as a table or as JSON -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileRow.h"
#include "oqat/Formats/Printable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::oqat;
using ::oqat::formats::printable;

static void printTable(llvm::ArrayRef<ProfileRow> rows,
                       std::optional<double> peak, llvm::raw_ostream &out) {
  std::vector<std::vector<std::string>> lines = {
      {"layer", "kind", "min us", "median us", "share %", "MACs", "GMAC/s",
       "peak %", "bytes", "kernel"}};
  auto number = [](double value, const char *format) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format(format, value);
    return text;
  };
  for (const ProfileRow &row : rows) {
    bool counts = row.gmacsPerSecond > 0;
    lines.push_back(
        {printable(row.name), printable(row.kind),
         number(row.times.least, "%.2f"), number(row.times.middle, "%.2f"),
         number(row.share, "%.1f"), std::to_string(row.macs),
         counts ? number(row.gmacsPerSecond, "%.2f") : "-",
         counts ? number(100 * row.gmacsPerSecond / peak.value_or(1), "%.1f")
                : "-",
         row.bytes ? std::to_string(*row.bytes) : "-", printable(row.kernel)});
  }
  constexpr size_t kPeak = 7, kKernel = 9;
  std::vector<size_t> widths(lines.front().size(), 0);
  for (const auto &line : lines)
    for (auto [width, cell] : llvm::zip(widths, line))
      width = std::max(width, cell.size());
  for (const auto &line : lines) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    for (size_t i = 0; i < line.size(); ++i) {
      bool isText = i < 2 || i == kKernel;
      if (i != kPeak || peak)
        stream << (i ? "  " : "")
               << (isText ? llvm::left_justify(line[i], widths[i])
                          : llvm::right_justify(line[i], widths[i]));
    }
    out << llvm::StringRef(text).rtrim() << "\n";
  }
}

static void writeFigures(llvm::json::OStream &json, const ProfileRow &row,
                         std::optional<double> peak) {
  json.attribute("macs", row.macs);
  if (row.bytes)
    json.attribute("bytes", *row.bytes);
  writeDecimal(json, "minUs", row.times.least);
  writeDecimal(json, "medianUs", row.times.middle);
  writeDecimal(json, "sharePercent", row.share);
  writeDecimal(json, "gmacsPerSecond", row.gmacsPerSecond);
  if (peak)
    writeDecimal(json, "peakPercent", 100 * row.gmacsPerSecond / *peak);
}

static void printJson(const ProfileResult &profile,
                      const ::oqat::formats::Manifest &manifest,
                      const RunOptions &options, std::optional<double> peak,
                      llvm::raw_ostream &out) {
  llvm::ArrayRef<ProfileRow> rows = profile.rows;
  llvm::json::OStream json(out);
  json.object([&] {
    json.attribute("name", manifest.name);
    json.attribute("target", manifest.target);
    if (manifest.emulated)
      json.attribute("emulated", true);
    json.attribute("threads", static_cast<int64_t>(options.threads));
    json.attribute("rounds", static_cast<int64_t>(profile.rounds));
    writeDecimal(json, "plainMinUs", profile.plain.least);
    writeDecimal(json, "plainMedianUs", profile.plain.middle);
    json.attributeArray("layers", [&] {
      for (const ProfileRow &row : rows.drop_back())
        json.object([&] {
          json.attribute("name", row.name);
          json.attribute("kind", row.kind);
          json.attribute("tensor", row.tensor);
          json.attribute("kernel", row.kernel);
          writeFigures(json, row, peak);
        });
    });
    json.attributeObject("total",
                         [&] { writeFigures(json, rows.back(), peak); });
  });
  out << "\n";
}

void mlir::oqat::printProfile(const ProfileResult &profile,
                              const ::oqat::formats::Manifest &manifest,
                              const RunOptions &options,
                              llvm::raw_ostream &out) {
  // What all threads could do.
  std::optional<double> peak;
  if (options.peak)
    peak = *options.peak * options.threads;
  if (options.json)
    return printJson(profile, manifest, options, peak, out);
  out << llvm::formatv(
      "{0}, {1}: threads {2}, rounds {3}, without the callback min {4:f2} us, "
      "median {5:f2} us\n",
      printable(manifest.name), printable(manifest.target), options.threads,
      profile.rounds, profile.plain.least, profile.plain.middle);
  printTable(profile.rows, peak, out);
}
