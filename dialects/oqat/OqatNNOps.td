//===- OqatNNOps.td - Layers -------------------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_NN_OPS_TD
#define OQAT_NN_OPS_TD

include "OqatAttrs.td"
include "OqatEnums.td"
include "OqatInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Oqat_NormalizeOp : Oqat_Op<"normalize", [
    Pure,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface, ["materialize"]>]> {
  let summary = "u8 pictures to floats, one mean and deviation per colour (N8)";
  let description = [{
    ```mlir
    %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
    ```

    Constraints:
    * C1: one finite mean and one finite positive deviation per colour.
    * C2: the result has four dimensions and agrees with the input in every
      static extent.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_ImageTensor:$image, DenseF64ArrayAttr:$mean,
                       DenseF64ArrayAttr:$deviation);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $image `mean` custom<Doubles>($mean) `std` custom<Doubles>($deviation)
    attr-dict
    `:` type($image) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Oqat_Conv2DOp : Oqat_Op<"conv2d", [
    Pure,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface, ["materialize"]>,
    DeclareOpInterfaceMethods<Oqat_CostOpInterface>,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "convolution or depthwise convolution with padding k/2";
  let description = [{
    Activations are NHWC, weights OHWI; a `depthwise` weight has one input
    channel. With both operands fake-quantized the layer is quantized: its
    result is the exact integer accumulator. On codes the result is i32.

    ```mlir
    %1 = oqat.conv2d %x, %w stride 2 : (tensor<1x32x32x3xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x16x16xf32>
    ```

    Constraints:
    * C1: both operands have four dimensions, the kernel is odd and square.
    * C2: the stride is positive.
    * C3: both operands are float, fake-quantized or codes, or neither is; the
      result of codes is i32, of floats f32.
    * C4: static extents agree: input channels, and the result's shape.
    * C5: an input with a step per channel stands only on a depthwise
      convolution; types per channel have one scale for each channel, of the
      input's last and the weight's first dimension.

    It has no folds: its operands are never both constant.
  }];
  let arguments = (ins Oqat_FloatOrCodes:$input, Oqat_FloatOrCodes:$weight,
                       ConfinedAttr<I64Attr, [IntPositive]>:$stride,
                       UnitAttr:$depthwise);
  let results = (outs Oqat_FloatOrAccumulator:$result);
  let assemblyFormat = [{
    $input `,` $weight `stride` $stride (`depthwise` $depthwise^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether both operands are quantized, at any level.
    bool isQuantized();
    /// Whether the lists of per-layer choices have an entry for this layer:
    /// whether one of its quantizers refers to such a choice.
    bool hasLayerBits();
    /// The layer's name: its weight parameter without `.weight`, or the layer
    /// that its weight constant names. Empty where there is none.
    ::llvm::StringRef getLayerName();
    /// Bits of the weights and of the input of a fixed layer, 32 where float.
    int64_t getWeightBits();
    int64_t getInputBits();
    ::mlir::RankedTensorType getInputType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getInput().getType());
    }
    ::mlir::RankedTensorType getWeightType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getWeight().getType());
    }
    ::mlir::RankedTensorType getResultType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getResult().getType());
    }
  }];
}

