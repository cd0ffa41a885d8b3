//===- step-memory.cpp - What a step of training takes --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// step-memory PLAN: counts what LibTorch's allocator gives out while a subnet
// goes forward and backward, and holds it against what has to be kept: 4 bytes
// for each element of an accumulator or a float value, 1 for each of a code.
// Counts, not resident memory: the same on every machine. Scratch of threads,
// as large as a chunk of pictures, is not among them.
//
//===----------------------------------------------------------------------===//

#include "train/Model/LoadedPlan.h"
#include "train/Model/Program.h"
#include "train/Model/Support.h"

#include <c10/core/CPUAllocator.h>

#include <iostream>
#include <map>
#include <thread>

using namespace oqat;
using namespace oqat::train;

namespace {

/// LibTorch's own allocator, with the bytes that are out and the most that
/// were. For one thread.
class CountingAllocator : public c10::Allocator {
public:
  c10::DataPtr allocate(size_t bytes) override {
    void *place = inner->raw_allocate(bytes);
    sizes[place] = bytes;
    now += static_cast<int64_t>(bytes);
    most = std::max(most, now);
    return {place, place, &release, at::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void *to, const void *from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  int64_t now = 0, most = 0;

private:
  c10::Allocator *inner = c10::GetCPUAllocator();
  std::map<void *, size_t> sizes;
  static void release(void *place);
};
CountingAllocator counting;

void CountingAllocator::release(void *place) {
  auto it = counting.sizes.find(place);
  counting.now -= static_cast<int64_t>(it->second);
  counting.sizes.erase(it);
  counting.inner->raw_deallocate(place);
}

struct Memory {
  int64_t most = 0; // beside what was there before
  int64_t kept = 0; // bytes that the values have to take
};

Memory runStep(const LoadedPlan &loaded, const formats::SubnetConfig &subnet,
               int bits, int64_t images) {
  Network network = loaded.network();
  Parameters parameters(loaded.plan, 5);
  for (Parameter &p : parameters.all())
    if (p.kind == "step")
      p.value.fill_(0.1f);
  Selection selection(loaded.plan, subnet, bits);
  RunMode mode;
  mode.backward = true;
  int64_t before = counting.now, size = selection.imageSize();
  counting.most = before;
  Program program(network, selection, parameters, mode, images);
  std::fill_n(program.input(), images * size * size * 3, uint8_t(0));
  program.forward();
  std::fill_n(program.logitsGrad(), images * loaded.plan.classes, 0.0f);
  program.backward();
  Memory memory{counting.most - before, 0};
  for (const auto &value : program.allValues())
    memory.kept += images * value->perImage() * (value->isCodes() ? 1 : 4);
  return memory;
}

/// In a thread of its own, which has no memory of a step before.
Memory runFirstStep(const LoadedPlan &loaded,
                    const formats::SubnetConfig &subnet, int bits,
                    int64_t images) {
  Memory memory;
  std::thread([&] { memory = runStep(loaded, subnet, bits, images); }).join();
  return memory;
}

bool check(const std::string &what, double is, double atMost) {
  std::cout << what << ": " << (is <= atMost ? "within " : "BEYOND ") << atMost
            << " (" << is << ")\n";
  return is <= atMost;
}

bool checkSubnet(const LoadedPlan &loaded, const std::string &name,
                 const formats::SubnetConfig &subnet, int bits) {
  const int64_t few = 32, many = 64;
  Memory small = runFirstStep(loaded, subnet, bits, few);
  Memory large = runFirstStep(loaded, subnet, bits, many);
  int64_t more = large.most - small.most;
  int64_t parameters = 0;
  for (const formats::PlanParameter &parameter : loaded.plan.parameters) {
    int64_t count = 1;
    for (int64_t extent : parameter.shape)
      count *= extent;
    parameters += count;
  }
  std::string of = std::to_string(bits) + " bits, " + name + " subnet, ";
  // Gradients take the places of values, and sums of gradients per chunk of
  // pictures come on top, which are most where values are few.
  // So it is with codes in the smallest subnet.
  bool isMost = bits != kFloatBits && name == "smallest";
  bool isWithin = check(of + "bytes of a picture over those of its values",
                        static_cast<double>(more) /
                            static_cast<double>(large.kept - small.kept),
                        isMost ? 1.15 : 1.12);
  // What a step takes in all has one bound for all subnets.
  isWithin &= check(of + "bytes over 1.12 times those of the values and 16 a "
                         "parameter",
                    static_cast<double>(large.most) /
                        (1.12 * static_cast<double>(large.kept) +
                         16 * static_cast<double>(parameters)),
                    1);
  int64_t fixed = small.most - more * few / (many - few);
  return check(of + "bytes beside pictures per parameter",
               static_cast<double>(fixed) / static_cast<double>(parameters),
               11) &&
         isWithin;
}

} // namespace

int main(int argc, char **argv) {
  try {
    c10::SetCPUAllocator(&counting, /*priority=*/100);
    LoadedPlan loaded = loadPlan(argc > 1 ? argv[1] : ".");
    setThreads(1);
    formats::SubnetConfig largest = maximalSubnet(loaded.plan),
                          smallest = minimalSubnet(loaded.plan);
    bool isRight = true;
    for (int bits : {kFloatBits, 4}) {
      isRight &= checkSubnet(loaded, "largest", largest, bits);
      isRight &= checkSubnet(loaded, "smallest", smallest, bits);
    }
    // All subnets of a step have the memory of the largest.
    Memory first = runStep(loaded, largest, 4, 64);
    Memory second = runStep(loaded, smallest, 4, 64);
    isRight &= check("a step's second subnet over its first",
                     static_cast<double>(second.most) /
                         static_cast<double>(first.most),
                     0.1);
    return isRight ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "step-memory: error: " << error.what() << "\n";
    return 1;
  }
}
