//===- bench-chains.cpp - Time a plan's pointwise kernels -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// oqat-bench-chains PLAN THREADS IMAGES ROUNDS: times kernels of a training
// plan on IMAGES pictures of 112x112 with 64 channels, more than caches hold,
// in turns with reading and copying the same memory. One JSON line per
// measurement: the bytes of a picture that it must read and write, and for each
// round the microseconds of the median picture, which what else runs on the
// machine seldom interrupts. Driven by bench/train.py.
//
//===----------------------------------------------------------------------===//

#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

using namespace oqat::train;

namespace {

constexpr int64_t kPixels = 112 * 112, kChannels = 64;
constexpr int64_t kPerImage = kPixels * kChannels;

struct Freed {
  void operator()(void *p) const { std::free(p); }
};
using Floats = std::unique_ptr<float, Freed>;

/// Written once, so that its pages are there.
Floats make(int64_t count) {
  size_t bytes = static_cast<size_t>(count) * sizeof(float);
  Floats floats(static_cast<float *>(std::aligned_alloc(64, bytes)));
  if (!floats)
    throw Error("out of memory");
  forEach(count / kPerImage, [&](int64_t image) {
    uint32_t state = static_cast<uint32_t>(image) + 1;
    for (int64_t i = image * kPerImage; i < (image + 1) * kPerImage; ++i) {
      state = state * 1664525u + 1013904223u;
      floats.get()[i] = static_cast<float>(state >> 8) * 0x1p-22f - 2.0f;
    }
  });
  return floats;
}

#ifdef __SSE2__
/// 64 bytes at a time. The barrier keeps compilers from calling memcpy.
template <typename Store>
void copy(const float *from, float *to, Store &&store) {
  for (int64_t i = 0; i < kPerImage; i += 16) {
    for (int64_t j = i; j < i + 16; j += 4)
      store(to + j, _mm_load_ps(from + j));
    __asm__ volatile("" ::: "memory");
  }
}

void read(const float *from) {
  __m128 sums[4] = {};
  for (int64_t i = 0; i < kPerImage; i += 16)
    for (int64_t j = 0; j < 4; ++j)
      sums[j] = _mm_add_ps(sums[j], _mm_load_ps(from + i + 4 * j));
  __asm__ volatile("" ::"x"(sums[0]), "x"(sums[1]), "x"(sums[2]), "x"(sums[3]));
}
#endif

struct Measurement {
  std::string name;
  int64_t bytesPerElement;
  std::function<void(int64_t image)> run;
  std::vector<double> microseconds = {}; // of the median picture
};

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Bench {
public:
  Bench(const PlanKernels &kernels, int64_t images)
      : images(images), x(make(images * kPerImage)),
        grad(make(images * kPerImage)), dx(make(images * kPerImage)),
        codes(make(images * kPerImage / 4)), a(kChannels, 0.75f),
        b(kChannels, 0.125f) {
    addCopies();
    for (const char *name :
         {"quantize", "rescale_relu_quantize", "rescale_h_swish_quantize"})
      addChain(name, kernels[name]);
  }

  void run(int64_t rounds) {
    std::vector<double> times(static_cast<size_t>(images));
    for (int64_t round = -1; round < rounds; ++round)
      for (Measurement &m : measurements) {
        forEach(images, [&](int64_t image) {
          auto started = std::chrono::steady_clock::now();
          m.run(image);
          std::chrono::duration<double, std::micro> time =
              std::chrono::steady_clock::now() - started;
          times[static_cast<size_t>(image)] = time.count();
        });
        if (round >= 0)
          m.microseconds.push_back(median(times));
      }
    for (const Measurement &m : measurements)
      print(m);
  }

private:
  int64_t images;
  Floats x, grad, dx, codes;
  std::vector<float> a, b;
  // r, Qn and Qp of 4 bits: a part of the values is beyond either.
  std::vector<float> quant = {10.0f, 0.0f, 15.0f};
  std::vector<Measurement> measurements;

  static Activations at(const Floats &floats, int64_t image) {
    return {floats.get() + image * kPerImage, {1, kPixels, kChannels}};
  }

  void addCopies() {
    auto from = [this](int64_t image) { return x.get() + image * kPerImage; };
    auto to = [this](int64_t image) { return dx.get() + image * kPerImage; };
    measurements.push_back({"memcpy", 8, [=](int64_t image) {
                              std::memcpy(to(image), from(image),
                                          kPerImage * sizeof(float));
                            }});
#ifdef __SSE2__
    measurements.push_back(
        {"read", 4, [=](int64_t image) { read(from(image)); }});
    measurements.push_back({"copy", 8, [=](int64_t image) {
                              copy(from(image), to(image), _mm_store_ps);
                            }});
    measurements.push_back({"copy_nontemporal", 8, [=](int64_t image) {
                              copy(from(image), to(image), _mm_stream_ps);
                            }});
#endif
  }

  ChainOperands operands(int64_t image) {
    ChainOperands in;
    in.x = at(x, image);
    in.a = Vector(a.data(), {kChannels});
    in.b = Vector(b.data(), {kChannels});
    in.quant = Vector(quant.data(), {3});
    return in;
  }

  /// All pictures' results are written before any is read.
  void addChain(const std::string &name, const ChainKernel &kernel) {
    const ChainKernel *k = &kernel;
    measurements.push_back(
        {name + "_forward", 5, [this, k](int64_t image) {
           int8_t *to = reinterpret_cast<int8_t *>(codes.get());
           k->forward(operands(image), {},
                      {to + image * kPerImage, {1, kPixels, kChannels}},
                      images * kPerImage);
         }});
    measurements.push_back({name + "_backward", 12, [this, k](int64_t image) {
                              float sums[3][kChannels] = {};
                              ChainGradients g;
                              g.grad = at(grad, image);
                              g.dx = at(dx, image);
                              g.da = Vector(sums[0], {kChannels});
                              g.db = Vector(sums[1], {kChannels});
                              g.dstep = Vector(sums[2], {kChannels});
                              k->backward(operands(image), g,
                                          images * kPerImage *
                                              int64_t(sizeof(float)));
                            }});
  }

  void print(const Measurement &m) const {
    std::cout << "{\"name\": \"" << m.name
              << "\", \"bytes\": " << m.bytesPerElement * kPerImage
              << ", \"us\": [";
    for (size_t i = 0; i < m.microseconds.size(); ++i)
      std::cout << (i ? ", " : "") << m.microseconds[i];
    std::cout << "]}\n";
  }
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 5) {
    std::cerr << "usage: oqat-bench-chains PLAN THREADS IMAGES ROUNDS\n";
    return 1;
  }
  try {
    int64_t threads = std::stoll(argv[2]), images = std::stoll(argv[3]),
            rounds = std::stoll(argv[4]);
    if (threads < 1 || threads > 64 || images < 1 || images > 256 ||
        rounds < 1 || rounds > 1000)
      throw Error("expected 1 to 64 threads, 1 to 256 images and 1 to 1000 "
                  "rounds");
    LoadedPlan plan = loadPlan(argv[1]);
    setThreads(static_cast<int>(threads));
    Bench(*plan.kernels, images).run(rounds);
    return 0;
  } catch (const std::exception &error) {
    std::cerr << "oqat-bench-chains: error: " << error.what() << "\n";
    return 1;
  }
}
