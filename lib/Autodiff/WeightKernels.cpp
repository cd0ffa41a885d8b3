//===- WeightKernels.cpp - From shared weights and back -------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain loops. What goes element by element runs along inputs, or where nothing
// is cut any more, along everything; transforms run along taps, which lie side
// by side in a matrix, because depthwise layers have one input.
//
//===----------------------------------------------------------------------===//

#include "oqat/Autodiff/WeightKernels.h"
#include "LoopEmitter.h"
#include "oqat/Autodiff/Kernels.h"
#include "oqat/Formats/WeightArguments.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace ::oqat::formats::weight_argument;

namespace {
/// Contributions to the step's gradient are made in vectors of a block, which
/// stays in the cache until they are added up, one after the other.
constexpr int64_t kBlock = 256;

class WeightKernelBuilder : private LoopEmitter {
public:
  WeightKernelBuilder(OpBuilder &builder, Location loc,
                      const WeightKernel &kernel)
      : LoopEmitter(builder, loc), kernel(kernel) {}

  func::FuncOp buildForward(StringRef name);
  func::FuncOp buildBackward(StringRef name);

private:
  void startFunction(StringRef name, bool forward);
  void finish() {
    builder.create<func::ReturnOp>(loc);
    builder.setInsertionPointAfter(function);
  }

  Value argument(unsigned position) { return function.getArgument(position); }
  /// All elements of a dense array, side by side.
  Value flat(Value array) {
    return builder.create<memref::CollapseShapeOp>(
        loc, array, ArrayRef<ReassociationIndices>{{0, 1, 2, 3}});
  }
  /// A dense weight as [filters, taps, inputs].
  Value byTap(Value array) {
    return builder.create<memref::CollapseShapeOp>(
        loc, array, ArrayRef<ReassociationIndices>{{0}, {1, 2}, {3}});
  }

  /// Of the taps of a filter: their rows and columns, and their number.
  void forEachTap(function_ref<void(Value y, Value x, Value tap)> body);

  void emitTurnedMatrix();
  void emitProduct(Value to);
  void emitQuantize();
  void emitQuantizeBackward();
  Value emitElementBackward(Value grad, ValueRange at);
  void emitTransformBackward(Value grad);

  const WeightKernel &kernel;
  func::FuncOp function;
  /// r, Qn, Qp.
  SmallVector<Value, 3> quantizer;
};
} // namespace

void WeightKernelBuilder::startFunction(StringRef name, bool forward) {
  constexpr int64_t any = ShapedType::kDynamic;
  auto dense = [&](size_t rank, Type element) -> Type {
    return MemRefType::get(SmallVector<int64_t>(rank, any), element);
  };
  Type f32 = builder.getF32Type();
  Type t1 = dense(1, f32), t2 = dense(2, f32), t4 = dense(4, f32);
  auto layout =
      StridedLayoutAttr::get(builder.getContext(), any, {any, any, any, 1});
  Type s4 = MemRefType::get({any, any, any, any}, f32, layout);
  SmallVector<Type> types = {s4, t2, t1};
  if (forward)
    types.append({t2, t1, t4, t4, dense(4, builder.getI8Type())});
  else
    types.append({t1, t4, t4, s4, t2, t1, dense(1, builder.getF64Type())});
  function = builder.create<func::FuncOp>(
      loc, name, builder.getFunctionType(types, TypeRange()));
  // By its name, since the LLVM dialect's header takes long to compile.
  function->setAttr("llvm.emit_c_interface", builder.getUnitAttr());
  builder.setInsertionPointToStart(function.addEntryBlock());
  if (kernel.quantizer)
    for (int64_t i = 0; i < 3; ++i)
      quantizer.push_back(load(argument(Quant), index(i)));
}

void WeightKernelBuilder::forEachTap(
    function_ref<void(Value, Value, Value)> body) {
  Value width = size(argument(W), 2);
  loops({size(argument(W), 1), width}, [&](ValueRange at) {
    Value before = builder.create<arith::MulIOp>(loc, at[0], width);
    body(at[0], at[1], builder.create<arith::AddIOp>(loc, before, at[1]));
  });
}

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

/// turned[i][j] = matrix[j][i]: sums of one filter lie side by side in it.
void WeightKernelBuilder::emitTurnedMatrix() {
  Value taps = size(argument(Matrix), 0);
  loops({taps, taps}, [&](ValueRange at) {
    store(load(argument(Matrix), {at[1], at[0]}), argument(Turned), at);
  });
}

void WeightKernelBuilder::emitProduct(Value to) {
  Value w = argument(W), row = argument(ForwardRow);
  Value taps = size(argument(Matrix), 0);
  Value zero =
      builder.create<arith::ConstantOp>(loc, builder.getF32FloatAttr(0.0f));
  loops({size(w, 0), size(w, 3)}, [&](ValueRange at) {
    Value filter = at[0], input = at[1];
    loops(taps, [&](ValueRange j) { store(zero, row, j); });
    forEachTap([&](Value y, Value x, Value i) {
      Value tap = load(w, {filter, y, x, input});
      loops(taps, [&](ValueRange j) {
        add(mul(load(argument(Turned), {i, j[0]}), tap), row, j);
      });
    });
    loops(taps, [&](ValueRange j) {
      store(load(row, j), to, {filter, j[0], input});
    });
  });
}

