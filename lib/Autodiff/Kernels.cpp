//===- Kernels.cpp - Forward and backward of one chain --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kernel is one `linalg.generic` over (image, pixel, channel). The
// backward one recomputes the values between the stages from x, so nothing but
// x is kept for it.
//
//===----------------------------------------------------------------------===//

#include "oqat/Autodiff/Kernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {
/// Positions of the arguments that both kernels share, then of the rest.
enum Argument : unsigned { X, A, B, Gate, Residual, Quant, FirstOwn };
enum ForwardArgument : unsigned { Y = FirstOwn, Codes };
enum BackwardArgument : unsigned {
  Grad = FirstOwn,
  DX,
  DResidual,
  DA,
  DB,
  DStep,
  DGate
};

/// How an argument is addressed by the loops.
enum class Access { Element, Channel, ImageChannel };

/// Builds one kernel function around one generic operation.
class KernelBuilder {
public:
  KernelBuilder(OpBuilder &builder, Location loc,
                ArrayRef<DifferentiableOpInterface> stages)
      : builder(builder), loc(loc), stages(stages) {}

  func::FuncOp buildForward(StringRef name);
  func::FuncOp buildBackward(StringRef name);

private:
  void startFunction(StringRef name, bool forward);
  Type argumentType(unsigned rank, Type element) {
    return MemRefType::get(SmallVector<int64_t>(rank, ShapedType::kDynamic),
                           element);
  }
  AffineMap getMap(Access access);
  bool uses(StageOperand operand) const {
    return llvm::any_of(stages, [&](DifferentiableOpInterface stage) {
      return llvm::is_contained(stage.getStage().operands, operand);
    });
  }
  bool quantizes() const {
    return DifferentiableOpInterface(stages.back()).getStage().last;
  }

  void addInput(unsigned argument, Access access) {
    inputPositions[argument] = inputs.size();
    inputs.push_back(function.getArgument(argument));
    inputMaps.push_back(getMap(access));
  }
  void addOutput(unsigned argument, Access access) {
    outputs.push_back(function.getArgument(argument));
    outputMaps.push_back(getMap(access));
    accumulates |= access != Access::Element;
    sumsImages |= access == Access::Channel;
  }
  void addStageInputs();
  void finish(function_ref<void(OpBuilder &, Location, ValueRange)> body);

  /// The operands of one stage beside x, as element values in the body.
  SmallVector<Value> stageOperands(DifferentiableOpInterface stage,
                                   ValueRange elements);
  /// Gradients of stage operands by StageOperand.
  using OperandGrads = llvm::SmallDenseMap<int, Value>;
  Value backpropagate(OpBuilder &body, ValueRange elements,
                      OperandGrads &grads);

  OpBuilder &builder;
  Location loc;
  ArrayRef<DifferentiableOpInterface> stages;
  func::FuncOp function;
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> inputMaps, outputMaps;
  llvm::SmallDenseMap<unsigned, unsigned> inputPositions;
  /// r, Qn, Qp.
  SmallVector<Value, 3> quantizer;
  bool accumulates = false, sumsImages = false;
};
} // namespace

AffineMap KernelBuilder::getMap(Access access) {
  unsigned image = 0, pixel = 1, channel = 2; // among the loops
  SmallVector<unsigned> dims;
  if (access != Access::Channel)
    dims.push_back(image);
  if (access == Access::Element)
    dims.push_back(pixel);
  dims.push_back(channel);
  return AffineMap::getMultiDimMapWithTargets(3, dims, builder.getContext());
}

void KernelBuilder::startFunction(StringRef name, bool forward) {
  Type f32 = builder.getF32Type();
  Type t1 = argumentType(1, f32), t2 = argumentType(2, f32);
  Type t3 = argumentType(3, f32);
  SmallVector<Type> types = {t3, t1, t1, t2, t3, t1};
  if (forward)
    types.append({t3, argumentType(3, builder.getI8Type())});
  else
    types.append({t3, t3, t3, t1, t1, t1, t2});
  function = builder.create<func::FuncOp>(
      loc, name, builder.getFunctionType(types, TypeRange()));
  // By its name, since the LLVM dialect's header takes long to compile.
  function->setAttr("llvm.emit_c_interface", builder.getUnitAttr());
  builder.setInsertionPointToStart(function.addEntryBlock());
  if (uses(StageOperand::Reciprocal))
    for (int64_t i = 0; i < 3; ++i) {
      Value index = builder.create<arith::ConstantIndexOp>(loc, i);
      quantizer.push_back(builder.create<memref::LoadOp>(
          loc, function.getArgument(Quant), index));
    }
}

void KernelBuilder::addStageInputs() {
  addInput(X, Access::Element);
  if (uses(StageOperand::Scale)) {
    addInput(A, Access::Channel);
    addInput(B, Access::Channel);
  }
  if (uses(StageOperand::Gate))
    addInput(Gate, Access::ImageChannel);
  if (uses(StageOperand::Residual))
    addInput(Residual, Access::Element);
}

SmallVector<Value> KernelBuilder::stageOperands(DifferentiableOpInterface stage,
                                                ValueRange elements) {
  SmallVector<Value> values;
  for (StageOperand operand : stage.getStage().operands) {
    switch (operand) {
    case StageOperand::Scale:
      values.push_back(elements[inputPositions[A]]);
      break;
    case StageOperand::Bias:
      values.push_back(elements[inputPositions[B]]);
      break;
    case StageOperand::Gate:
      values.push_back(elements[inputPositions[Gate]]);
      break;
    case StageOperand::Residual:
      values.push_back(elements[inputPositions[Residual]]);
      break;
    case StageOperand::Reciprocal:
    case StageOperand::Lower:
    case StageOperand::Upper:
      values.push_back(quantizer[static_cast<int>(operand) -
                                 static_cast<int>(StageOperand::Reciprocal)]);
      break;
    }
  }
  return values;
}

