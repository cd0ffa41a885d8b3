//===- OqatInterfaces.td - Interfaces of the oqat dialect --*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_INTERFACES_TD
#define OQAT_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Oqat_ElasticOpInterface : OpInterface<"ElasticOpInterface"> {
  let cppNamespace = "::mlir::oqat";
  let description = [{
    An operation that knows which choices it depends on and how to become its
    fixed form. `--oqat-materialize-subnet` asks for nothing else, so a new
    elastic operation joins by implementing these two methods.
  }];
  let methods = [
    InterfaceMethod<[{
      Appends the choices this operation refers to, in order of appearance.
    }], "void", "getChoices",
    (ins "::llvm::SmallVectorImpl<::mlir::FlatSymbolRefAttr> &":$choices),
    /*methodBody=*/"", /*defaultImplementation=*/[{ return; }]>,
    InterfaceMethod<[{
      Turns this operation into its fixed form under `selection`: decides its
      choices and gives its results static types. The operands already have
      theirs. Operations with regions are materialized before all others. An
      operation may replace itself by operations that are fixed already. The
      default copies the type of the first operand.
    }], "::llvm::LogicalResult", "materialize",
    (ins "::mlir::RewriterBase &":$rewriter,
         "const ::mlir::oqat::Selection &":$selection),
    /*methodBody=*/"", /*defaultImplementation=*/[{
      $_op->getResult(0).setType($_op->getOperand(0).getType());
      return ::mlir::success();
    }]>,
  ];
}

def Oqat_CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::mlir::oqat";
  let description = [{
    An operation that costs something on a fixed network: multiply-accumulates,
    parameters, bit operations, bytes of shipped weights.
  }];
  let methods = [
    InterfaceMethod<[{
      The cost of this operation, or a diagnostic on it where a shape is still
      open.
    }], "::mlir::FailureOr<::mlir::oqat::Cost>", "getCost">,
  ];
}

def Oqat_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::oqat";
  let description = [{
    A pointwise operation that can write down its own element arithmetic and
    the gradient of it, and so can be a stage of a fused training kernel. Both
    `build` methods take element values, each an `f32` or a vector of `f32`:

    | operation | operands | result |
    |---|---|---|
    | `batch_norm`, quantized `conv2d` | x, a, b | x·a + b (N1) |
    | `activation` | z | N2 |
    | `add` | x, y | x + y |
    | `squeeze_excite` | y, gate | y · gate |
    | `fake_quantize` | y, r, Qn, Qp | the code as a float (N3) |

    `grad` is the gradient of the loss with respect to the result (for
    `fake_quantize`: to the dequantized result). `operandGrads` receives one
    value per operand; for `fake_quantize` the one of `r` is the contribution
    to the step gradient without the factors g and sign(s) of LSQ, those of
    Qn and Qp are null.
  }];
  let methods = [
    InterfaceMethod<[{
      Name and operands of the stage; an empty name where this operation is
      none.
    }], "::mlir::oqat::PointwiseStage", "getStage">,
    InterfaceMethod<"Emits the element arithmetic of the operation.",
    "::mlir::Value", "buildForward",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::ValueRange":$operands)>,
    InterfaceMethod<"Emits the gradient with respect to every operand.",
    "void", "buildBackward",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::ValueRange":$operands, "::mlir::Value":$grad,
         "::llvm::SmallVectorImpl<::mlir::Value> &":$operandGrads)>,
  ];
}

def Oqat_QuantizerAttrInterface : AttrInterface<"QuantizerAttrInterface"> {
  let cppNamespace = "::mlir::oqat";
  let description = [{
    A scheme by which `oqat.fake_quantize` gets its codes. What the codes are,
    for every scheme, is `numerics::makeQuantizer`'s; a scheme says here which
    one it is, what it needs and where it may stand.
  }];
  let methods = [
    InterfaceMethod<"Which scheme of the reference this is.",
    "::oqat::numerics::Scheme", "getScheme">,
    InterfaceMethod<[{
      The parameter that holds the offset, null where the scheme has none.
    }], "::mlir::FlatSymbolRefAttr", "getOffsetParameter", (ins),
    /*methodBody=*/"", /*defaultImplementation=*/[{ return {}; }]>,
    InterfaceMethod<"Whether weights are normalized first (N15).",
    "bool", "normalizesWeights", (ins),
    /*methodBody=*/"", /*defaultImplementation=*/[{ return false; }]>,
    InterfaceMethod<[{
      Fails, with an error on the `oqat.fake_quantize`, where this scheme cannot
      stand.
    }], "::llvm::LogicalResult", "verifyUse",
    (ins "::mlir::Operation *":$op)>,
  ];
}

#endif // OQAT_INTERFACES_TD
