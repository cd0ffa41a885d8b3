//===- StreamTest.cpp - Variants of kernels that write past caches --------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "KernelFixture.h"
#include "KernelObject.h"
#include "gtest/gtest.h"
#include <cstring>
#include <memory>

using namespace oqat::test;
using namespace oqat::train;

namespace {
constexpr size_t kLine = 64;

/// Elements of a result between bytes that nothing may touch, `misplaced` bytes
/// after the start of a line.
template <typename T>
class Result {
public:
  Result(size_t count, size_t misplaced)
      : count(count), start(kLine + misplaced),
        size((start + count * sizeof(T) + 2 * kLine) / kLine * kLine),
        bytes(static_cast<uint8_t *>(std::aligned_alloc(kLine, size))) {
    std::memset(bytes.get(), kUntouched, size);
  }
  T *data() {
    return count ? reinterpret_cast<T *>(bytes.get() + start) : nullptr;
  }

  /// All of it: the bits between, and that those around are untouched.
  std::vector<uint8_t> all() const { return {bytes.get(), bytes.get() + size}; }
  void expectSurroundingsUntouched() const {
    for (size_t i = 0; i < size; ++i) {
      bool isOwn = i >= start && i < start + count * sizeof(T);
      ASSERT_TRUE(isOwn || bytes[i] == kUntouched) << i;
    }
  }

private:
  static constexpr uint8_t kUntouched = 0xa5;
  struct Freed {
    void operator()(void *p) const { std::free(p); }
  };
  size_t count, start, size;
  std::unique_ptr<uint8_t[], Freed> bytes;
};

/// What both directions of a kernel write, where everything that has elements
/// lies `misplaced` bytes after the start of a line.
struct Written {
  Result<float> y, dx, dresidual;
  Result<int8_t> codes;
  std::vector<float> da, db, dstep, dgate;

  Written(const KernelInputs &in, bool quantizes, size_t misplaced)
      : y(quantizes ? 0 : in.x.size(), misplaced), dx(in.x.size(), misplaced),
        dresidual(in.residual.size(), misplaced),
        codes(quantizes ? in.x.size() : 0, misplaced), da(in.a.size()),
        db(in.b.size()),
        dstep(in.quant.empty() ? 0 : static_cast<size_t>(in.shape.channels)),
        dgate(in.gate.size()) {}
};

std::array<int64_t, 3> sizesOf(const Shape &s) {
  return {s.images, s.pixels, s.channels};
}
Vector vectorOf(std::vector<float> &v) {
  return {v.data(), {static_cast<int64_t>(v.size())}};
}

Written run(const KernelObject &object, const std::string &kernel,
            KernelInputs in, size_t misplaced, const char *forward,
            const char *backward) {
  bool quantizes = !in.quant.empty();
  Written out(in, quantizes, misplaced);
  auto sizes = sizesOf(in.shape);
  Activations x(in.x.data(), sizes), residual(in.residual.data(), sizes),
      grad(in.grad.data(), sizes), y(out.y.data(), sizes),
      dx(out.dx.data(), sizes), dresidual(out.dresidual.data(), sizes);
  Codes codes(out.codes.data(), sizes);
  Matrix gate(in.gate.data(), {in.shape.images, in.shape.channels}),
      dgate(out.dgate.data(), {in.shape.images, in.shape.channels});
  Vector a = vectorOf(in.a), b = vectorOf(in.b), quant = vectorOf(in.quant),
         da = vectorOf(out.da), db = vectorOf(out.db),
         dstep = vectorOf(out.dstep);
  if (auto call = object.forward(kernel + forward))
    call(&x, &a, &b, &gate, &residual, &quant, &y, &codes);
  if (auto call = object.backward(kernel + backward))
    call(&x, &a, &b, &gate, &residual, &quant, &grad, &dx, &dresidual, &da, &db,
         &dstep, &dgate);
  return out;
}

void expectSame(Written &got, Written &expected) {
  EXPECT_EQ(got.y.all(), expected.y.all());
  EXPECT_EQ(got.codes.all(), expected.codes.all());
  EXPECT_EQ(got.dx.all(), expected.dx.all());
  EXPECT_EQ(got.dresidual.all(), expected.dresidual.all());
  expectSameBits(got.da, expected.da, "da");
  expectSameBits(got.db, expected.db, "db");
  expectSameBits(got.dstep, expected.dstep, "dstep");
  expectSameBits(got.dgate, expected.dgate, "dgate");
  got.y.expectSurroundingsUntouched();
  got.codes.expectSurroundingsUntouched();
  got.dx.expectSurroundingsUntouched();
  got.dresidual.expectSurroundingsUntouched();
}

/// Rows of one channel, of parts of a line, of a line of floats and one of
/// codes, of several, and of what no vector divides.
const Shape kShapes[] = {{1, 1, 1},  {2, 5, 8},   {2, 3, 16}, {3, 7, 37},
                         {2, 9, 40}, {2, 5, 48},  {3, 7, 64}, {1, 4, 72},
                         {2, 3, 96}, {1, 3, 100}, {2, 5, 192}};

class StreamTest : public testing::TestWithParam<const char *> {};

TEST_P(StreamTest, HasTheBitsOfPlainStores) {
  const KernelObject *object = KernelObject::get(GetParam());
  if (!object)
    GTEST_SKIP() << "this machine can't run it";
  for (const std::string &kernel : kernelNames())
    for (const Shape &shape : kShapes)
      for (size_t misplaced : {0, 4, 32}) {
        SCOPED_TRACE(kernel + " of " + std::to_string(shape.channels) +
                     " channels, " + std::to_string(misplaced) + " bytes off");
        KernelInputs in = makeInputs(kernel, shape, 4, 0);
        // Of what has no variant the caller takes the kernel itself.
        const char *forward = object->forward(kernel + "_forward_stream")
                                  ? "_forward_stream"
                                  : "_forward";
        const char *backward = object->backward(kernel + "_backward_stream")
                                   ? "_backward_stream"
                                   : "_backward";
        Written expected =
            run(*object, kernel, in, misplaced, "_forward", "_backward");
        Written got = run(*object, kernel, in, misplaced, forward, backward);
        expectSame(got, expected);
        if (HasFatalFailure() || HasNonfatalFailure())
          return;
      }
}

TEST_P(StreamTest, WhatIsWrittenInVectorsHasAVariant) {
  const KernelObject *object = KernelObject::get(GetParam());
  if (!object)
    GTEST_SKIP() << "this machine can't run it";
#ifdef __x86_64__
  // Without SSE 4.1 rounding is a call, and no vector stays whole.
  if (GetParam() == std::string("x86-64"))
    GTEST_SKIP() << "its kernels are not vectors";
  constexpr bool isX86 = true;
#else
  constexpr bool isX86 = false;
#endif
  for (const char *name :
       {"quantize", "rescale_relu_quantize", "scale_quantize"}) {
    EXPECT_EQ(object->forward(name + std::string("_forward_stream")) != nullptr,
              isX86)
        << name;
    EXPECT_EQ(object->backward(name + std::string("_backward_stream")) !=
                  nullptr,
              isX86)
        << name;
  }
  // Its dx is a copy of the gradient, made by memcpy.
  EXPECT_EQ(object->backward("rescale_backward_stream"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Targets, StreamTest,
                         testing::Values("host", "x86-64-v4", "x86-64-v3",
                                         "x86-64-v2", "x86-64"),
                         [](const auto &info) {
                           std::string name = info.param;
                           for (char &c : name)
                             c = c == '-' ? '_' : c;
                           return name;
                         });
} // namespace
