//===- CommonKernels.cpp - Kernels that every network needs ---------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommonKernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
/// How an argument is addressed by the loops over image, pixel and channel; a
/// scalar is no memory.
enum class Access { Element, ImageChannel, Channel, Scalar };

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
  case Access::Scalar:
    return {};
  }
  llvm_unreachable("no such access");
}

/// A function of one generic operation; the last arguments are its outputs,
/// from `numInputs` on, which are sums where they have fewer dimensions.
/// Scalars come before all others; `body` gets them behind the elements.
static func::FuncOp buildKernel(OpBuilder &builder, Location loc,
                                StringRef name, ArrayRef<Argument> arguments,
                                size_t numInputs, Body body) {
  SmallVector<Type> types;
  SmallVector<AffineMap> maps;
  auto image = utils::IteratorType::parallel, pixel = image;
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    if (argument.access == Access::Scalar) {
      types.push_back(argument.element);
      continue;
    }
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
  size_t numScalars = values.size() - maps.size();
  ValueRange scalars = values.take_front(numScalars);
  SmallVector<utils::IteratorType> loops = {image, pixel,
                                            utils::IteratorType::parallel};
  inside.create<linalg::GenericOp>(
      loc, values.slice(numScalars, numInputs - numScalars),
      values.drop_front(numInputs), maps, loops,
      [&](OpBuilder &nested, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder builder(loc, nested);
        SmallVector<Value> all = llvm::to_vector(elements);
        llvm::append_range(all, scalars);
        builder.create<linalg::YieldOp>(body(builder, all));
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

namespace {
/// Expressions of f64 that are as short as those in C++.
class Doubles {
public:
  explicit Doubles(ImplicitLocOpBuilder &builder)
      : builder(builder), f64(builder.getF64Type()) {}

  /// Of f32, f64 or a signed integer.
  Value from(Value value) {
    if (value.getType() == f64)
      return value;
    if (value.getType().isInteger())
      return builder.create<arith::SIToFPOp>(f64, value);
    return builder.create<arith::ExtFOp>(f64, value);
  }
  Value toF32(Value value) {
    return builder.create<arith::TruncFOp>(builder.getF32Type(), value);
  }
  Value constant(double value) {
    return builder.create<arith::ConstantOp>(builder.getF64FloatAttr(value));
  }
  Value add(Value a, Value b) { return builder.create<arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) { return builder.create<arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) { return builder.create<arith::MulFOp>(a, b); }
  Value div(Value a, Value b) { return builder.create<arith::DivFOp>(a, b); }
  Value root(Value a) { return builder.create<math::SqrtOp>(a); }
  Value negative(Value a) { return builder.create<arith::NegFOp>(a); }
  /// std::max(a, 0.0), which lets NaN through.
  Value positive(Value a) {
    Value zero = constant(0);
    Value isBelow =
        builder.create<arith::CmpFOp>(arith::CmpFPredicate::OLT, a, zero);
    return builder.create<arith::SelectOp>(isBelow, zero, a);
  }

private:
  ImplicitLocOpBuilder &builder;
  Type f64;
};
} // namespace

func::FuncOp mlir::oqat::buildFoldNorm(OpBuilder &builder, Location loc,
                                       bool areIntegers) {
  Type f64 = builder.getF64Type();
  Argument scalar{f64, Access::Scalar};
  Argument sum{areIntegers ? builder.getI64Type() : f64, Access::Element};
  Argument single{builder.getF32Type(), Access::Element};
  Argument wide{f64, Access::Element};
  return buildKernel(
      builder, loc, areIntegers ? "integer_fold_norm" : "float_fold_norm",
      {scalar, scalar, scalar, sum, sum, single, single, single, single, wide,
       wide, wide},
      7, [](ImplicitLocOpBuilder &body, ValueRange elements) {
        Doubles d(body);
        ValueRange scalars = elements.take_back(3);
        Value product = scalars[0], count = scalars[1], eps = scalars[2];
        Value sum = d.from(elements[0]), square = d.from(elements[1]);
        Value gamma = d.from(elements[2]), beta = d.from(elements[3]);

        Value ofUnits = d.div(sum, count);
        Value spread = d.div(d.sub(square, d.mul(sum, ofUnits)), count);
        Value mean = d.mul(ofUnits, product);
        Value variance = d.mul(d.mul(d.positive(spread), product), product);

        // The factors are those of statistics that a file holds, in f32.
        Value fileMean = d.from(d.toF32(mean));
        Value root = d.root(d.add(d.from(d.toF32(variance)), eps));
        Value a = d.div(d.mul(product, gamma), root);
        Value shift = d.div(d.mul(gamma, fileMean), root);
        return SmallVector<Value>{d.toF32(a), d.toF32(d.sub(beta, shift)), mean,
                                  variance, d.root(d.add(variance, eps))};
      });
}

func::FuncOp mlir::oqat::buildFoldNormGradient(OpBuilder &builder,
                                               Location loc) {
  Argument scalar{builder.getF64Type(), Access::Scalar};
  Argument single{builder.getF32Type(), Access::Element};
  Argument wide{builder.getF64Type(), Access::Element};
  return buildKernel(
      builder, loc, "fold_norm_gradient",
      {scalar, scalar, single, single, wide, wide, single, single, single,
       single, single},
      7, [](ImplicitLocOpBuilder &body, ValueRange elements) {
        Doubles d(body);
        ValueRange scalars = elements.take_back(2);
        Value product = scalars[0], count = scalars[1];
        Value da = d.from(elements[0]), db = d.from(elements[1]);
        Value mean = elements[2];
        Value reciprocal = d.div(d.constant(1), elements[3]);
        Value gamma =
            d.mul(reciprocal, d.sub(d.mul(product, da), d.mul(mean, db)));
        Value scale = d.div(d.from(elements[4]), count);
        Value p =
            d.mul(d.mul(d.mul(d.negative(scale), gamma), product), reciprocal);
        Value q =
            d.mul(scale, d.sub(d.mul(d.mul(gamma, mean), reciprocal), db));
        return SmallVector<Value>{d.toF32(p), d.toF32(q),
                                  add(body, elements[7], d.toF32(gamma)),
                                  add(body, elements[8], elements[1])};
      });
}
