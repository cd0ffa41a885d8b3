//===- OqatEnums.td - Enumerations of the oqat dialect -----*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ENUMS_TD
#define OQAT_ENUMS_TD

include "OqatBase.td"
include "mlir/IR/EnumAttr.td"

def Oqat_Relu : I32EnumAttrCase<"Relu", 0, "relu">;
def Oqat_HSwish : I32EnumAttrCase<"HSwish", 1, "h_swish">;
def Oqat_HSigmoid : I32EnumAttrCase<"HSigmoid", 2, "h_sigmoid">;
def Oqat_Relu6 : I32EnumAttrCase<"Relu6", 3, "relu6">;

def Oqat_ActivationKind
    : I32EnumAttr<"ActivationKind", "pointwise activation (N2)",
                  [Oqat_Relu, Oqat_HSwish, Oqat_HSigmoid, Oqat_Relu6]> {
  let cppNamespace = "::mlir::oqat";
  let genSpecializedAttr = 0;
}
def Oqat_ActivationKindAttr
    : EnumAttr<Oqat_Dialect, Oqat_ActivationKind, "activation_kind">;

def Oqat_ParameterKind
    : I32EnumAttr<"ParameterKind", "what a parameter is to its layer", [
        I32EnumAttrCase<"Weight", 0, "weight">,
        I32EnumAttrCase<"Step", 1, "step">,
        I32EnumAttrCase<"Gamma", 2, "gamma">,
        I32EnumAttrCase<"Beta", 3, "beta">,
        I32EnumAttrCase<"Mean", 4, "mean">,
        I32EnumAttrCase<"Variance", 5, "variance">,
        I32EnumAttrCase<"Bias", 6, "bias">,
        I32EnumAttrCase<"Transform", 7, "transform">,
        I32EnumAttrCase<"Offset", 8, "offset">]> {
  let cppNamespace = "::mlir::oqat";
  let genSpecializedAttr = 0;
}
def Oqat_ParameterKindAttr
    : EnumAttr<Oqat_Dialect, Oqat_ParameterKind, "parameter_kind">;

#endif // OQAT_ENUMS_TD
