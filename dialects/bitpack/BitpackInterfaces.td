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
    4. `z = z + residual` (N7)
    5. `code = rne(min(max(z * reciprocal, 0), 2^bits - 1))` (N3)

    An integer accumulator is converted to `f32` first.
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
    InterfaceMethod<"r of N3, or null where no codes are made.",
        "::mlir::FloatAttr", "getReciprocalAttr", (ins), "", "return {};">,
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
  }];
}

#endif // BITPACK_INTERFACES_TD
