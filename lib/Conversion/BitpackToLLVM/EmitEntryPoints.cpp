//===- EmitEntryPoints.cpp - <net>_prepare and <net>_run ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The bodies behind the C ABI. Arguments, CPU and floating-point state are
// checked and set by the code around them (lib/Runtime/Entry.c).
//
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

void mlir::oqat::loadKernelDialects(MLIRContext *context) {
  context
      ->loadDialect<arith::ArithDialect, LLVM::LLVMDialect, scf::SCFDialect>();
}

LLVM::LLVMFuncOp mlir::oqat::createFunction(ModuleOp module, Location loc,
                                            StringRef name,
                                            LLVM::LLVMFunctionType type,
                                            bool exported) {
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  auto function = builder.create<LLVM::LLVMFuncOp>(
      loc, name, type,
      exported ? LLVM::Linkage::External : LLVM::Linkage::Internal);
  function.setPassthroughAttr(
      builder.getStrArrayAttr({"noinline", "no-builtins"}));
  return function;
}

LLVM::GlobalOp mlir::oqat::createConstant(ModuleOp module, StringRef name,
                                          DenseElementsAttr values) {
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(values.getElementType(),
                                       values.getNumElements());
  return builder.create<LLVM::GlobalOp>(
      module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
      values, /*alignment=*/kAlignment);
}

/// Of a word with the units of a layer and, above them, the step of `ahead`:
/// one word, because there is code for every layer.
static constexpr int64_t kUnitBits = 48;

namespace {

class EntryPoints {
public:
  EntryPoints(ModuleOp module, const NetworkPlan &plan)
      : module(module), plan(plan), context(module.getContext()),
        net(NetworkOp(plan.network).getSymName().str()),
        pointer(LLVM::LLVMPointerType::get(context)),
        word(IntegerType::get(context, 32)),
        size(IntegerType::get(context, 64)),
        builder(ImplicitLocOpBuilder(module.getLoc(), context)) {}

  void emit() {
    emitUnpack();
    emitPrepare();
    emitPart();
    emitDispatch();
    if (plan.hasPlanes())
      emitRows();
    emitReport();
    emitRun();
  }

private:
  LLVM::LLVMFunctionType type(Type result, ArrayRef<Type> arguments) {
    return LLVM::LLVMFunctionType::get(
        result ? result : LLVM::LLVMVoidType::get(context), arguments);
  }

  /// Starts a function; returns its arguments.
  ValueRange start(StringRef name, LLVM::LLVMFunctionType functionType,
                   bool exported = false) {
    LLVM::LLVMFuncOp function =
        createFunction(module, module.getLoc(), name, functionType, exported);
    Block *entry = function.addEntryBlock(builder);
    builder.setInsertionPointToEnd(entry);
    return entry->getArguments();
  }

  void finish(Value result = {}) {
    builder.create<LLVM::ReturnOp>(result ? ValueRange(result) : ValueRange());
  }

  void call(StringRef callee, ValueRange arguments) {
    builder.create<LLVM::CallOp>(TypeRange(), net + callee.str(), arguments);
  }

  Value callPointer(LLVM::LLVMFunctionType functionType, Value callee,
                    ValueRange arguments) {
    SmallVector<Value> operands = {callee};
    operands.append(arguments.begin(), arguments.end());
    auto op = builder.create<LLVM::CallOp>(functionType, operands);
    return op.getNumResults() ? op.getResult() : Value();
  }

  Value field(Value base, int64_t offset, Type fieldType) {
    return builder.load(fieldType, builder.at(base, offset));
  }

  Value isNot(Value pointerValue) {
    Value null = builder.create<LLVM::ZeroOp>(pointer);
    return builder.create<LLVM::ICmpOp>(LLVM::ICmpPredicate::ne, pointerValue,
                                        null);
  }

  Value unitsOf(Value share) {
    return builder.create<arith::AndIOp>(
        share, builder.index((int64_t(1) << kUnitBits) - 1));
  }