void WeightKernelBuilder::emitQuantize() {
  Value from = argument(W), values = argument(Values), codes = argument(Codes);
  if (kernel.transforms) {
    from = flat(argument(ForwardProduct));
    values = flat(values);
    codes = flat(codes);
  }
  loops(sizes(values), [&](ValueRange at) {
    SmallVector<Value> operands = {load(from, at)};
    operands.append(quantizer);
    Value code = buildCode(builder, loc,
                           DifferentiableOpInterface(kernel.quantizer)
                               .buildForward(builder, loc, operands));
    store(code, codes, at);
    store(builder.create<arith::SIToFPOp>(loc, builder.getF32Type(), code),
          values, at);
  });
}

func::FuncOp WeightKernelBuilder::buildForward(StringRef name) {
  startFunction(name, /*forward=*/true);
  if (kernel.transforms) {
    emitTurnedMatrix();
    emitProduct(byTap(argument(kernel.quantizer ? ForwardProduct : Values)));
  }
  if (kernel.quantizer)
    emitQuantize();
  else if (!kernel.transforms)
    loops(sizes(argument(Values)), [&](ValueRange at) {
      store(load(argument(W), at), argument(Values), at);
    });
  finish();
  return function;
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

void WeightKernelBuilder::emitQuantizeBackward() {
  Value first = index(0), block = index(kBlock);
  Value parts = builder.create<memref::AllocaOp>(
      loc, MemRefType::get(kBlock, builder.getF32Type()));
  Value grad = argument(Grad);
  if (kernel.transforms)
    grad = flat(grad);
  // Of the innermost loop, blocks.
  SmallVector<Value> bounds = sizes(grad);
  Value length = bounds.back();
  Value rounded = builder.create<arith::AddIOp>(loc, length, index(kBlock - 1));
  bounds.back() = builder.create<arith::DivUIOp>(loc, rounded, block);
  Value sum = sumOver(
      bounds, load(argument(DStep), first),
      [&](ValueRange at, Value sum) -> Value {
        Value begin = builder.create<arith::MulIOp>(loc, at.back(), block);
        Value left = builder.create<arith::SubIOp>(loc, length, begin);
        Value count = builder.create<arith::MinUIOp>(loc, left, block);
        loops(count, [&](ValueRange i) {
          SmallVector<Value> element(at.drop_back());
          element.push_back(
              builder.create<arith::AddIOp>(loc, begin, i.front()));
          store(emitElementBackward(grad, element), parts, i);
        });
        return sumOver(count, sum, [&](ValueRange i, Value sum) -> Value {
          Value part = builder.create<arith::ExtFOp>(loc, builder.getF64Type(),
                                                     load(parts, i));
          return builder.create<arith::AddFOp>(loc, sum, part);
        });
      });
  store(sum, argument(DStep), first);
}

/// Returns what the element gives to the step.
Value WeightKernelBuilder::emitElementBackward(Value grad, ValueRange at) {
  Value from = kernel.transforms ? flat(argument(Product)) : argument(W);
  SmallVector<Value> operands = {load(from, at)}, own;
  operands.append(quantizer);
  // Of the quantized weight, which is the step times the code.
  Value upstream = mul(load(grad, at), quantizer.front());
  DifferentiableOpInterface(kernel.quantizer)
      .buildBackward(builder, loc, operands, upstream, own);
  if (kernel.transforms)
    store(own[0], from, at);
  else
    add(own[0], argument(DW), at);
  return own[1];
}

void WeightKernelBuilder::emitTransformBackward(Value grad) {
  Value w = argument(W), row = argument(Row), drow = argument(DRow);
  Value taps = size(argument(Matrix), 0);
  Value zero =
      builder.create<arith::ConstantOp>(loc, builder.getF32FloatAttr(0.0f));
  loops({size(w, 0), size(w, 3)}, [&](ValueRange at) {
    Value filter = at[0], input = at[1];
    forEachTap([&](Value y, Value x, Value i) {
      store(load(w, {filter, y, x, input}), row, i);
      store(zero, drow, i);
    });
    loops(taps, [&](ValueRange outer) {
      Value j = outer[0], dy = load(grad, {filter, j, input});
      loops(taps, [&](ValueRange i) {
        add(mul(dy, load(row, i)), argument(DMatrix), {j, i[0]});
        add(mul(load(argument(Matrix), {j, i[0]}), dy), drow, i);
      });
    });
    forEachTap([&](Value y, Value x, Value i) {
      add(load(drow, i), argument(DW), {filter, y, x, input});
    });
  });
}

func::FuncOp WeightKernelBuilder::buildBackward(StringRef name) {
  startFunction(name, /*forward=*/false);
  if (kernel.quantizer)
    emitQuantizeBackward();
  if (kernel.transforms)
    emitTransformBackward(byTap(argument(kernel.quantizer ? Product : Grad)));
  else if (!kernel.quantizer)
    loops(sizes(argument(Grad)), [&](ValueRange at) {
      add(load(argument(Grad), at), argument(DW), at);
    });
  finish();
  return function;
}

func::FuncOp mlir::oqat::buildForwardKernel(OpBuilder &builder, Location loc,
                                            StringRef name,
                                            const WeightKernel &kernel) {
  return WeightKernelBuilder(builder, loc, kernel).buildForward(name);
}

func::FuncOp mlir::oqat::buildBackwardKernel(OpBuilder &builder, Location loc,
                                             StringRef name,
                                             const WeightKernel &kernel) {
  return WeightKernelBuilder(builder, loc, kernel).buildBackward(name);
}
