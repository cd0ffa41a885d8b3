//===- BitpackAttrs.td - Requantization forms --------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BITPACK_ATTRS_TD
#define BITPACK_ATTRS_TD

include "BitpackBase.td"

class Bitpack_Attr<string name, string attrMnemonic>
    : AttrDef<Bitpack_Dialect, name> {
  let mnemonic = attrMnemonic;
  let genVerifyDecl = 1;
}

def Bitpack_ThresholdsAttr : Bitpack_Attr<"Thresholds", "thresholds"> {
  let summary = "codes as counts of thresholds below the accumulator (N14)";
  let description = [{
    Of channel c, the code is the number of `values[c]` that are less than the
    accumulator, or, where `falling[c]`, less than its complement -acc - 1.
    Without `falling`, no channel falls.

    ```mlir
    #bitpack.thresholds<dense<[[-2, 4, 9]]> : tensor<1x3xi32>>
    #bitpack.thresholds<dense<[[0], [7]]> : tensor<2x1xi32> falling [false, true]>
    ```

    Constraints:
    * C1: `values` is CxTxi32 with T > 0, and ascends along T.
    * C2: `falling` has C entries.
  }];
  let parameters = (ins "::mlir::DenseIntElementsAttr":$values,
                        OptionalParameter<"::mlir::DenseBoolArrayAttr">:$falling);
  let assemblyFormat = "`<` $values (`falling` $falling^)? `>`";
  let extraClassDeclaration = [{
    int64_t getChannels() const {
      return getValues().getType().getShape()[0];
    }
    bool isFalling(int64_t channel) const {
      return getFalling() && getFalling()[channel];
    }
  }];
}

def Bitpack_AccumulatorMapAttr
    : Bitpack_Attr<"AccumulatorMap", "accumulator_map"> {
  let summary = "codes out of a table of bytes, by the accumulator (N14)";
  let description = [{
    Of channel c, the code is `table[acc + offsets[c]]`. Channels whose codes
    agree share a part of the table.

    ```mlir
    #bitpack.accumulator_map<offsets [2, 5] table dense<[0, 1, 3, 3, 1, 0]> : tensor<6xi8>>
    ```

    Constraints:
    * C1: `table` is Nxi8.
    * C2: every offset, which is the entry of accumulator 0, is in [0, N).
  }];
  let parameters = (ins "::mlir::DenseI32ArrayAttr":$offsets,
                        "::mlir::DenseIntElementsAttr":$table);
  let assemblyFormat = "`<` `offsets` $offsets `table` $table `>`";
  let extraClassDeclaration = [{
    int64_t getChannels() const { return getOffsets().size(); }
  }];
}

def Bitpack_RequantizationAttr
    : AnyAttrOf<[Bitpack_ThresholdsAttr, Bitpack_AccumulatorMapAttr],
                "thresholds or a map of accumulators">;

#endif // BITPACK_ATTRS_TD
