// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "measure.h"

#include <algorithm>

namespace oqat::train {

Memory::~Memory() {
  for (DevicePointer pointer : owned)
    try {
      device.release(pointer);
    } catch (const std::exception &) {
      // After an error of the device nothing can be released any more; the
      // error itself was thrown where it occurred.
    }
}

DevicePointer Memory::allocate(size_t bytes) {
  if (bytes == 0)
    return 0;
  owned.push_back(device.allocate(bytes));
  return owned.back();
}

std::vector<float> randomFloats(size_t count, std::mt19937 &random, float low,
                                float high) {
  std::uniform_real_distribution<float> from(low, high);
  std::vector<float> values(count);
  for (float &value : values)
    value = from(random);
  return values;
}

formats::Json measureRates(CudaDevice &device, const std::string &kernel,
                           std::vector<Timing> timings, size_t copied,
                           int rounds) {
  Memory memory(device);
  DevicePointer from = memory.allocate(copied), to = memory.allocate(copied);
  timings.insert(timings.begin(), {"copy", 2 * static_cast<double>(copied),
                                   [&] { device.copy(to, from, copied); }});
  std::vector<std::vector<double>> milliseconds(timings.size());
  for (int round = -1; round < rounds; ++round) // the first is not counted
    for (size_t i = 0; i < timings.size(); ++i) {
      device.startTimer();
      timings[i].run();
      double taken = device.stopTimer();
      if (round >= 0)
        milliseconds[i].push_back(taken);
    }
  for (std::vector<double> &all : milliseconds)
    std::sort(all.begin(), all.end());
  auto rate = [&](size_t i, bool isMedian) {
    const std::vector<double> &all = milliseconds[i];
    return timings[i].bytes / 1e6 / all[isMedian ? all.size() / 2 : 0];
  };
  formats::Json result{{"kernel", kernel}};
  for (size_t i = 0; i < timings.size(); ++i)
    result[timings[i].what] = {{"gbPerSecond", rate(i, false)},
                               {"microseconds", 1e3 * milliseconds[i][0]},
                               {"ofCopy", rate(i, false) / rate(0, false)},
                               {"medianOfCopy", rate(i, true) / rate(0, true)}};
  return result;
}

} // namespace oqat::train
