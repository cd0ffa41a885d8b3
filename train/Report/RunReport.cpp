//===- RunReport.cpp - A page about a run
//-----------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Report/RunReport.h"
#include "oqat/Formats/File.h"
#include "train/Model/Support.h"
#include "train/Report/Chart.h"
#include "train/Report/RunLog.h"

#include <cstdio>

namespace oqat::train {

using formats::Json;

namespace {

const char kStyle[] =
    "body{font:15px sans-serif;margin:2em auto;max-width:760px}"
    "table{border-collapse:collapse;margin:1em 0}"
    "td,th{padding:2px 10px;text-align:right;border-bottom:1px solid #ddd}"
    "svg{display:block;margin:1em 0}svg text{font-size:12px}";

std::string format(const char *pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), pattern, value);
  return text;
}

/// A number of an object, or "" where it isn't there.
std::string field(const Json &object, const char *key, const char *pattern) {
  auto it = object.find(key);
  return it != object.end() && it->is_number()
             ? format(pattern, it->get<double>())
             : std::string();
}

std::string tableRow(const std::vector<std::string> &cells, const char *tag) {
  std::string row = "<tr>";
  for (const std::string &cell : cells)
    row += std::string("<") + tag + ">" + escapeHtml(cell) + "</" + tag + ">";
  return row + "</tr>\n";
}

/// What the records say of one phase.
struct PhaseSummary {
  std::string name;
  Json last, validation = Json::object();
  double seconds = 0;
  int64_t step = 0;
};

class Summary {
public:
  explicit Summary(const std::vector<Json> &records) {
    losses.title = "loss of the subnets of a step";
    rates.title = "learning rates";
    speed.title = "images per second";
    accuracy.title = "validation top-1, %";
    for (const Json &record : records)
      add(record);
    for (size_t i = 0; i + 1 < phases.size(); ++i)
      for (Chart *chart : {&losses, &rates, &speed})
        chart->marks.emplace_back(phases[i].last.value("totalSteps", 0.0),
                                  phases[i].name);
  }

  std::string html() const {
    std::string text =
        "<table>\n" +
        tableRow({"phase", "steps", "last loss", "images/s", "seconds",
                  "largest, top-1 %", "smallest, top-1 %"},
                 "th");
    for (const PhaseSummary &phase : phases)
      text += tableRow({phase.name, std::to_string(phase.step),
                        field(phase.last, "loss", "%.4f"),
                        field(phase.last, "imagesPerSecond", "%.0f"),
                        format("%.0f", phase.seconds),
                        field(phase.validation, "largest", "%.2f"),
                        field(phase.validation, "smallest", "%.2f")},
                       "td");
    text += "</table>\n";
    for (const Chart *chart : {&losses, &accuracy, &rates, &speed})
      text += drawChart(*chart);
    return text;
  }

private:
  std::vector<PhaseSummary> phases;
  Chart losses, rates, speed, accuracy;

  void add(const Json &record) {
    std::string name = record.value("phase", "");
    if (phases.empty() || phases.back().name != name) {
      phases.emplace_back();
      phases.back().name = name;
    }
    PhaseSummary &phase = phases.back();
    for (const auto &[tag, value] : scalarsOf(record)) {
      Chart *chart = chartOf(tag);
      if (chart)
        chart->add(tag.substr(tag.find('/') + 1),
                   record.value("totalSteps", 0.0), value);
    }
    if (record.value("event", "") == "phase") {
      phase.validation = record;
      return;
    }
    int64_t step = record.value("step", phase.step);
    phase.seconds += static_cast<double>(step - phase.step) *
                     record.value("msPerStep", 0.0) / 1e3;
    phase.step = step;
    phase.last = record;
  }

  Chart *chartOf(const std::string &tag) {
    if (tag.rfind("loss/", 0) == 0)
      return &losses;
    if (tag.rfind("learning_rate/", 0) == 0)
      return &rates;
    if (tag == "speed/images_per_second")
      return &speed;
    return tag.rfind("validation_top1/", 0) == 0 ? &accuracy : nullptr;
  }
};

std::string subnetTable(const Json &front) {
  std::string text =
      "<h2>Subnets of the search</h2>\n<table>\n" +
      tableRow({"subnet", "top-1 %", "MACs", "BOPs", "weight bytes", "found"},
               "th");
  Chart chart;
  chart.title = "top-1, % over million MACs, front";
  for (const Json &subnet : front.at("subnets")) {
    text += tableRow(
        {subnet.value("id", ""), field(subnet, "top1", "%.2f"),
         field(subnet, "macs", "%.0f"), field(subnet, "bops", "%.0f"),
         field(subnet, "weightBytes", "%.0f"), subnet.value("source", "")},
        "td");
    chart.add("front", subnet.value("macs", 0.0) / 1e6,
              subnet.value("top1", 0.0));
  }
  return text + "</table>\n" + drawChart(chart);
}

} // namespace

int runReport(const ReportOptions &options) {
  std::vector<Json> records = readMetrics(options.run);
  if (records.empty())
    throw Error(options.run + ": holds no records of a run (metrics.jsonl)");
  std::string error, title = "Run " + escapeHtml(options.run);
  std::string html = "<!doctype html>\n<html><head><meta charset=\"utf-8\">"
                     "<title>" +
                     title + "</title><style>" + kStyle +
                     "</style></head><body>\n<h1>" + title + "</h1>\n" +
                     Summary(records).html();
  if (!options.front.empty()) {
    auto front = formats::readJsonFile(options.front, error);
    if (!front)
      throw Error(error);
    if (!front->is_object() || front->value("format", "") != "oqat-front" ||
        !front->contains("subnets"))
      throw Error(options.front + ": is not an oqat-front");
    html += subnetTable(*front);
  }
  html += "</body></html>\n";
  std::string out =
      options.out.empty() ? options.run + "/report.html" : options.out;
  if (!formats::writeFileAtomically(out, {html}, error))
    throw Error(error);
  std::printf("%s\n", out.c_str());
  return 0;
}

} // namespace oqat::train
