//===- LockstepTest.cpp - What the lockstep interpreter notices -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lockstep.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace ::oqat::test;

namespace {
/// Runs a kernel on one memref of `size` numbers, which begin as 0, 1, 2, ...
/// `%t` is the thread, `%g` block and thread together, `%s` memory of the
/// block. Returns the error, or "".
std::string run(const std::string &body, std::vector<float> &data,
                const Launch &launch) {
  MLIRContext context;
  context.loadDialect<arith::ArithDialect, gpu::GPUDialect, math::MathDialect,
                      memref::MemRefDialect, scf::SCFDialect>();
  auto module =
      parseSourceString<ModuleOp>(
          R"(gpu.module @m {
      gpu.func @k(%x: memref<?xf32>)
          workgroup(%s: memref<64xf32, #gpu.address_space<workgroup>>) kernel {
        %t = gpu.thread_id x
        %b = gpu.block_id x
        %n = gpu.block_dim x
        %o = arith.muli %b, %n : index
        %g = arith.addi %o, %t : index
        %c0 = arith.constant 0 : index
        %c1 = arith.constant 1 : index
        %c2 = arith.constant 2 : index
        %one = arith.constant 1.0 : f32
        %i1 = arith.constant 1 : i32
        %i32 = arith.constant 32 : i32
)" + body + "gpu.return } }",
          &context);
  if (!module)
    return "no kernel";
  auto gpuModule = *module->getOps<gpu::GPUModuleOp>().begin();
  auto kernel = gpuModule.lookupSymbol<gpu::GPUFuncOp>("k");
  for (size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<float>(i);
  auto address = reinterpret_cast<uint64_t>(data.data());
  std::vector<uint64_t> parameters = {address, address, 0, data.size(), 1};
  EXPECT_EQ(countParameters(kernel), parameters.size());
  llvm::Error error = runKernel(kernel, launch, parameters);
  return error ? llvm::toString(std::move(error)) : "";
}

std::string errorOf(const std::string &body,
                    const Launch &launch = {{1, 1, 1}, {32, 1, 1}}) {
  std::vector<float> data(64);
  std::string error = run(body, data, launch);
  return error.substr(0, error.find(": "));
}

const std::string kSpace = "memref<64xf32, #gpu.address_space<workgroup>>\n";

TEST(LockstepTest, ThreadsAndBlocksHaveTheirPlaces) {
  std::vector<float> data(64);
  EXPECT_EQ(run(R"(%v = memref.load %x[%g] : memref<?xf32>
                   %w = arith.addf %v, %v : f32
                   memref.store %w, %x[%g] : memref<?xf32>)",
                data, {{2, 1, 1}, {32, 1, 1}}),
            "");
  for (size_t i = 0; i < data.size(); ++i)
    EXPECT_EQ(data[i], 2 * static_cast<float>(i));
}

TEST(LockstepTest, LoopsAndBranchesAreOfEachThread) {
  std::vector<float> data(64);
  // As many rounds as the thread's number; odd ones get one more.
  EXPECT_EQ(run(R"(%z = arith.constant 0.0 : f32
      %sum = scf.for %i = %c0 to %t step %c1 iter_args(%a = %z) -> (f32) {
        %next = arith.addf %a, %one : f32
        scf.yield %next : f32
      }
      %r = arith.remui %t, %c2 : index
      %odd = arith.cmpi eq, %r, %c1 : index
      %more = scf.if %odd -> (f32) {
        %m = arith.addf %sum, %one : f32
        scf.yield %m : f32
      } else {
        scf.yield %sum : f32
      }
      memref.store %more, %x[%t] : memref<?xf32>)",
                data, {{1, 1, 1}, {64, 1, 1}}),
            "");
  for (size_t i = 0; i < data.size(); ++i)
    EXPECT_EQ(data[i], static_cast<float>(i + i % 2));
}