  void emitUnpack();
  void emitPrepare();
  void emitPart();
  void emitDispatch();
  SmallVector<Value> describePlanes(const PlaneLayout &layout, Value planes,
                                    Value rows);
  void emitRows();
  void emitReport();
  void emitRun();

  ModuleOp module;
  const NetworkPlan &plan;
  MLIRContext *context;
  std::string net;
  Type pointer, word, size;
  KernelBuilder builder;
};

} // namespace

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// One function for each kind of panel.
void EntryPoints::emitUnpack() {
  llvm::StringSet<> known;
  SmallVector<Type> arguments = {pointer, pointer};
  arguments.append(kUnpackSizes, size);
  for (const PlannedLayer &layer : plan.layers) {
    if (!layer.plan.panel)
      continue;
    std::string name = getUnpackName(*layer.plan.panel);
    if (!known.insert(name).second)
      continue;
    ValueRange values = start(net + name, type({}, arguments));
    emitUnpackBody(builder, *layer.plan.panel, values);
    finish();
  }
}

/// Whether unpacking stores every byte of a panel.
static bool isFull(const WeightPanel &panel) {
  return panel.fieldBits == 0 && !panel.pairsOutputs && !panel.groupsTaps &&
         panel.getRows() * panel.group == panel.inputs &&
         panel.outputs % panel.tileOutputs == 0;
}

void EntryPoints::emitPrepare() {
  Value prepared = start(net + "_prepare", type(word, {pointer}), true)[0];
  Value zero = builder.index(0);
  Value weights = addressOf(builder, getWeightSymbol(plan));
  for (const PlannedLayer &layer : plan.layers) {
    if (!layer.plan.panel)
      continue;
    const WeightPanel &panel = *layer.plan.panel;
    int64_t values[kUnpackSizes] = {panel.outputs, panel.taps, panel.inputs,
                                    panel.tileOutputs, panel.getRows()};
    Value own = builder.at(prepared, layer.panelOffset);
    // Weights of 0 fill up rows and tiles; right before the others, so that the
    // panel is in a cache for them.
    if (!isFull(panel))
      builder.loop(
          zero, builder.index(alignUp(panel.getBytes())), 8,
          [&](Value offset) { builder.store(zero, builder.at(own, offset)); });
    SmallVector<Value> arguments = {builder.at(weights, layer.packedOffset),
                                    own};
    for (int64_t value : values)
      arguments.push_back(builder.index(value));
    call(getUnpackName(panel), arguments);
  }
  finish(builder.constant(word, 0));
}

//===----------------------------------------------------------------------===//
// Calling a layer: a task is {kernel, its pointers, units and step of `ahead`}
//===----------------------------------------------------------------------===//

static constexpr int64_t kTaskShare = 8 * (1 + kKernelPointers);

/// (task, part, parts): the part's share of the units.
void EntryPoints::emitPart() {
  ValueRange args = start(net + ".part", type({}, {pointer, word, word}));
  Value task = args[0];
  Value part = builder.create<arith::ExtSIOp>(size, args[1]);
  Value parts = builder.create<arith::ExtSIOp>(size, args[2]);
  Value share = field(task, kTaskShare, size), units = unitsOf(share);
  auto bound = [&](Value share) {
    return builder
        .create<arith::DivSIOp>(builder.create<arith::MulIOp>(units, share),
                                parts)
        .getResult();
  };
  Value begin = bound(part), end = bound(builder.add(part, 1));
  SmallVector<Value> arguments;
  for (unsigned i = 0; i < kKernelPointers; ++i)
    arguments.push_back(field(task, 8 * (1 + i), pointer));
  Value step = builder.create<arith::ShRUIOp>(share, builder.index(kUnitBits));
  arguments.append({begin, end, step});
  Value some =
      builder.create<arith::CmpIOp>(arith::CmpIPredicate::slt, begin, end);
  builder.when(some, [&] {
    callPointer(kernelType(context), field(task, 0, pointer), arguments);
  });
  finish();
}