def Oqat_BatchNormOp : Oqat_Op<"batch_norm", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>, Oqat_ElasticOpInterface,
    DeclareOpInterfaceMethods<Oqat_CostOpInterface>,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "batch norm by the first entries of its parameters (N1)";
  let description = [{
    Behind a convolution it joins the rescale of the accumulator; elsewhere (in
    pre-activation networks it follows an addition) it is a rescale of floats.

    ```mlir
    %2 = oqat.batch_norm %1 gamma @g beta @b mean @m variance @v : tensor<?x?x?x?xf32>
    ```

    Constraints:
    * C1: the symbols name parameters of the kinds gamma, beta, mean and
      variance, all of one length.
    * C2: that length is at least the number of channels, which are the last
      dimension: there is one.
    * C3: `eps` is finite and positive.

    It has no folds: `--oqat-fold-batch-norm` is a pass.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, FlatSymbolRefAttr:$gamma,
                       FlatSymbolRefAttr:$beta, FlatSymbolRefAttr:$mean,
                       FlatSymbolRefAttr:$variance,
                       DefaultValuedAttr<F64Attr, "1.0e-5">:$eps);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `gamma` $gamma `beta` $beta `mean` $mean `variance` $variance
    (`eps` $eps^)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

def Oqat_BiasOp : Oqat_Op<"bias", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>, Oqat_ElasticOpInterface,
    DeclareOpInterfaceMethods<Oqat_CostOpInterface>]> {
  let summary = "adds one learned bias per channel (N1, N5)";
  let description = [{
    For layers without batch norm. After a quantized convolution the bias is B
    of N1, after any other it is added last.

    ```mlir
    %2 = oqat.bias %1 parameter @fc.bias : tensor<?x?x?x?xf32>
    ```

    Constraints:
    * C1: the symbol names a parameter of kind bias.
    * C2: it has at least as many entries as the value has channels, which are
      the last dimension: there is one.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, FlatSymbolRefAttr:$parameter);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = "$input `parameter` $parameter attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Oqat_ActivationOp : Oqat_Op<"activation", [
    Pure, SameOperandsAndResultType, Oqat_ElasticOpInterface,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "relu, relu6, h_swish or h_sigmoid (N2)";
  let description = [{
    ```mlir
    %3 = oqat.activation h_swish %2 : tensor<?x?x?x?xf32>
    ```

    A relu of what is never negative folds to its operand: of a relu, of a
    relu6, of an h_sigmoid, of their sums, pools and products with a gate. So
    does a relu6 of a relu6 or an h_sigmoid; one of a relu leaves that out.
  }];
  let arguments = (ins Oqat_ActivationKindAttr:$kind, Oqat_FloatTensor:$input);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    custom<ActivationKind>($kind) $input attr-dict `:` type($input)
  }];
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
  let extraClassDeclaration = [{
    /// The largest magnitude of the result, from that of the input (N4a).
    std::optional<float> boundResult(std::optional<float> input);
  }];
}

def Oqat_SqueezeExciteOp : Oqat_Op<"squeeze_excite", [
    Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface,
                              ["getChoices", "materialize"]>,
    DeclareOpInterfaceMethods<Oqat_CostOpInterface>,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "scales every channel by a gate computed from its mean (N6)";
  let description = [{
    y * h_sigmoid(expand(relu(reduce(pool(y))))), the two being 1x1
    convolutions with bias in full precision (N5), the pool N4 with the
    recorded `fraction`. Of C active channels the squeeze keeps
    make_divisible(C / 4, 8); both layers use the first rows and columns of
    their parameters.

    With `bits` 8 everything in it is quantized (N17), and materialization
    writes it as the operations it consists of. `steps` are those of the input,
    of input and weight of reduce, of input and weight of expand, and of the
    gate; `signed` says that the input may be negative.

    ```mlir
    %z = oqat.squeeze_excite %y reduce @se.r.weight, @se.r.bias expand @se.e.weight, @se.e.bias : tensor<?x?x?x?xf32>
    %z = oqat.squeeze_excite %y reduce @se.r.weight, @se.r.bias expand @se.e.weight, @se.e.bias steps [@se.input_step, @se.r.input_step, @se.r.weight_step, @se.e.input_step, @se.e.weight_step, @se.gate_step] bits @bits_ends signed : tensor<?x?x?x?xf32>
    ```

    Constraints:
    * C1: the weights are parameters of kind weight, 1x1; the biases of kind
      bias; the extents of the four fit each other.
    * C2: the input has four dimensions; the parameters are at least as large
      as the active extents.
    * C3: `steps` are six scalar parameters of kind step; they stand exactly
      where `bits` do.
    * C4: `bits` is 8 or 32, or a choice of these.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_FloatTensor:$input,
                       FlatSymbolRefAttr:$reduce_weight,
                       FlatSymbolRefAttr:$reduce_bias,
                       FlatSymbolRefAttr:$expand_weight,
                       FlatSymbolRefAttr:$expand_bias,
                       OptionalAttr<Oqat_SymbolArrayAttr>:$steps,
                       OptionalAttr<Oqat_BitsAttr>:$bits,
                       UnitAttr:$signed_codes,
                       OptionalAttr<I32Attr>:$fraction);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `reduce` $reduce_weight `,` $reduce_bias
    `expand` $expand_weight `,` $expand_bias
    (`steps` $steps^ `bits` custom<Bits>($bits))? (`signed` $signed_codes^)?
    attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The places of `steps`.
    enum Step {
      InputStep, ReduceInputStep, ReduceWeightStep, ExpandInputStep,
      ExpandWeightStep, GateStep, StepCount
    };
    ::mlir::FlatSymbolRefAttr getStep(Step step) {
      return ::llvm::cast<::mlir::FlatSymbolRefAttr>(getStepsAttr()[step]);
    }
    /// Drops steps and bits: everything stays in float.
    void makeFloat();
    /// The layer's name: the reduce weight's symbol without `.reduce.weight`.
    ::llvm::StringRef getLayerName();
    ::mlir::RankedTensorType getTensorType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getInput().getType());
    }
  }];
}

