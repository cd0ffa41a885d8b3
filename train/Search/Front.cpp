//===- Front.cpp - What a search found ------------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Search/Front.h"
#include "oqat/Formats/Json.h"
#include "oqat/Solver/Pareto.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace oqat::train {

using formats::Json;

std::vector<size_t> frontOf(const std::vector<Found> &found,
                            const Limits &limits) {
  std::vector<std::vector<double>> points;
  for (const Found &one : found) {
    std::vector<double> point;
    if (limits.macs || (!limits.bops && !limits.weightBytes))
      point.push_back(static_cast<double>(one.costs.macs));
    if (limits.bops)
      point.push_back(static_cast<double>(one.costs.bops));
    if (limits.weightBytes)
      point.push_back(static_cast<double>(one.costs.weightBytes));
    point.push_back(-one.top1);
    points.push_back(std::move(point));
  }
  return solver::paretoFront(points);
}

size_t bestOf(const std::vector<Found> &found) {
  auto best = std::max_element(
      found.begin(), found.end(), [](const Found &x, const Found &y) {
        return x.top1 != y.top1 ? x.top1 < y.top1 : x.costs.macs > y.costs.macs;
      });
  return static_cast<size_t>(best - found.begin());
}

/// The subnet's own keys, flat, with the rest before them.
static Json entryOf(const Found &one, const std::string &id) {
  Json entry = Json::object();
  if (!id.empty())
    entry["id"] = id;
  entry["source"] = one.isEvolved ? "evolved" : "random";
  entry["top1"] = one.top1;
  entry["macs"] = one.costs.macs;
  entry["parameters"] = one.costs.parameters;
  entry["bops"] = one.costs.bops;
  entry["weightBytes"] = one.costs.weightBytes;
  entry.update(Json::parse(formats::writeSubnet(one.subnet)));
  return entry;
}

static void addLimit(Json &json, const char *key,
                     const std::optional<int64_t> &limit) {
  if (limit)
    json[key] = *limit;
}

/// A list with an entry per line.
static std::string join(const std::vector<Json> &entries) {
  std::string text = "[";
  for (const Json &entry : entries)
    text += (text.size() > 1 ? ",\n  " : "\n  ") + entry.dump();
  return text + "]";
}

std::string writeFront(const std::vector<Found> &found, const Limits &limits) {
  Json limited = Json::object();
  addLimit(limited, "macs", limits.macs);
  addLimit(limited, "bops", limits.bops);
  addLimit(limited, "weightBytes", limits.weightBytes);
  std::vector<Json> front, all;
  for (size_t index : frontOf(found, limits))
    front.push_back(
        entryOf(found[index], "front-" + std::to_string(front.size() + 1)));
  for (const Found &one : found)
    all.push_back(entryOf(one, ""));
  return "{\"format\":\"oqat-front\",\"formatVersion\":1,\n \"limits\":" +
         limited.dump() + ",\n \"subnets\":" + join(front) +
         ",\n \"evaluated\":" + join(all) + "}\n";
}

static std::string row(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static std::string row(const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

static std::string describeGroup(const std::vector<Found> &found,
                                 bool isEvolved) {
  double best = 0, sum = 0;
  int count = 0;
  for (const Found &one : found) {
    if (one.isEvolved != isEvolved)
      continue;
    best = count ? std::max(best, one.top1) : one.top1;
    sum += one.top1;
    ++count;
  }
  if (!count)
    return "";
  return row("%s: %d subnets, top-1 best %.2f %%, mean %.2f %%\n",
             isEvolved ? "evolved" : "random ", count, best, sum / count);
}

std::string describe(const std::vector<Found> &found, const Limits &limits) {
  std::string text = describeGroup(found, true) + describeGroup(found, false);
  text += row("%-9s %7s %12s %14s %12s  %s\n", "front", "top-1", "MACs", "BOPs",
              "weight bytes", "source");
  int number = 0;
  for (size_t index : frontOf(found, limits)) {
    const Found &one = found[index];
    text += row("front-%-3d %6.2f%% %12lld %14lld %12lld  %s\n", ++number,
                one.top1, static_cast<long long>(one.costs.macs),
                static_cast<long long>(one.costs.bops),
                static_cast<long long>(one.costs.weightBytes),
                one.isEvolved ? "evolved" : "random");
  }
  return text;
}

} // namespace oqat::train
