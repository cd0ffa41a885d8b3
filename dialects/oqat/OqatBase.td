//===- OqatBase.td - The oqat dialect ----------------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_BASE_TD
#define OQAT_BASE_TD

include "mlir/IR/OpBase.td"

def Oqat_Dialect : Dialect {
  let name = "oqat";
  let cppNamespace = "::mlir::oqat";
  let summary = "Networks as they are learned: elastic, quantization-aware";
  let description = [{
    The `oqat` dialect carries a network from the elastic supernet (every
    choice open) over one fixed subnet (static shapes, learned steps) to the
    integer form (`!quant.uniform` codes, batch norm folded). Activations are
    NHWC, weights OHWI. The arithmetic of every operation is fixed by the rules
    N1 to N16 of `docs/Numerics.md`.
  }];
  let dependentDialects = ["::mlir::quant::QuantizationDialect"];
  let useDefaultAttributePrinterParser = 1;
}

//===----------------------------------------------------------------------===//
// Type constraints
//===----------------------------------------------------------------------===//

class Oqat_QuantTensor<string signedness, string summary> : Type<And<[
    CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">,
    CPred<"::mlir::oqat::isCodes" # signedness #
          "(::llvm::cast<::mlir::RankedTensorType>($_self).getElementType())">
  ]>, summary, "::mlir::RankedTensorType">;

def Oqat_Codes : Oqat_QuantTensor<"", "tensor of uniform quantized codes">;

def Oqat_FloatTensor : RankedTensorOf<[F32]>;
def Oqat_ImageTensor
    : TypeConstraint<And<[RankedTensorOf<[UI8]>.predicate,
                          HasAnyRankOfPred<[4]>]>,
                     "4-D tensor of 8-bit unsigned integer values",
                     "::mlir::RankedTensorType">;
def Oqat_AccumulatorTensor : RankedTensorOf<[I32]>;

/// Float, or the integer codes of a quantized operand.
def Oqat_FloatOrCodes : Type<Or<[Oqat_FloatTensor.predicate,
                                 Oqat_Codes.predicate]>,
                             "tensor of 32-bit float or quantized codes",
                             "::mlir::RankedTensorType">;
/// What a convolution yields: float, or the exact integer accumulator.
def Oqat_FloatOrAccumulator
    : Type<Or<[Oqat_FloatTensor.predicate, Oqat_AccumulatorTensor.predicate]>,
           "tensor of 32-bit float or 32-bit accumulators",
           "::mlir::RankedTensorType">;

class Oqat_Op<string mnemonic, list<Trait> traits = []>
    : Op<Oqat_Dialect, mnemonic, traits>;

#endif // OQAT_BASE_TD