/// (task's fields, parallel): runs a layer on all threads, or here where there
/// are none or they fail.
void EntryPoints::emitDispatch() {
  SmallVector<Type> arguments(1 + kKernelPointers, pointer);
  arguments.append({size, pointer});
  ValueRange args = start(net + ".dispatch", type({}, arguments));
  Value one = builder.constant(word, 1);
  Value task = builder.create<LLVM::AllocaOp>(pointer, size,
                                              builder.index(kTaskShare / 8 + 1),
                                              /*alignment=*/8);
  for (auto [i, value] : llvm::enumerate(args.drop_back()))
    builder.store(value, builder.at(task, static_cast<int64_t>(8 * i)));
  Value units = unitsOf(args[kTaskShare / 8]), parallel = args.back();
  auto runAlone = [&] {
    call(".part", {task, builder.constant(word, 0), one});
  };
  auto branch = builder.create<scf::IfOp>(TypeRange(word), isNot(parallel),
                                          /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(branch.thenBlock());
    Value threads = field(parallel, 8, word);
    Value most = builder.create<arith::TruncIOp>(
        word, builder.min(units, builder.index(INT32_MAX)));
    Value parts = builder.create<arith::MinSIOp>(threads, most);
    Value body = addressOf(builder, net + ".part");
    Value status =
        callPointer(type(word, {pointer, pointer, pointer, word}),
                    field(parallel, 16, pointer),
                    {field(parallel, 0, pointer), body, task, parts});
    builder.create<scf::YieldOp>(ValueRange(status));
    builder.setInsertionPointToEnd(branch.elseBlock());
    builder.create<scf::YieldOp>(ValueRange(one));
  }
  Value notRun = builder.create<arith::CmpIOp>(
      arith::CmpIPredicate::ne, branch.getResult(0), builder.constant(word, 0));
  builder.when(notRun, runAlone);
  finish();
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

SmallVector<Value> EntryPoints::describePlanes(const PlaneLayout &layout,
                                               Value planes, Value rows) {
  SmallVector<Value> arguments = {builder.at(planes, layout.firstRow()), rows};
  for (int64_t size : {layout.height, layout.width, layout.channels,
                       layout.rowBytes(), layout.planeBytes()})
    arguments.push_back(builder.index(size));
  return arguments;
}

/// (planes, rows, height, width, channels, bytes of a row, of a plane): codes
/// as every tensor is reported, whatever lies between its layers.
void EntryPoints::emitRows() {
  SmallVector<Type> arguments = {pointer, pointer, size, size,
                                 size,    size,    size};
  ValueRange args = start(net + ".rows", type({}, arguments));
  Value zero = builder.index(0), channels = args[4];
  auto mul = [&](Value lhs, Value rhs) {
    return builder.create<arith::MulIOp>(lhs, rhs).getResult();
  };
  auto emitPixel = [&](Value y, Value x) {
    Value codesInByte = builder.index(PlaneLayout::kCodes);
    Value place = builder.create<arith::DivUIOp>(x, codesInByte);
    Value source = builder.at(builder.at(args[0], mul(y, args[5])), place);
    Value shift = builder.create<arith::TruncIOp>(
        builder.getI8Type(),
        builder.mul(builder.create<arith::RemUIOp>(x, codesInByte),
                    PlaneLayout::kCodeBits));
    Value goal =
        builder.at(args[1], mul(builder.add(mul(y, args[3]), x), channels));
    builder.loop(zero, channels, 1, [&](Value c) {
      Value codes = builder.load(builder.getI8Type(),
                                 builder.at(source, mul(c, args[6])));
      codes = builder.create<arith::AndIOp>(
          builder.create<arith::ShRUIOp>(codes, shift),
          builder.constant(builder.getI8Type(),
                           (1 << PlaneLayout::kCodeBits) - 1));
      builder.store(codes, builder.at(goal, c));
    });
  };
  builder.loop(zero, args[2], 1, [&](Value y) {
    builder.loop(zero, args[3], 1, [&](Value x) { emitPixel(y, x); });
  });
  finish();
}

/// (io, layer, tensor or null, its bytes): tells who follows the run of a layer
/// and its tensor.
void EntryPoints::emitReport() {
  ValueRange args =
      start(net + ".report", type({}, {pointer, word, pointer, size}));
  Value io = args[0], layer = args[1], data = args[2], bytes = args[3];
  Value onTensor = field(io, 16, pointer), user = field(io, 24, pointer),
        onLayer = field(io, 32, pointer);
  builder.when(isNot(onLayer), [&] {
    callPointer(type({}, {pointer, word}), onLayer, {user, layer});
  });
  Value isReported =
      builder.create<arith::AndIOp>(isNot(onTensor), isNot(data));
  builder.when(isReported, [&] {
    callPointer(type({}, {pointer, word, pointer, size}), onTensor,
                {user, layer, data, bytes});
  });
  finish();
}

/// Whether a layer takes no longer than other threads take to begin and to
/// report (about a microsecond each), so that sharing it would gain nothing.
static bool isTiny(LayerOpInterface layer) {
  constexpr int64_t kShared = 24000;
  int64_t work = layer.getMacs();
  auto add = [&](Value value) {
    work += cast<RankedTensorType>(value.getType()).getNumElements();
  };
  llvm::for_each(layer->getOperands(), add);
  llvm::for_each(layer->getResults(), add);
  return work < kShared;
}

/// (prepared, io {image, logits, on_tensor, user, on_layer}, scratch, parallel)
void EntryPoints::emitRun() {
  ValueRange args =
      start(net + "_run", type(word, SmallVector<Type>(4, pointer)), true);
  Value io = args[1];
  Value image = field(io, 0, pointer), logits = field(io, 8, pointer);
  Value null = builder.create<LLVM::ZeroOp>(pointer);
  Value reports = isNot(field(io, 16, pointer));
  auto place = [&](Value tensor) -> Value {
    if (!tensor)
      return null;
    if (tensor == plan.image)
      return image;
    if (tensor == plan.logits)
      return logits;
    size_t producer = plan.producers.lookup(tensor);
    return builder.at(args[2], plan.layers[producer].resultOffset);
  };
  for (auto [index, layer] : llvm::enumerate(plan.layers)) {
    LayerOpInterface op = layer.op;
    Value panel =
        layer.plan.panel ? builder.at(args[0], layer.panelOffset) : null;
    Value ahead = layer.plan.prefetches != 0
                      ? builder.at(args[0], layer.aheadOffset)
                      : null;
    Value result = place(op.getResult());
    if (layer.plan.sharedBytes != 0)
      builder.store(
          builder.index(0),
          builder.at(result, NetworkPlan::sharedOffset(op.getResult())));
    int64_t share = layer.aheadStep << kUnitBits | layer.plan.units;
    call(".dispatch",
         {addressOf(builder, layer.symbol), place(op->getOperand(0)),
          place(op.getGateValue()), place(op.getResidualValue()), result, panel,
          ahead, builder.index(share), isTiny(op) ? null : args[3]});
    Value data = op.isReported() ? result : null;
    if (op.isReported() && layer.plan.resultPlanes) {
      data = builder.at(args[2], layer.reportOffset);
      builder.when(reports, [&, &layer = layer] {
        call(".rows", describePlanes(*layer.plan.resultPlanes, result, data));
      });
    }
    call(".report", {args[1], builder.constant(word, index), data,
                     builder.index(NetworkPlan::tensorBytes(op.getResult()))});
  }
  finish(builder.constant(word, 0));
}

void mlir::oqat::emitEntryPoints(ModuleOp module, const NetworkPlan &plan) {
  EntryPoints(module, plan).emit();
}
