//===- BitpackBase.td - The bitpack dialect ----------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BITPACK_BASE_TD
#define BITPACK_BASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Bitpack_Dialect : Dialect {
  let name = "bitpack";
  let cppNamespace = "::mlir::bitpack";
  let summary = "Networks as they are executed: packed weights, fused layers";
  let description = [{
    The `bitpack` dialect holds a network whose every operation is one kernel
    call. Weights are packed at their own bit-width, everything that follows an
    accumulator up to the next quantizer is fused into one epilogue, and every
    value is one buffer: codes as one unsigned byte each, floats as `f32`, both
    NHWC and contiguous. The arithmetic is that of rules N1 to N8 of
    `docs/Numerics.md`, in the order written there.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
  let hasCanonicalizer = 1;
}

def Bitpack_CodesType : TypeDef<Bitpack_Dialect, "Codes"> {
  let mnemonic = "codes";
  let summary = "an unsigned code of a quantized activation";
  let description = [{
    A code from 0 to 2^bits - 1, held in one byte at run time.

    ```mlir
    tensor<1x28x28x40x!bitpack.codes<4>>
    ```
  }];
  let parameters = (ins "unsigned":$bits);
  let assemblyFormat = "`<` $bits `>`";
  let genVerifyDecl = 1;
}

def Bitpack_ActivationKind
    : I32EnumAttr<"ActivationKind", "activation of an epilogue (N2)", [
        I32EnumAttrCase<"Relu", 0, "relu">,
        I32EnumAttrCase<"HSwish", 1, "h_swish">,
        I32EnumAttrCase<"HSigmoid", 2, "h_sigmoid">,
        I32EnumAttrCase<"Relu6", 3, "relu6">]> {
  let cppNamespace = "::mlir::bitpack";
}

def Bitpack_FloatsAttr : FloatElementsAttr<32>;
def Bitpack_BytesAttr : SignlessIntElementsAttr<8>;
def Bitpack_ReciprocalAttr
    : AnyAttrOf<[F32Attr, Bitpack_FloatsAttr], "32-bit float, or one per channel">;

//===----------------------------------------------------------------------===//
// Operand types
//===----------------------------------------------------------------------===//

class Bitpack_Tensor<string predicate, string summary> : Type<And<[
    CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).hasStaticShape()">,
    CPred<"(" # predicate # ")">]>, summary, "::mlir::RankedTensorType">;

defvar isCodes = "::llvm::isa<::mlir::bitpack::CodesType>("
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType())";
defvar isFloat =
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isF32()";
defvar isImage = "::llvm::cast<::mlir::RankedTensorType>($_self)"
    ".getElementType().isUnsignedInteger(8)";

def Bitpack_Codes : Bitpack_Tensor<isCodes, "static tensor of codes">;
def Bitpack_Image : Bitpack_Tensor<isImage, "static tensor of image bytes">;
def Bitpack_Float : Bitpack_Tensor<isFloat, "static tensor of 32-bit floats">;
def Bitpack_FloatOrImage
    : Bitpack_Tensor<!strconcat(isFloat, " || ", isImage),
                     "static tensor of 32-bit floats or image bytes">;
def Bitpack_FloatOrCodes
    : Bitpack_Tensor<!strconcat(isFloat, " || ", isCodes),
                     "static tensor of 32-bit floats or codes">;

#endif // BITPACK_BASE_TD
