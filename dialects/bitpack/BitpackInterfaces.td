//===- BitpackInterfaces.td - What every layer can tell ----*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BITPACK_INTERFACES_TD
#define BITPACK_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Bitpack_LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::mlir::bitpack";
  let description = [{
    An operation that becomes one kernel: it reads its operands, computes a
    float per output element, and sends it through the epilogue. The epilogue
    does what is present, in this order, per output channel c:

    1. `z = z * scale[c]`, then `z = z + bias[c]` (N1)
    2. `z = activation(z)` (N2)
    3. `z = z * gate[c]` (N6)
    4. `z = z + residual`, where the residual is of floats (N7)
    5. `code = rne(min(max(z * reciprocal, -zp), 2^bits - 1 - zp)) + zp` with
       zp = `zero_point` (N3). A NaN has code zp. The reciprocal may also be
       one per channel: `reciprocals dense<...> : tensor<Cxf32>`.

    An integer accumulator is converted to `f32` first. Where the residual is
    of codes, it is an integer residual stream (N7), and 4 and 5 become
    `code = min(max(residual + rne(z * reciprocal), 0), 255)`.

    Codes are unsigned bytes. A signed activation of b bits is stored as its
    code plus 2^(b-1): that is its zero point.

    Steps that change no bit are left out by canonicalization: a scale of 1, a
    bias of -0, a relu right before codes without zero point.

    Constraints on every epilogue:
    * E1: `scale` and `bias` have one value per channel of the result, the gate
      one element; the residual has the result's shape. The channels are the
      last of at least two dimensions.
    * E2: `quantize` is there exactly when the result is of codes.
    * E3: every reciprocal is finite and positive; there is one, or one per
      channel.
    * E4: `zero_point` is a code of the result.
    * E5: a residual of codes is of 8 bits, the result too, with zero point 128
      and one reciprocal.
    * E6: every operand and the result have 1 to 2^31 elements.
  }];
  let methods = [
    InterfaceMethod<"The name of the layer.", "::llvm::StringRef", "getLayer">,
    InterfaceMethod<"The result tensor.",
        "::mlir::TypedValue<::mlir::RankedTensorType>", "getResult">,
    InterfaceMethod<"Factor per channel, or null.",
        "::mlir::DenseElementsAttr", "getScaleAttr",
        (ins), "", "return {};">,
    InterfaceMethod<"Summand per channel, or null.",
        "::mlir::DenseElementsAttr", "getBiasAttr", (ins), "", "return {};">,
    InterfaceMethod<"The activation, if any.",
        "::std::optional<::mlir::bitpack::ActivationKind>", "getActivation",
        (ins), "", "return ::std::nullopt;">,
    InterfaceMethod<"The gate, one factor per channel, or null.",
        "::mlir::Value", "getGateValue", (ins), "", "return {};">,
    InterfaceMethod<"The summand of the shape of the result, or null.",
        "::mlir::Value", "getResidualValue", (ins), "", "return {};">,
    InterfaceMethod<"The name of the codes, or null where none are made.",
        "::mlir::StringAttr", "getCodeNameAttr", (ins), "", "return {};">,
    InterfaceMethod<"r of N3, a FloatAttr or floats per channel, or null where "
                    "nothing is quantized.",
        "::mlir::Attribute", "getReciprocalAttr", (ins), "", "return {};">,
    InterfaceMethod<"The code of 0.", "int64_t", "getZeroPoint",
        (ins), "", "return 0;">,
    InterfaceMethod<"Whether codes come of others instead of a quantizer.",
        "bool", "usesTable", (ins), "", "return false;">,
    InterfaceMethod<"Multiply-accumulates of one inference.", "int64_t",
        "getMacs", (ins), "", "return 0;">,
  ];
  let verify = "return verifyLayer(::llvm::cast<LayerOpInterface>($_op));";
  let extraClassDeclaration = [{
    /// The name under which the result is reported: that of the codes, or
    /// `<layer>.output`.
    std::string getTensorName();
    /// Bits of the codes that are made, or 0.
    unsigned getCodeBits();
    /// The floats of a reciprocal per channel, or null.
    ::mlir::DenseElementsAttr getChannelReciprocals();
    /// Whether the residual is an integer stream.
    bool hasIntegerResidual();
    /// Whether the result is new to who follows a run: not where codes, which
    /// were reported themselves, only become the floats they stand for, nor
    /// codes that are only there for a pool of them.
    bool isReported();
  }];
}

#endif // BITPACK_INTERFACES_TD
