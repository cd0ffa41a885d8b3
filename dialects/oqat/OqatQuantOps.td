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
  let summary = "quantizes with learned parameters, staying in float";
  let description = [{
    The value becomes what its code by N3 stands for. The codes are unsigned,
    or `signed`: those of weights always, those of activations where they may be
    negative. `by` names the scheme, LSQ where it is missing. On a fixed network
    `bits` is an integer and the operation means the codes themselves: a
    convolution of two fake-quantized operands is the exact integer accumulator.
    With 32 bits the value stays as it is.

    ```mlir
    %q = oqat.fake_quantize %x step @b1.ib.input_step bits @bits_a : tensor<?x?x?x?xf32>
    %q = oqat.fake_quantize %w step @b1.ib.weight_step entry 2 bits 4 signed : tensor<64x1x1x16xf32>
    %q = oqat.fake_quantize %x by #oqat.lsq_plus<offset = @b1.ib.input_offset> step @b1.ib.input_step bits 4 : tensor<1x8x8x16xf32>
    %q = oqat.fake_quantize %w by #oqat.liq<normalize> step @b1.ib.weight_step bits 4 signed axis 0 : tensor<64x1x1x16xf32>
    ```

    The parameter holds one step for all bit-widths, or one entry per value of
    the bits choice, in that order: elastic bits. A fixed quantizer says with
    `entry` which of them is its own. With an `axis` a step (or every entry) is
    a vector with one step per channel of that dimension, the first ones of
    which are active.

    Constraints:
    * C1: `step` names a parameter of kind step.
    * C2: `bits` is a choice of the network's space, or 1 to 8, or 32; so is
      every value of the choice.
    * C3: a step parameter is a scalar or has one dimension, with as many
      entries as the choice has values; with an `axis` it has another dimension
      of at least as many channels.
    * C4: `entry` stands exactly where the bits are fixed and the parameter has
      entries, and is one of them.
    * C5: `axis` is 0 on a weight and 3 on an activation; there, only depthwise
      convolutions may read the result.
    * C6: activations of one bit are unsigned.
    * C7: the scheme fits: `lsq_plus` and `pact` quantize activations with
      unsigned codes, `lsq_plus` with one step for all channels; `liq` needs
      signed codes on weights and unsigned ones on activations, and normalizes
      weights only.
    * C8: an offset is a parameter of kind offset and the step's shape.

    With 32 bits it folds to its input, and so does quantizing the same way
    again. Bits whose choice has one value are decided.
  }];
  let arguments = (ins Oqat_FloatTensor:$input,
                       OptionalAttr<Oqat_AnySchemeAttr>:$by,
                       FlatSymbolRefAttr:$step, OptionalAttr<I64Attr>:$entry,
                       Oqat_BitsAttr:$bits, UnitAttr:$signed_codes,
                       OptionalAttr<I64Attr>:$axis);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`by` $by^)? `step` $step (`entry` $entry^)?
    `bits` custom<Bits>($bits) (`signed` $signed_codes^)? (`axis` $axis^)?
    attr-dict `:` type($input)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let builders = [
    // LSQ with one step for all channels.
    OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$input,
                   "::mlir::FlatSymbolRefAttr":$step,
                   "::mlir::IntegerAttr":$entry, "::mlir::Attribute":$bits,
                   "::mlir::UnitAttr":$signed_codes), [{
      build($_builder, $_state, type, input, QuantizerAttrInterface(), step,
            entry, bits, signed_codes, ::mlir::IntegerAttr());
    }]>];
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
    /// The scheme, LSQ where none is named.
    ::mlir::oqat::QuantizerAttrInterface getScheme();
    /// What it is at `bits` apart from the values of its parameters.
    ::oqat::numerics::QuantizerSpec getSpec(int64_t bits);
    /// Whether it quantizes a weight and not an activation.
    bool isWeight();
    /// Whether training knows it: LSQ, one step for all channels, activations
    /// unsigned and nothing of one bit.
    bool isTrainable();
  }];
}