void KernelBuilder::finish(
    function_ref<void(OpBuilder &, Location, ValueRange)> body) {
  auto parallel = utils::IteratorType::parallel;
  auto reduction = utils::IteratorType::reduction;
  auto image = sumsImages ? reduction : parallel;
  auto pixel = accumulates ? reduction : parallel;
  SmallVector<utils::IteratorType> iterators = {image, pixel, parallel};
  SmallVector<AffineMap> maps(inputMaps);
  maps.append(outputMaps);
  builder.create<linalg::GenericOp>(loc, inputs, outputs, maps, iterators,
                                    body);
  builder.create<func::ReturnOp>(loc);
  builder.setInsertionPointAfter(function);
}

func::FuncOp KernelBuilder::buildForward(StringRef name) {
  startFunction(name, /*forward=*/true);
  addStageInputs();
  addOutput(quantizes() ? Codes : Y, Access::Element);
  finish([&](OpBuilder &body, Location loc, ValueRange elements) {
    Value value = elements[inputPositions[X]];
    for (DifferentiableOpInterface stage : stages) {
      SmallVector<Value> operands = stageOperands(stage, elements);
      operands.insert(operands.begin(), value);
      value = stage.buildForward(body, loc, operands);
    }
    if (quantizes())
      value = buildCode(body, loc, value);
    body.create<linalg::YieldOp>(loc, value);
  });
  return function;
}

func::FuncOp KernelBuilder::buildBackward(StringRef name) {
  startFunction(name, /*forward=*/false);
  addStageInputs();
  addInput(Grad, Access::Element);
  // Which operand's gradient each output gets, after dx.
  SmallVector<StageOperand> owners;
  auto addGradient = [&](StageOperand operand, unsigned argument,
                         Access access) {
    if (!uses(operand))
      return;
    owners.push_back(operand);
    addOutput(argument, access);
  };
  addOutput(DX, Access::Element);
  addGradient(StageOperand::Residual, DResidual, Access::Element);
  addGradient(StageOperand::Scale, DA, Access::Channel);
  addGradient(StageOperand::Bias, DB, Access::Channel);
  addGradient(StageOperand::Reciprocal, DStep, Access::Channel);
  addGradient(StageOperand::Gate, DGate, Access::ImageChannel);

  finish([&](OpBuilder &body, Location loc, ValueRange elements) {
    OperandGrads grads;
    SmallVector<Value> results = {backpropagate(body, elements, grads)};
    for (StageOperand operand : owners) {
      Value grad = grads[static_cast<int>(operand)];
      // All but the residual's are sums.
      if (operand != StageOperand::Residual)
        grad = body.create<arith::AddFOp>(
            loc, elements[inputs.size() + results.size()], grad);
      results.push_back(grad);
    }
    body.create<linalg::YieldOp>(loc, results);
  });
  return function;
}

/// The gradient of what the chain takes in; a rescale leaves it to its caller.
Value KernelBuilder::backpropagate(OpBuilder &body, ValueRange elements,
                                   OperandGrads &grads) {
  // The operands of every stage, its input first.
  SmallVector<SmallVector<Value>> operands;
  Value value = elements[inputPositions[X]];
  for (DifferentiableOpInterface stage : stages) {
    operands.push_back(stageOperands(stage, elements));
    operands.back().insert(operands.back().begin(), value);
    if (operands.size() < stages.size())
      value = stage.buildForward(body, loc, operands.back());
  }
  Value grad = elements[inputPositions[Grad]];
  for (size_t i = stages.size(); i-- > 0;) {
    DifferentiableOpInterface stage = stages[i];
    PointwiseStage description = stage.getStage();
    SmallVector<Value> own;
    stage.buildBackward(body, loc, operands[i], grad, own);
    for (auto [operand, contribution] :
         llvm::zip_equal(description.operands, ArrayRef(own).drop_front()))
      grads[static_cast<int>(operand)] = contribution;
    if (!llvm::is_contained(description.operands, StageOperand::Scale))
      grad = own.front();
  }
  return grad;
}

Value mlir::oqat::buildCode(OpBuilder &builder, Location loc, Value rounded) {
  Value zero =
      builder.create<arith::ConstantOp>(loc, builder.getF32FloatAttr(0.0f));
  Value isNaN = builder.create<arith::CmpFOp>(loc, arith::CmpFPredicate::UNO,
                                              rounded, rounded);
  Value number = builder.create<arith::SelectOp>(loc, isNaN, zero, rounded);
  Value code =
      builder.create<arith::FPToSIOp>(loc, builder.getI32Type(), number);
  return builder.create<arith::TruncIOp>(loc, builder.getI8Type(), code);
}

func::FuncOp
mlir::oqat::buildForwardKernel(OpBuilder &builder, Location loc, StringRef name,
                               ArrayRef<DifferentiableOpInterface> stages) {
  return KernelBuilder(builder, loc, stages).buildForward(name);
}

func::FuncOp
mlir::oqat::buildBackwardKernel(OpBuilder &builder, Location loc,
                                StringRef name,
                                ArrayRef<DifferentiableOpInterface> stages) {
  return KernelBuilder(builder, loc, stages).buildBackward(name);
}
