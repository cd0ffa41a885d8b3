//===- OqatAttrs.td - Attributes of the oqat dialect -------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ATTRS_TD
#define OQAT_ATTRS_TD

include "OqatEnums.td"
include "OqatInterfaces.td"
include "mlir/IR/AttrTypeBase.td"

def Oqat_WidthAttr : AttrDef<Oqat_Dialect, "Width"> {
  let mnemonic = "width";
  let summary = "an elastic channel count: a base width times a chosen ratio";
  let description = [{
    The count is `make_divisible(round(base * value of choice), 8)`.

    ```mlir
    #oqat.width<16 * @e_0>
    ```
  }];
  let parameters = (ins "int64_t":$base,
                        "::mlir::FlatSymbolRefAttr":$choice);
  let assemblyFormat = "`<` $base `*` $choice `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The channel count for one value of the choice.
    int64_t widthFor(int64_t value) const;
  }];
}

//===----------------------------------------------------------------------===//
// Quantizer schemes
//===----------------------------------------------------------------------===//

class Oqat_SchemeAttr<string name, string keyword, list<string> extra = []>
    : AttrDef<Oqat_Dialect, name, [
        DeclareAttrInterfaceMethods<Oqat_QuantizerAttrInterface, extra>]> {
  let mnemonic = keyword;
}

def Oqat_LsqAttr : Oqat_SchemeAttr<"Lsq", "lsq"> {
  let summary = "a learned step (N3)";
  let description = [{
    The scheme of a quantizer that names none. Weights of one bit are their
    signs (N16).

    ```mlir
    #oqat.lsq
    ```
  }];
}

def Oqat_LsqPlusAttr
    : Oqat_SchemeAttr<"LsqPlus", "lsq_plus", ["getOffsetParameter"]> {
  let summary = "a learned step and a learned offset: an integer zero point";
  let description = [{
    Unsigned codes of activations around z = rne(clamp(-o*r, 0, Qp)), o being
    the parameter `offset` of kind offset and the step's shape.

    ```mlir
    #oqat.lsq_plus<offset = @b1.ib.input_offset>
    ```
  }];
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$offset);
  let assemblyFormat = "`<` `offset` `=` $offset `>`";
}

def Oqat_LiqAttr : Oqat_SchemeAttr<"Liq", "liq", ["normalizesWeights"]> {
  let summary = "a learned interval: the step parameter is the clip value (N15)";
  let description = [{
    Weights (signed) get levels without zero, the odd multiples of
    |a|/(2^k - 1), with `normalize` after they were brought to mean 0 and
    deviation 1. Activations (unsigned) are those of `#oqat.pact`.

    ```mlir
    #oqat.liq<normalize>
    ```
  }];
  let parameters = (ins DefaultValuedParameter<"bool", "false">:$normalize);
  let hasCustomAssemblyFormat = 1;
}

def Oqat_PactAttr : Oqat_SchemeAttr<"Pact", "pact"> {
  let summary = "a learned clip value of an unsigned activation";
  let description = [{
    The step is |a|/(2^k - 1), a being the value of the step parameter.

    ```mlir
    #oqat.pact
    ```
  }];
}

def Oqat_AnySchemeAttr
    : Attr<CPred<"::llvm::isa<::mlir::oqat::QuantizerAttrInterface>($_self)">,
           "quantizer scheme"> {
  let storageType = "::mlir::oqat::QuantizerAttrInterface";
  let returnType = "::mlir::oqat::QuantizerAttrInterface";
  let convertFromStorage = "$_self";
}

/// The exact f32 step of the integer form, or one per channel.
def Oqat_StepAttr
    : AnyAttrOf<[F32Attr, FloatElementsAttr<32>],
                "32-bit float, or one per channel">;

/// `@choice` while elastic, an integer once decided.
def Oqat_BitsAttr
    : Attr<CPred<"::llvm::isa<::mlir::FlatSymbolRefAttr>($_self) || "
                 "(::llvm::isa<::mlir::IntegerAttr>($_self) && "
                 "::llvm::cast<::mlir::IntegerAttr>($_self)"
                 ".getType().isSignlessInteger(64))">,
           "a choice symbol or a 64-bit integer"> {
  let storageType = "::mlir::Attribute";
  let returnType = "::mlir::Attribute";
  let convertFromStorage = "$_self";
}

def Oqat_SymbolArrayAttr
    : TypedArrayAttrBase<FlatSymbolRefAttr, "array of parameter symbols">;

#endif // OQAT_ATTRS_TD
