//===- OqatQuantOps.td - Quantizers and integer constants --*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_QUANT_OPS_TD
#define OQAT_QUANT_OPS_TD

include "OqatAttrs.td"
include "OqatInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Oqat_FakeQuantizeOp : Oqat_Op<"fake_quantize", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface,
                              ["getChoices", "materialize"]>,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "quantizes with a learned step, staying in float";
  let description = [{
    The value becomes |s| times its code by N3. The codes are unsigned for
    activations and `signed` for weights. On a fixed network `bits` is an
    integer and the operation means the codes themselves: a convolution of two
    fake-quantized operands is the exact integer accumulator. With 32 bits the
    value stays as it is.

    ```mlir
    %q = oqat.fake_quantize %x step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
    %q = oqat.fake_quantize %w step @b1.ib.weight_step entry 2 bits 4 signed : tensor<64x1x1x16xf32>
    ```

    The parameter holds one step for all bit-widths, or one entry per value of
    the bits choice, in that order: elastic bits. A fixed quantizer says with
    `entry` which of them is its own.

    Constraints:
    * C1: `step` names a parameter of kind step.
    * C2: `bits` is a choice of the network's space, or 2 to 8, or 32; so is
      every value of the choice.
    * C3: a step parameter is a scalar or has one dimension, with as many
      entries as the choice has values.
    * C4: `entry` stands exactly where the bits are fixed and the parameter has
      entries, and is one of them.

    With 32 bits it folds to its input, and so does quantizing the same way
    again. Bits whose choice has one value are decided.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, FlatSymbolRefAttr:$step,
                       OptionalAttr<I64Attr>:$entry, Oqat_BitsAttr:$bits,
                       UnitAttr:$signed_codes);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `step` $step (`entry` $entry^)? `bits` custom<Bits>($bits)
    (`signed` $signed_codes^)? attr-dict `:` type($input)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let extraClassDeclaration = [{
    /// Bits with which a value stays as it is.
    static constexpr int64_t kFloatBits = 32;
    /// The bits of a fixed quantizer; nullopt while they are a choice.
    std::optional<int64_t> getFixedBits();
    /// The step parameter's entry for one value of the bits; nullopt where
    /// the parameter, of type `step`, has none.
    std::optional<int64_t> getStepEntry(::mlir::RankedTensorType step,
                                        int64_t bits);
    /// The name of the quantized tensor: the step's symbol without `_step`.
    ::llvm::StringRef getTensorName();
  }];
}

