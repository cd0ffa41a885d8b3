//===- bench-data.cpp - Time the trainer's batches ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// oqat-bench-data FOLDER SIZE BATCH: makes training batches of SIZE x SIZE
// views on one thread, from files that are read and decoded for every view.
// Reads counts of batches, one a line, and answers each with the milliseconds
// that they took. Driven by bench/data.py.
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Commands.h"
#include "train/Data/Batch.h"

#include <chrono>
#include <iostream>
#include <string>

using namespace oqat::train;

static double makeBatches(const Dataset &dataset, int64_t size, int64_t batch,
                          int64_t count, uint64_t &seed) {
  auto started = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < count; ++i) {
    std::vector<int64_t> order = shuffledOrder(dataset.size(), ++seed);
    order.resize(static_cast<size_t>(batch));
    loadBatch(dataset, {order, size, seed});
  }
  std::chrono::duration<double, std::milli> time =
      std::chrono::steady_clock::now() - started;
  return time.count();
}

int main(int argc, char **argv) {
  if (argc != 4) {
    std::cerr << "usage: oqat-bench-data FOLDER SIZE BATCH\n";
    return 1;
  }
  try {
    DataOptions options;
    options.keptBytes = 0;
    options.isStrict = true;
    Dataset dataset = loadDataset(argv[1], "train", 1, options);
    int64_t size = std::stoll(argv[2]), batch = std::stoll(argv[3]);
    uint64_t seed = 0;
    setUp(1);
    for (std::string line; std::getline(std::cin, line);)
      std::cout << makeBatches(dataset, size, batch, std::stoll(line), seed)
                << std::endl;
    return 0;
  } catch (const std::exception &error) {
    std::cerr << "oqat-bench-data: error: " << error.what() << "\n";
    return 1;
  }
}
