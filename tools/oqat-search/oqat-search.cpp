//===- oqat-search.cpp - Search a trained supernet ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Printable.h"
#include "train/Algo/Commands.h"
#include "train/Search/Search.h"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>

using namespace oqat::train;

int main(int argc, char **argv) {
  CLI::App app("Searches a trained supernet for the most accurate subnets "
               "within limits, by evolution, and shows as many random ones "
               "beside them.");
  SearchOptions options;
  int threads = 0;
  app.add_option("supernet", options.module, "IR of the supernet")->required();
  app.add_option("--plan", options.plan,
                 "Folder of its training plan; made when not given");
  app.add_option("--checkpoint", options.checkpoint, "Trained weights")
      ->required();
  app.add_option("--data", options.data,
                 "Folder with train/<class>/*.jpg and val/<class>/*.jpg")
      ->required();
  app.add_option("--bits", options.bits,
                 "Bits of every layer, or several to search over per layer "
                 "(2,3,4); default: the checkpoint's")
      ->delimiter(',');
  app.add_option("--max-macs", options.limits.macs, "Multiply-accumulates");
  app.add_option("--max-bops", options.limits.bops, "Bit operations");
  app.add_option("--max-bytes", options.limits.weightBytes, "Weight bytes");
  app.add_option("--budget", options.budget,
                 "Subnets that evolution evaluates (100)");
  app.add_option("--random", options.random,
                 "Random subnets beside them; default: as many");
  app.add_option("--validation", options.validation,
                 "Pictures of the validation split to use; 0 for all");
  app.add_option("--seed", options.seed, "Fixes the whole search (0)");
  app.add_flag("--strict-data", options.pictures.isStrict,
               "A picture that can't be read is an error");
  app.add_option("--threads", threads, "Threads; 0 for one per core");
  app.add_option("-o,--out", options.front, "Pareto front (JSON, - for stdout)")
      ->required();
  app.add_option("--best-subnet", options.bestSubnet,
                 "The most accurate subnet (JSON)");
  app.add_flag("-q,--quiet", options.quiet, "No progress");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? 1 : 0;
  }
  try {
    setUp(threads);
    runSearch(options);
    return 0;
  } catch (const std::exception &error) {
    std::cerr << "oqat-search: error: "
              << oqat::formats::printable(error.what(),
                                          oqat::formats::Lines::Many)
              << "\n";
    return 1;
  }
}