def Oqat_QuantizeOp : Oqat_Op<"quantize", [Pure]> {
  let summary = "float to codes by N3";
  let description = [{
    `step` is the exact f32 step as |s|; the type's scale repeats it for
    readers. `name` is the name of the quantized tensor.

    ```mlir
    %q = oqat.quantize %x step 2.500000e-01 name "b1.ib.input" : tensor<1x8x8x16xf32> -> tensor<1x8x8x16x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: the step is finite and positive; the zero point of the type is 0.

    A relu before codes that start at zero is left out.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, F32Attr:$step,
                       StrAttr:$tensor_name);
  let results = (outs Oqat_Codes:$result);
  let assemblyFormat = [{
    $input `step` $step `name` $tensor_name attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Oqat_DequantizeOp : Oqat_Op<"dequantize", [Pure]> {
  let summary = "an integer accumulator as the float it stands for";
  let description = [{
    N1 without batch norm and bias: f32(acc) times f32(f64 s_a * f64 s_w). It
    stands only between freezing the quantizers and folding batch norm.

    ```mlir
    %z = oqat.dequantize %acc input_step 2.500000e-01 weight_step 1.000000e-01 : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: both steps are finite and positive.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_AccumulatorTensor:$input, F32Attr:$input_step,
                       F32Attr:$weight_step);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `input_step` $input_step `weight_step` $weight_step attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Oqat_DecodeOp : Oqat_Op<"decode", [Pure]> {
  let summary = "codes as the floats they stand for (N3)";
  let description = [{
    f32(code) times the step, for operations that compute in float.

    ```mlir
    %y = oqat.decode %q step 2.500000e-01 : tensor<1x8x8x16x!quant.uniform<i8:f32, 2.500000e-01>> -> tensor<1x8x8x16xf32>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: the step is finite and positive; the zero point of the type is 0.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_Codes:$input, F32Attr:$step);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `step` $step attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Oqat_ResidualAddOp : Oqat_Op<"residual_add", [
    Pure, AllTypesMatch<["stream", "result"]>]> {
  let summary = "adds a float onto a stream of codes (N7)";
  let description = [{
    clamp(code + rne(z * r), -128, 127) with r of N3 for the stream's step.
    `name` is the name of the result.

    ```mlir
    %s = oqat.residual_add %z, %r step 2.500000e-01 name "stage1.residual.1" : tensor<1x8x8x16xf32>, tensor<1x8x8x16x!quant.uniform<i8:f32, 2.500000e-01>>
    ```

    Constraints:
    * C1: both operands have the same shape.
    * C2: the stream has signed codes of 8 bits around 0.
    * C3: the step is finite and positive.

    It has no folds: its operands are never constant.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, Oqat_Codes:$stream,
                       F32Attr:$step, StrAttr:$tensor_name);
  let results = (outs Oqat_Codes:$result);
  let assemblyFormat = [{
    $input `,` $stream `step` $step `name` $tensor_name attr-dict
    `:` type($input) `,` type($stream)
  }];
  let hasVerifier = 1;
}

def Oqat_RescaleOp : Oqat_Op<"rescale", [
    Pure, DeclareOpInterfaceMethods<Oqat_CostOpInterface>,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "z = f32(f32(acc) * A) + B per channel (N1)";
  let description = [{
    The input is an integer accumulator, or the float result of a convolution
    that is not quantized. A scale of 1 leaves such a result as it is.

    ```mlir
    %z = oqat.rescale %acc scale dense<0.5> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: `scale` and `bias` are f32 vectors with one entry per channel.

    Of floats, with a scale of 1 and a bias of -0, it folds.
  }];
  let arguments = (ins Oqat_FloatOrAccumulator:$input, ElementsAttr:$scale,
                       ElementsAttr:$bias);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `scale` $scale `bias` $bias attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Oqat_ConstantWeightOp : Oqat_Op<"constant_weight", [
    Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "float weights of a layer that is not quantized";
  let description = [{
    ```mlir
    %w = oqat.constant_weight dense<0.5> : tensor<16x3x3x3xf32> layer "stem"
    ```

    It has no folds: it is a constant already.
  }];
  let arguments = (ins ElementsAttr:$value, OptionalAttr<StrAttr>:$layer);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = "$value (`layer` $layer^)? attr-dict";
}

def Oqat_ConstantCodesOp : Oqat_Op<"constant_codes", [Pure]> {
  let summary = "signed weight codes of a quantized layer";
  let description = [{
    `step` is the exact f32 step as |s|.

    ```mlir
    %w = oqat.constant_codes dense<1> : tensor<64x1x1x16xi8> step 1.000000e-01 layer "b1.ib" : tensor<64x1x1x16x!quant.uniform<i8<-2:1>:f32, 1.000000e-01>>
    ```

    Constraints:
    * C1: the codes are an i8 tensor of the result's shape.
    * C2: every code lies in the storage range of the result's type.
    * C3: the step is finite and positive; the zero point of the type is 0.

    It has no folds: it is a constant already.
  }];
  let arguments = (ins ElementsAttr:$codes, F32Attr:$step, StrAttr:$layer);
  let results = (outs Oqat_Codes:$result);
  let assemblyFormat = [{
    $codes `step` $step `layer` $layer attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

#endif // OQAT_QUANT_OPS_TD
