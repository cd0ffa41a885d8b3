//===- BitpackOps.td - Operations of the bitpack dialect ---*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BITPACK_OPS_TD
#define BITPACK_OPS_TD

include "BitpackAttrs.td"
include "BitpackInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Bitpack_Op<string mnemonic, list<Trait> traits = []>
    : Op<Bitpack_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Network
//===----------------------------------------------------------------------===//

def Bitpack_NetworkOp : Bitpack_Op<"network", [
    FunctionOpInterface, IsolatedFromAbove, Symbol,
    SingleBlockImplicitTerminator<"ReturnOp">]> {
  let summary = "a network as a list of kernels";
  let description = [{
    Takes one picture of bytes and yields the logits.

    ```mlir
    bitpack.network @net(%image: tensor<1x24x24x3xui8>) -> tensor<1x10xf32> {
      ...
      bitpack.return %logits : tensor<1x10xf32>
    }
    ```

    Constraints:
    * C1: the argument is `tensor<1xHxWxCxui8>` and the result `tensor<1xNxf32>`.
    * C2: the name is an identifier of C.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def Bitpack_ReturnOp : Bitpack_Op<"return", [
    Pure, Terminator, HasParent<"NetworkOp">]> {
  let summary = "ends a network with its logits";
  let description = [{
    ```mlir
    bitpack.return %logits : tensor<1x10xf32>
    ```

    Constraints:
    * C1: the operand is there and has the result type of the network.

    It has no folds: it is a terminator.
  }];
  let arguments = (ins Optional<Bitpack_Float>:$logits);
  let assemblyFormat = "($logits^ `:` type($logits))? attr-dict";
  let builders = [OpBuilder<(ins), "">];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

class Bitpack_LayerOp<string mnemonic>
    : Bitpack_Op<mnemonic, [
        Pure, AttrSizedOperandSegments,
        DeclareOpInterfaceMethods<Bitpack_LayerOpInterface,
                                  ["getMacs", "getGateValue",
                                   "getResidualValue"]>]> {
  // What every layer ends with; see LayerOpInterface.
  dag epilogue = (ins OptionalAttr<Bitpack_FloatsAttr>:$scale,
                      OptionalAttr<Bitpack_FloatsAttr>:$bias,
                      OptionalAttr<Bitpack_ActivationKind>:$activation,
                      Optional<Bitpack_Float>:$gate,
                      Optional<Bitpack_FloatOrCodes>:$residual,
                      OptionalAttr<StrAttr>:$code_name,
                      OptionalAttr<Bitpack_ReciprocalAttr>:$reciprocal,
                      DefaultValuedOptionalAttr<I64Attr, "0">:$zero_point);
  string epilogueFormat = [{
    oilist(`scale` $scale | `bias` $bias | `activation` $activation
         | `gate` `(` $gate `:` type($gate) `)`
         | `residual` `(` $residual `:` type($residual) `)`
         | `quantize` $code_name custom<Reciprocal>($reciprocal)
         | `zero_point` $zero_point)
    attr-dict `:` type($input) `->` type($result)
  }];
  let results = (outs Bitpack_FloatOrCodes:$result);
  let hasVerifier = 1;
}

class Bitpack_ConvOp<string mnemonic> : Bitpack_LayerOp<mnemonic> {
  let arguments = !con((ins StrAttr:$layer, Bitpack_Codes:$input,
                            DefaultValuedOptionalAttr<I64Attr, "0">
                                :$input_zero_point,
                            Bitpack_BytesAttr:$weights, I64Attr:$weight_bits,
                            UnitAttr:$odd,
                            DenseI64ArrayAttr:$kernel, I64Attr:$stride,
                            OptionalAttr<Bitpack_RequantizationAttr>
                                :$requantization),
                       epilogue);
  let assemblyFormat = [{
    $layer $input (`input_zero_point` $input_zero_point^)?
    `weights` $weights `bits` $weight_bits (`odd` $odd^)? `kernel` $kernel
    `stride` $stride (`requantize` $requantization^)?
  }] # epilogueFormat;
}

def Bitpack_Conv2DOp : Bitpack_ConvOp<"conv2d"> {
  let summary = "a quantized convolution on codes, with its epilogue";
  let description = [{
    The exact integer convolution, the sum of (q - zp)*w over the taps inside
    the picture: q an unsigned activation code, zp = `input_zero_point`, w a
    weight code, or 2w+1 for it with `odd` (N15). Padding is k/2. `weights` holds N rows of kh*kw*C codes of `weight_bits` bits each in
    two's complement, as one little-endian bit stream without padding, in the
    order (n, ky, kx, c).

    ```mlir
    %1 = bitpack.conv2d "b1.ib" %0 weights dense<"0x..."> : tensor<256xi8>
      bits 2 kernel [1, 1] stride 1 scale dense<...> : tensor<64xf32>
      bias dense<...> : tensor<64xf32> activation relu
      quantize "b1.dw.input" reciprocal 4.0
      : tensor<1x12x12x16x!bitpack.codes<2>>
      -> tensor<1x12x12x64x!bitpack.codes<2>>
    ```

    Constraints:
    * C1: input and result are 1xHxWxC, the result ceil(H/stride) high and
      ceil(W/stride) wide; the stride is positive, the kernel odd and square.
      A result of one pixel may also be 1xC.
    * C2: `weight_bits` is 1 to 8 and `weights` has ceil(N*kh*kw*C*bits/8)
      bytes.
    * C3: the epilogue fits the result (LayerOpInterface), and has `scale` and
      `bias`.
    * C4: `input_zero_point` is a code of the input.
    * C5: `requantize` is there only where the result is of codes, with no gate
      and no residual; it has as many channels as the result, 2^bits - 1
      thresholds each or codes of the result in its table.

    `requantize` says how the codes are computed (N14): it is the function that
    the epilogue defines, in another form. An object is only made of one that
    agrees with the epilogue on every accumulator that the weights allow.
  }];
  let extraClassDeclaration = [{
    /// The type of the result as 1xHxWxC.
    ::mlir::RankedTensorType getPictureType();
  }];
}

def Bitpack_DepthwiseConv2DOp : Bitpack_ConvOp<"depthwise_conv2d"> {
  let summary = "a quantized depthwise convolution on codes";
  let description = [{
    As `bitpack.conv2d`, every output channel reading the input channel of its
    own number. `weights` has C rows of kh*kw codes.

    Constraints: C1 to C5 of `bitpack.conv2d`; the result is 1xHxWxC.
  }];
}

def Bitpack_FloatConv2DOp : Bitpack_LayerOp<"float_conv2d"> {
  let summary = "a full-precision convolution, with its epilogue";
  let description = [{
    Rule N5: from +0, (ky, kx, ci) ascending, multiply then add. An input of
    bytes is normalized on the way, `x = f32(p) * input_scale[c] +
    input_bias[c]` (N8); taps outside the picture are 0 after that.

    Constraints:
    * C1: shapes as C1 of `bitpack.conv2d`; `weights` is NxKxKxC.
    * C2: `input_scale` and `input_bias` of C values each are there exactly
      when the input is of bytes.
    * C3: the epilogue fits the result (LayerOpInterface).
  }];
  let arguments = !con((ins StrAttr:$layer, Bitpack_FloatOrImage:$input,
                            Bitpack_FloatsAttr:$weights, I64Attr:$stride,
                            OptionalAttr<Bitpack_FloatsAttr>:$input_scale,
                            OptionalAttr<Bitpack_FloatsAttr>:$input_bias),
                       epilogue);
  let assemblyFormat = [{
    $layer $input (`normalize` $input_scale^ `,` $input_bias)?
    `weights` $weights `stride` $stride
  }] # epilogueFormat;
}

def Bitpack_LinearOp : Bitpack_LayerOp<"linear"> {
  let summary = "a full-precision fully connected layer";
  let description = [{
    Rule N5 over all K elements of the input, which may have any shape; the
    bias is that of the epilogue.

    Constraints:
    * C1: `weights` is NxK, the result has N elements.
    * C2: the epilogue fits the result (LayerOpInterface).
  }];
  let arguments = !con((ins StrAttr:$layer, Bitpack_Float:$input,
                            Bitpack_FloatsAttr:$weights), epilogue);
  let assemblyFormat = "$layer $input `weights` $weights" # epilogueFormat;
}

def Bitpack_ElementwiseOp : Bitpack_LayerOp<"elementwise"> {
  let summary = "an epilogue by itself";
  let description = [{
    For values with more than one use (the residual stream, the input of
    squeeze-excite) and for whatever doesn't follow a convolution. A code q of
    the input counts as q - `input_zero_point`.

    ```mlir
    %q = bitpack.elementwise "b3.pl.input" %y gate(%g : tensor<1x1x1x72xf32>)
      quantize "b3.pl.input" reciprocal 2.0
      : tensor<1x6x6x72xf32> -> tensor<1x6x6x72x!bitpack.codes<4>>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: the epilogue fits the result (LayerOpInterface).
    * C3: `input_zero_point` is a code of the input, 0 if that is of floats.

    With an empty epilogue it folds to its input.
  }];
  let hasFolder = 1;
  let arguments = !con((ins StrAttr:$layer, Bitpack_FloatOrCodes:$input,
                            DefaultValuedOptionalAttr<I64Attr, "0">
                                :$input_zero_point), epilogue);
  let assemblyFormat = [{
    $layer $input (`input_zero_point` $input_zero_point^)?
  }] # epilogueFormat;
}

def Bitpack_PoolOp : Bitpack_Op<"pool", [
    Pure, Bitpack_LayerOpInterface]> {
  let summary = "a global average pool with integer sums";
  let description = [{
    Rule N4: of floats with F = `fraction`, of codes q the sum of
    q - `input_zero_point`, times `step`.

    ```mlir
    %p = bitpack.pool "pool" %x fraction 17
      : tensor<1x7x7x960xf32> -> tensor<1x1x1x960xf32>
    %p = bitpack.pool "b5.se.pool" %q step 0.0684958696
      : tensor<1x28x28x144x!bitpack.codes<8>> -> tensor<1x1x1x144xf32>
    ```

    Constraints:
    * C1: the input is 1xHxWxC, the result has C elements.
    * C2: `step` is there where the input is of codes, and only there;
      `fraction` where it is of floats, and only there.
    * C3: `fraction` is in [-126, 126].
    * C4: `input_zero_point` is a code of the input, 0 if that is of floats.
    * C5: pictures of codes have less than 2^23 pixels.
  }];
  let arguments = (ins StrAttr:$layer, Bitpack_FloatOrCodes:$input,
                       OptionalAttr<F32Attr>:$step,
                       DefaultValuedOptionalAttr<I64Attr, "0">
                           :$input_zero_point, OptionalAttr<I32Attr>:$fraction);
  let results = (outs Bitpack_Float:$result);
  let assemblyFormat = [{
    $layer $input (`step` $step^)? (`input_zero_point` $input_zero_point^)?
    (`fraction` $fraction^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Bitpack_MaxPoolOp : Bitpack_Op<"max_pool", [
    Pure, DeclareOpInterfaceMethods<Bitpack_LayerOpInterface,
                                    ["getCodeNameAttr", "usesTable"]>]> {
  let summary = "the largest value of each window";
  let description = [{
    Padding is k/2; taps outside the picture are left out, so no window is
    empty. Of equal values (-0 and +0) the first one counts, a NaN only where
    all are (`numerics::maxStep`). A layer on codes is named as its codes are.

    ```mlir
    %1 = bitpack.max_pool "pool" %0 kernel 3 stride 2
      : tensor<1x9x9x16xf32> -> tensor<1x5x5x16xf32>
    %3 = bitpack.max_pool "stem.residual" %2 kernel 3 stride 2
      : tensor<1x6x6x8x!bitpack.codes<8>> -> tensor<1x3x3x8x!bitpack.codes<8>>
    ```

    Constraints:
    * C1: shapes, kernel and stride as C1 of `bitpack.conv2d`.
    * C2: as many channels in the result as in the input, and elements of the
      same type.
  }];
  let arguments = (ins StrAttr:$layer, Bitpack_FloatOrCodes:$input,
                       I64Attr:$kernel, I64Attr:$stride);
  let results = (outs Bitpack_FloatOrCodes:$result);
  let assemblyFormat = [{
    $layer $input `kernel` $kernel `stride` $stride attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

// Codes by a table of bytes; the layer is named as its codes are.
class Bitpack_ByTableOp<string mnemonic>
    : Bitpack_Op<mnemonic, [
        Pure, DeclareOpInterfaceMethods<Bitpack_LayerOpInterface,
                                        ["getCodeNameAttr", "usesTable"]>]> {
  let results = (outs Bitpack_Codes:$result);
  let hasVerifier = 1;
}

def Bitpack_MapOp : Bitpack_ByTableOp<"map"> {
  let summary = "codes of codes, by a table";
  let description = [{
    `result = table[input]`: what a consumer of an integer residual stream
    makes of it (N7), or any other function of one code.

    ```mlir
    %1 = bitpack.map "b2.ib.input" %0 table dense<...> : tensor<256xi8>
      : tensor<1x6x6x8x!bitpack.codes<8>> -> tensor<1x6x6x8x!bitpack.codes<4>>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: `table` has 256 bytes, all of them codes of the result.

    With a table that gives every code back it folds to its input; a map of a
    map becomes one.
  }];
  let hasFolder = 1;
  let hasCanonicalizeMethod = 1;
  let arguments = (ins StrAttr:$layer, Bitpack_Codes:$input,
                       Bitpack_BytesAttr:$table);
  let assemblyFormat = [{
    $layer $input `table` $table attr-dict `:` type($input) `->` type($result)
  }];
}

def Bitpack_TableOp : Bitpack_ByTableOp<"table"> {
  let summary = "codes of a picture, by a table per colour";
  let description = [{
    `result[.., c] = tables[input[.., c]][c]`: normalization and quantizer of
    the picture in one step (N8, N17).

    ```mlir
    %1 = bitpack.table "stem.input" %image tables dense<...> : tensor<256x3xi8>
      : tensor<1x8x8x3xui8> -> tensor<1x8x8x3x!bitpack.codes<8>>
    ```

    Constraints:
    * C1: input and result have the same shape.
    * C2: `tables` is 256xC bytes, all of them codes of the result.
  }];
  let arguments = (ins StrAttr:$layer, Bitpack_Image:$input,
                       Bitpack_BytesAttr:$tables);
  let assemblyFormat = [{
    $layer $input `tables` $tables attr-dict `:` type($input) `->` type($result)
  }];
}

#endif // BITPACK_OPS_TD