TEST(LockstepTest, ShufflesExchangeWithinAWarp) {
  std::vector<float> data(64);
  EXPECT_EQ(run(R"(%v = memref.load %x[%t] : memref<?xf32>
      %o1, %there = gpu.shuffle xor %v, %i1, %i32 : f32
      memref.store %o1, %x[%t] : memref<?xf32>)",
                data, {{1, 1, 1}, {64, 1, 1}}),
            "");
  for (size_t i = 0; i < data.size(); ++i)
    EXPECT_EQ(data[i], static_cast<float>(i ^ 1));
}

TEST(LockstepTest, ArithmeticIsThatOfAType) {
  std::vector<float> data(32);
  // 1 - fma(x, -x, 2) / sqrt(x), where x is the thread as a byte.
  EXPECT_EQ(run(R"(%c250 = arith.constant 250 : index
      %m = arith.minsi %t, %c2 : index
      %c-1 = arith.constant -1 : index
      %low = arith.maxsi %m, %c-1 : index
      %far = arith.addi %low, %c250 : index
      %w = arith.index_cast %far : index to i32
      %i = arith.trunci %w : i32 to i8
      %f = arith.uitofp %i : i8 to f32
      %neg = arith.negf %f : f32
      %two = arith.constant 2.0 : f32
      %sum = math.fma %f, %neg, %two : f32
      %root = math.sqrt %f : f32
      %q = arith.divf %sum, %root : f32
      %r = arith.subf %one, %q : f32
      memref.store %r, %x[%t] : memref<?xf32>)",
                data, {{1, 1, 1}, {32, 1, 1}}),
            "");
  for (size_t i = 0; i < data.size(); ++i) {
    float x = static_cast<float>(250 + std::min<size_t>(i, 2));
    float quotient = std::fma(x, -x, 2.0f) / std::sqrt(x);
    EXPECT_EQ(data[i], 1.0f - quotient);
  }
}

TEST(LockstepTest, BoundsAreKept) {
  EXPECT_EQ(errorOf("memref.store %one, %x[%g] : memref<?xf32>\n",
                    {{3, 1, 1}, {32, 1, 1}}),
            "is out of bounds");
}

TEST(LockstepTest, RacesAreSeen) {
  EXPECT_EQ(errorOf("memref.store %one, %x[%c0] : memref<?xf32>\n"),
            "writes what another thread writes, with no barrier between");
  // Each thread writes its place and reads its neighbour's.
  const std::string write = "memref.store %one, %s[%t] : " + kSpace;
  const std::string read = "%u = arith.remui %g, %n : index\n"
                           "%v = arith.subi %n, %u : index\n"
                           "%w = arith.subi %v, %c1 : index\n"
                           "%l = memref.load %s[%w] : " +
                           kSpace;
  EXPECT_EQ(errorOf(write + read),
            "reads what another thread writes, with no barrier between");
  EXPECT_EQ(errorOf(write + "gpu.barrier\n" + read), "");
  EXPECT_EQ(errorOf(write + "gpu.barrier\n" + read + write),
            "writes what another thread reads, with no barrier between");
}

TEST(LockstepTest, MemoryOfABlockStartsUnwritten) {
  EXPECT_EQ(errorOf("%v = memref.load %s[%t] : " + kSpace),
            "reads what nobody wrote");
}

TEST(LockstepTest, AllThreadsComeToBarriersAndShuffles) {
  const std::string first = "%is = arith.cmpi eq, %t, %c0 : index\nscf.if %is ";
  EXPECT_EQ(errorOf(first + "{ gpu.barrier }\n"),
            "not all threads come to this barrier");
  EXPECT_EQ(errorOf(first + "{ %o1, %p = gpu.shuffle xor %one, %i1, %i32 : f32 "
                            "}\n"),
            "exchanges with a lane that isn't there");
}

TEST(LockstepTest, UnknownOperationsAndGridsAreErrors) {
  EXPECT_EQ(errorOf("%m = arith.maximumf %one, %one : f32\n"),
            "no thread can do this");
  EXPECT_EQ(errorOf("", {{1, 70000, 1}, {32, 1, 1}}),
            "no GPU takes a grid of this size");
  EXPECT_EQ(errorOf("", {{1, 1, 1}, {2048, 1, 1}}),
            "no GPU takes a grid of this size");
}
} // namespace
