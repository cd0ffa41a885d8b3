//===- OqatAttrs.td - Attributes of the oqat dialect -------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ATTRS_TD
#define OQAT_ATTRS_TD

include "OqatEnums.td"
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