def Oqat_QuantizeOp : Oqat_Op<"quantize", [Pure]> {
  let summary = "float to codes by N3";
  let description = [{
    `step` is the exact f32 step as |s|, `steps` one per channel; the type's
    scale repeats it for readers. The zero point is the type's. `name` is the
    name of the quantized tensor.

    ```mlir
    %q = oqat.quantize %x step 2.500000e-01 name "b1.ib.input" : tensor<1x8x8x16xf32> -> tensor<1x8x8x16x!quant.uniform<u8<0:3>:f32, 2.500000e-01>>
    %q = oqat.quantize %x steps dense<[0.5, 0.25]> : tensor<2xf32> name "b1.dw.input" : tensor<1x8x8x2xf32> -> tensor<1x8x8x2x!quant.uniform<i8<-8:7>:f32:3, {0.5, 0.25}>>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: every step is finite and positive; there is one, or one per channel.
    * C3: the type is per channel exactly where the steps are, of the last
      dimension, with one scale per channel.

    A relu before codes that start at zero is left out.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, Oqat_StepAttr:$step,
                       StrAttr:$tensor_name);
  let results = (outs Oqat_Codes:$result);
  let assemblyFormat = [{
    $input custom<Step>($step) `name` $tensor_name attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Oqat_DequantizeOp : Oqat_Op<"dequantize", [Pure]> {
  let summary = "an integer accumulator as the float it stands for";
  let description = [{
    N1 without batch norm and bias: f32(acc) times f32(f64 s_a * f64 s_w). Each
    step is one, or one per channel. It stands only between freezing the
    quantizers and folding batch norm.

    ```mlir
    %z = oqat.dequantize %acc input_step 2.500000e-01 weight_step 1.000000e-01 : tensor<1x8x8x64xi32> -> tensor<1x8x8x64xf32>
    %z = oqat.dequantize %acc input_step 2.500000e-01 weight_steps dense<[0.5, 0.25]> : tensor<2xf32> : tensor<1x8x8x2xi32> -> tensor<1x8x8x2xf32>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: all steps are finite and positive; of each there is one, or one per
      channel.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_AccumulatorTensor:$input, Oqat_StepAttr:$input_step,
                       Oqat_StepAttr:$weight_step);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input custom<InputStep>($input_step) custom<WeightStep>($weight_step)
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// f64 s_a * f64 s_w: one product, or one per channel.
    ::llvm::SmallVector<double> getStepProducts();
  }];
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
    * C2: `scale` and `bias` are dense f32 vectors with one entry per channel,
      the channels being the last dimension: there is one.

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
    `step` is the exact f32 step as |s|, `steps` one per output channel. With
    `odd` a code q stands for 2q + 1 steps (N15).

    ```mlir
    %w = oqat.constant_codes dense<1> : tensor<64x1x1x16xi8> step 1.000000e-01 layer "b1.ib" : tensor<64x1x1x16x!quant.uniform<i8<-2:1>:f32, 1.000000e-01>>
    %w = oqat.constant_codes dense<-1> : tensor<2x1x1x16xi8> steps dense<[0.5, 0.25]> : tensor<2xf32> odd layer "b1.pl" : tensor<2x1x1x16x!quant.uniform<i8<-1:0>:f32:0, {0.5, 0.25}>>
    ```

    Constraints:
    * C1: the codes are a dense i8 tensor of the result's shape.
    * C2: every code lies in the storage range of the result's type.
    * C3: every step is finite and positive, the zero point of the type is 0;
      there is one step, or one per output channel.
    * C4: the type is per channel exactly where the steps are, of the first
      dimension, with one scale per channel.

    It has no folds: it is a constant already.
  }];
  let arguments = (ins ElementsAttr:$codes, Oqat_StepAttr:$step, UnitAttr:$odd,
                       StrAttr:$layer);
  let results = (outs Oqat_Codes:$result);
  let assemblyFormat = [{
    $codes custom<Step>($step) (`odd` $odd^)? `layer` $layer attr-dict
    `:` type($result)
  }];
  let hasVerifier = 1;
}

#endif // OQAT_QUANT_OPS_TD