def Oqat_ScaleOp : Oqat_Op<"scale", [
    Pure, AllTypesMatch<["input", "result"]>, Oqat_ElasticOpInterface]> {
  let summary = "multiplies every channel by its gate (N6)";
  let description = [{
    One gate per picture and channel: the last step of a squeeze-excite.

    ```mlir
    %z = oqat.scale %y, %gate : tensor<1x8x8x64xf32>, tensor<1x1x1x64xf32>
    ```

    Constraints:
    * C1: both have four dimensions; the gate has the input's pictures and
      channels and one pixel.

    It has no folds: its operands are never constant.
  }];
  let arguments = (ins Oqat_FloatTensor:$input, Oqat_FloatTensor:$gate);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = "$input `,` $gate attr-dict `:` type($input) `,` type($gate)";
  let hasVerifier = 1;
}

def Oqat_AddOp : Oqat_Op<"add", [
    Pure, Commutative, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface,
                              ["getChoices", "materialize"]>,
    DeclareOpInterfaceMethods<Oqat_DifferentiableOpInterface>]> {
  let summary = "residual addition (N7)";
  let description = [{
    In float, or with `bits` 8 onto a stream of signed codes: the second operand
    is the stream so far, and the result is its next value. All additions of a
    run share one step with the quantizer at its head.

    ```mlir
    %r = oqat.add %z, %x : tensor<?x?x?x?xf32>
    %q = oqat.fake_quantize %x step @stage1.residual_step bits @residual signed : tensor<?x?x?x?xf32>
    %s = oqat.add %z, %q step @stage1.residual_step bits @residual : tensor<?x?x?x?xf32>
    ```

    Constraints:
    * C1: `step` names a scalar parameter of kind step; it stands exactly where
      `bits` do.
    * C2: `bits` is 8 or 32, or a choice of these.
    * C3: with fixed 8 bits the second operand is the argument of a block, or
      comes from a signed `oqat.fake_quantize` or an `oqat.add` of the same step
      and bits.

    With 32 bits it folds to an addition without step.
  }];
  let arguments = (ins Oqat_FloatTensor:$lhs, Oqat_FloatTensor:$rhs,
                       OptionalAttr<FlatSymbolRefAttr>:$step,
                       OptionalAttr<Oqat_BitsAttr>:$bits);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`step` $step^ `bits` custom<Bits>($bits))? attr-dict
    `:` type($lhs)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether the bits are decided and make the result a stream of codes.
    bool isStream();
    /// Drops step and bits: the addition is one of floats.
    void makeFloat();
    /// The name of the stream: the step's symbol without `_step`.
    ::llvm::StringRef getStreamName();
  }];
}

