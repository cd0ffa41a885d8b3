//===- CommonKernels.cpp - Kernels that every network needs ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommonKernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
/// How an argument is addressed by the loops over image, pixel and channel.
enum class Access { Element, ImageChannel, Channel };

struct Argument {
  Type element;
  Access access;
};

using Body =
    llvm::function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ValueRange)>;
} // namespace

static SmallVector<unsigned> dimsOf(Access access) {
  switch (access) {
  case Access::Element:
    return {0, 1, 2};
  case Access::ImageChannel:
    return {0, 2};
  case Access::Channel:
    return {2};
  }
  llvm_unreachable("no such access");
}

/// A function of one generic operation; the last arguments are its outputs,
/// from `numInputs` on, which are sums where they have fewer dimensions.
static func::FuncOp buildKernel(OpBuilder &builder, Location loc,
                                StringRef name, ArrayRef<Argument> arguments,
                                size_t numInputs, Body body) {
  SmallVector<Type> types;
  SmallVector<AffineMap> maps;
  auto image = utils::IteratorType::parallel, pixel = image;
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    SmallVector<unsigned> dims = dimsOf(argument.access);
    types.push_back(
        MemRefType::get(SmallVector<int64_t>(dims.size(), ShapedType::kDynamic),
                        argument.element));
    maps.push_back(
        AffineMap::getMultiDimMapWithTargets(3, dims, builder.getContext()));
    if (i < numInputs || argument.access == Access::Element)
      continue;
    pixel = utils::IteratorType::reduction;
    if (argument.access == Access::Channel)
      image = utils::IteratorType::reduction;
  }
  auto function = builder.create<func::FuncOp>(
      loc, name, builder.getFunctionType(types, TypeRange()));
  OpBuilder inside = OpBuilder::atBlockBegin(function.addEntryBlock());
  ValueRange values = function.getArguments();
  SmallVector<utils::IteratorType> loops = {image, pixel,
                                            utils::IteratorType::parallel};
  inside.create<linalg::GenericOp>(
      loc, values.take_front(numInputs), values.drop_front(numInputs), maps,
      loops, [&](OpBuilder &nested, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder builder(loc, nested);
        builder.create<linalg::YieldOp>(body(builder, elements));
      });
  inside.create<func::ReturnOp>(loc);
  return function;
}

static Value add(ImplicitLocOpBuilder &builder, Value sum, Value value) {
  if (isa<FloatType>(value.getType()))
    return builder.create<arith::AddFOp>(sum, value);
  return builder.create<arith::AddIOp>(sum, value);
}

func::FuncOp mlir::oqat::buildSumOfPartials(OpBuilder &builder, Location loc,
                                            Type element) {
  std::string name = "sum_partials";
  if (element.isInteger())
    name += "_i64";
  else if (element.isF64())
    name += "_f64";
  return buildKernel(
      builder, loc, name,
      {{element, Access::Element}, {element, Access::ImageChannel}}, 1,
      [](ImplicitLocOpBuilder &body, ValueRange elements) {
        return SmallVector<Value>{add(body, elements[1], elements[0])};
      });
}

func::FuncOp mlir::oqat::buildIntegerStatistics(OpBuilder &builder,
                                                Location loc) {
  Type i64 = builder.getI64Type();
  return buildKernel(builder, loc, "integer_statistics",
                     {{builder.getF32Type(), Access::Element},
                      {i64, Access::Channel},
                      {i64, Access::Channel}},
                     1, [&](ImplicitLocOpBuilder &body, ValueRange elements) {
                       Value x = body.create<arith::FPToSIOp>(i64, elements[0]);
                       Value square = body.create<arith::MulIOp>(x, x);
                       return SmallVector<Value>{
                           add(body, elements[1], x),
                           add(body, elements[2], square)};
                     });
}

func::FuncOp mlir::oqat::buildFloatStatistics(OpBuilder &builder,
                                              Location loc) {
  Type f64 = builder.getF64Type();
  return buildKernel(builder, loc, "float_statistics",
                     {{builder.getF32Type(), Access::Element},
                      {f64, Access::Channel},
                      {f64, Access::Channel}},
                     1, [&](ImplicitLocOpBuilder &body, ValueRange elements) {
                       Value x = body.create<arith::ExtFOp>(f64, elements[0]);
                       Value square = body.create<arith::MulFOp>(x, x);
                       return SmallVector<Value>{
                           add(body, elements[1], x),
                           add(body, elements[2], square)};
                     });
}

func::FuncOp mlir::oqat::buildNormGradient(OpBuilder &builder, Location loc) {
  Type f32 = builder.getF32Type();
  Argument element{f32, Access::Element}, channel{f32, Access::Channel};
  return buildKernel(builder, loc, "norm_gradient",
                     {element, element, channel, channel, channel, element}, 5,
                     [](ImplicitLocOpBuilder &body, ValueRange elements) {
                       Value fromZ =
                           body.create<arith::MulFOp>(elements[2], elements[0]);
                       Value fromX =
                           body.create<arith::MulFOp>(elements[3], elements[1]);
                       return SmallVector<Value>{
                           add(body, add(body, fromZ, fromX), elements[4])};
                     });
}