def Oqat_PoolOp : Oqat_Op<"pool", [
    Pure,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface, ["materialize"]>]> {
  let summary = "global average pool with integer sums (N4)";
  let description = [{
    `fraction` is F of N4, recorded by `--oqat-annotate-value-bounds`; `layer`
    is the name of the result where it belongs to a larger layer. What is
    fake-quantized, or a stream of codes, is pooled as codes: their sum, times
    their `step` when they are frozen. They need no fraction.

    ```mlir
    %p = oqat.pool %a : tensor<1x4x4x256xf32> -> tensor<1x1x1x256xf32>
    %p = oqat.pool %y step 2.500000e-01 layer "b1.se.pool" : tensor<1x4x4x64x!quant.uniform<u8:f32, 2.500000e-01>> -> tensor<1x1x1x64xf32>
    ```

    Constraints:
    * C1: both have four dimensions; static extents agree with a 1x1 result.
    * C2: there is a finite, positive step where the input is of codes, which
      are around 0, and only there.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_FloatOrCodes:$input,
                       OptionalAttr<F32Attr>:$step,
                       OptionalAttr<StrAttr>:$layer,
                       OptionalAttr<I32Attr>:$fraction);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`step` $step^)? (`layer` $layer^)? attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Oqat_MaxPoolOp : Oqat_Op<"max_pool", [
    Pure,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface, ["materialize"]>]> {
  let summary = "the largest value of every window";
  let description = [{
    Padding is kernel/2; taps outside the picture don't count, so every window
    has a tap. It rounds nothing.

    ```mlir
    %p = oqat.max_pool %a kernel 3 stride 2 : tensor<1x112x112x64xf32> -> tensor<1x56x56x64xf32>
    ```

    Constraints:
    * C1: the kernel is positive and odd, the stride positive.
    * C2: input and result have four dimensions; static extents agree:
      pictures, channels, and the result's size.

    It has no folds: its operand is never constant.
  }];
  let arguments = (ins Oqat_FloatTensor:$input,
                       ConfinedAttr<I64Attr, [IntPositive]>:$kernel,
                       ConfinedAttr<I64Attr, [IntPositive]>:$stride);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $input `kernel` $kernel `stride` $stride attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Oqat_LinearOp : Oqat_Op<"linear", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface, ["materialize"]>,
    DeclareOpInterfaceMethods<Oqat_CostOpInterface>]> {
  let summary = "the classifier: a matrix product with bias (N5, N17)";
  let description = [{
    The weight is a matrix [classes, channels]. With both operands
    fake-quantized the product is the exact integer accumulator, and the bias
    is B of N1. On codes the result is i32 and the bias follows in an
    `oqat.rescale`.

    ```mlir
    %w = oqat.weight @classifier.weight : tensor<10x384xf32>
    %l = oqat.linear %f, %w bias @classifier.bias : (tensor<1x1x1x384xf32>, tensor<10x384xf32>) -> tensor<1x10xf32>
    ```

    Constraints:
    * C1: the input has pooled features, one per column of the weight; the
      result is [pictures, classes].
    * C2: both operands are float, fake-quantized or codes, or neither is; the
      result of codes is i32, of floats f32.
    * C3: the bias is a parameter of kind bias with one entry per class;
      codes have none.
    * C4: the input has one step; a weight type per channel has one scale for
      each class.

    It has no folds: its operands are never both constant.
  }];
  let arguments = (ins Oqat_FloatOrCodes:$input, Oqat_FloatOrCodes:$weight,
                       OptionalAttr<FlatSymbolRefAttr>:$bias);
  let results = (outs Oqat_FloatOrAccumulator:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether both operands are quantized, at any level.
    bool isQuantized();
    /// The layer's name, as that of `oqat.conv2d`.
    ::llvm::StringRef getLayerName();
    /// Bits of the weights and of the input of a fixed layer, 32 where float.
    int64_t getWeightBits();
    int64_t getInputBits();
    ::mlir::RankedTensorType getInputType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getInput().getType());
    }
    ::mlir::RankedTensorType getWeightType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getWeight().getType());
    }
    ::mlir::RankedTensorType getResultType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getResult().getType());
    }
  }];
}

#endif // OQAT_NN_OPS_TD
