//===- OqatElasticOps.td - Spaces, networks, choices -------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_ELASTIC_OPS_TD
#define OQAT_ELASTIC_OPS_TD

include "OqatAttrs.td"
include "OqatEnums.td"
include "OqatInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Oqat_SpaceOp : Oqat_Op<"space", [
    Symbol, SymbolTable, IsolatedFromAbove, SingleBlock, NoTerminator,
    NoRegionArguments]> {
  let summary = "the choices that a supernet leaves open";
  let description = [{
    A symbol table of `oqat.choice`s. One subnet is one value per choice.

    ```mlir
    oqat.space @space {
      oqat.choice @d_0 key "d" index 0 values [1, 2]
    }
    ```

    Constraints:
    * C1: the body holds `oqat.choice` operations only.
    * C2: no two choices share key and index.

    Choices that no network of the space refers to are removed.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Oqat_ChoiceOp : Oqat_Op<"choice", [
    Symbol, HasParent<"SpaceOp">]> {
  let summary = "one open decision and the values it may take";
  let description = [{
    `key` and `index` say where the value of this choice stands in a subnet
    file: `"e": [3, ...]` at `index`, or the number under `key` where there is
    no index. A `per_layer` choice takes one number for all layers, or a list
    with one entry per active quantized convolution in program order; layers
    whose bits are both choices of the whole network have no entry. A subnet
    that lacks the key takes the `default`, where there is one.

    ```mlir
    oqat.choice @e_0 key "e" index 0 values [2, 3, 4]
    oqat.choice @bits_w key "bits_w" per_layer values [2, 3, 4, 8]
    oqat.choice @bits_ends key "bits_ends" values [8, 32] default 32
    ```

    Constraints:
    * C1: `values` is not empty, positive and strictly increasing.
    * C2: `index` is not negative, and a `per_layer` choice has none.
    * C3: `default` is one of the values.

    It has no folds: it is declarative.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$key,
                       OptionalAttr<I64Attr>:$index, UnitAttr:$per_layer,
                       DenseI64ArrayAttr:$values,
                       OptionalAttr<I64Attr>:$default_value);
  let assemblyFormat = [{
    $sym_name `key` $key (`index` $index^)? (`per_layer` $per_layer^)?
    `values` $values (`default` $default_value^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Oqat_ParameterOp : Oqat_Op<"parameter", [Symbol]> {
  let summary = "a learned tensor at its largest extent";
  let description = [{
    The symbol is also the key of the tensor in a safetensors file. A step is
    a scalar, has one entry per value of a bits choice, one per channel, or one
    per entry and channel. A parameter without a value gets one from
    `--oqat-load-weights` or `--oqat-randomize-weights`.
    One that is `constant` is not learned: no file holds it and nothing changes
    it.

    ```mlir
    oqat.parameter @stem.weight kind weight : tensor<16x3x3x3xf32>
    oqat.parameter @b0.dw.input_step kind step : tensor<f32> = dense<0.1> : tensor<f32>
    oqat.parameter @b1.ib.input_step kind step : tensor<4xf32>
    oqat.parameter @b1.se.gate_step kind step constant : tensor<f32> = dense<0x3B808081> : tensor<f32>
    ```

    Constraints:
    * C1: the type is static, of 1 to 2^30 elements, its element type f32.
    * C2: a step or offset has at most two dimensions, a weight four or two, a
      transform is a square matrix, every other kind has one dimension.
    * C3: a value has the type of the parameter.
    * C4: a constant has a value.

    It has no folds: it is a definition.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Oqat_ParameterKindAttr:$kind,
                       UnitAttr:$constant, TypeAttrOf<Oqat_FloatTensor>:$type,
                       OptionalAttr<ElementsAttr>:$value);
  let assemblyFormat = [{
    $sym_name `kind` custom<ParameterKind>($kind) (`constant` $constant^)?
    `:` $type (`=` $value^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getType());
    }
  }];
}

def Oqat_SupernetOp : Oqat_Op<"supernet", [
    FunctionOpInterface, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface,
                              ["getChoices", "materialize"]>]> {
  let summary = "a network: one picture batch in, logits out";
  let description = [{
    A function-like operation. With a `space` the network is elastic; without
    one it is fixed. `subnet` records, on a fixed network, the choices that it
    came from as a JSON object.

    ```mlir
    oqat.supernet @net space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
      ...
      oqat.return %logits : tensor<?x10xf32>
    }
    ```

    Constraints:
    * C1: one argument, an ui8 picture batch, and one f32 result of two
      dimensions.
    * C2: `space` names an `oqat.space` of the module.
    * C3: the body ends with `oqat.return`.

    It has no folds: it is a definition.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       OptionalAttr<FlatSymbolRefAttr>:$space,
                       OptionalAttr<StrAttr>:$subnet,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name (`space` $space^)? (`subnet` $subnet^)? attr-dict-with-keyword
    custom<NetworkBody>($function_type, $body)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    /// The space of an elastic network; null on a fixed one.
    ::mlir::oqat::SpaceOp lookupSpace();
    /// The choice of that name in the network's space, or null.
    ::mlir::oqat::ChoiceOp lookupChoice(::mlir::FlatSymbolRefAttr choice);
  }];
}

def Oqat_ReturnOp : Oqat_Op<"return", [
    Pure, Terminator, HasParent<"SupernetOp">,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface, ["materialize"]>]> {
  let summary = "ends a network with its logits";
  let description = [{
    ```mlir
    oqat.return %logits : tensor<?x10xf32>
    ```

    Constraints:
    * C1: the operand has the result type of the network.

    It has no folds: it is a terminator.
  }];
  let arguments = (ins Oqat_FloatTensor:$logits);
  let assemblyFormat = "$logits attr-dict `:` type($logits)";
  let hasVerifier = 1;
}

def Oqat_StageOp : Oqat_Op<"stage", [
    RecursiveMemoryEffects, SingleBlock,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface,
                              ["getChoices", "materialize"]>]> {
  let summary = "a chain of blocks of which the first d run";
  let description = [{
    One region per block slot. The first region takes the input, every other
    one what the region before it yields. With depth d the first d regions run
    and the result is what the last of them yields.

    ```mlir
    %s = oqat.stage choice @d_0 (%arg0 = %x : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
      ...
      oqat.yield %b : tensor<?x?x?x?xf32>
    } {
      ...
      oqat.yield %c : tensor<?x?x?x?xf32>
    }
    ```

    Constraints:
    * C1: at least one region; every region has one argument: of the input's
      type in the first region, of the result's type in the others.
    * C2: every region ends with an `oqat.yield` of the result's type.
    * C3: no value of the choice exceeds the number of regions.

    With one possible depth it becomes its first regions; regions beyond the
    largest depth are removed.
  }];
  let arguments = (ins FlatSymbolRefAttr:$choice, Oqat_FloatTensor:$input);
  let results = (outs Oqat_FloatTensor:$result);
  let regions = (region VariadicRegion<SizedRegion<1>>:$blocks);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Oqat_YieldOp : Oqat_Op<"yield", [
    Pure, Terminator, ReturnLike, HasParent<"StageOp">]> {
  let summary = "ends a block slot of a stage";
  let description = [{
    ```mlir
    oqat.yield %b : tensor<?x?x?x?xf32>
    ```

    It has no folds: it is a terminator.
  }];
  let arguments = (ins Oqat_FloatTensor:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def Oqat_WeightOp : Oqat_Op<"weight", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<Oqat_ElasticOpInterface,
                              ["getChoices", "materialize"]>]> {
  let summary = "the active part of a weight parameter";
  let description = [{
    Takes the first output rows and the first input columns of an OHWI
    parameter. Where the kernel is smaller than the parameter's, the centre is
    cut out, step by step through the sizes of `transforms`, each crop being
    multiplied by its learned matrix (OQAT.md section 3). `out`, `in` and
    `kernel` stand only while open: on a fixed weight the result type has the
    extents, and `transforms` holds exactly the matrices that apply. A matrix
    of two dimensions, for `oqat.linear`, has neither kernel nor transforms.

    ```mlir
    %w = oqat.weight @b1.dw.weight out <16 * @e_0> kernel @ks_0 transforms [@b1.dw.transform_5to3] : tensor<?x?x?x1xf32>
    %w = oqat.weight @b1.dw.weight transforms [@b1.dw.transform_5to3] : tensor<48x3x3x1xf32>
    %w = oqat.weight @classifier.weight : tensor<10x384xf32>
    ```

    Constraints:
    * C1: the symbol names a parameter of kind weight of as many dimensions as
      the result: four or two.
    * C2: an extent is dynamic exactly where it is left to a choice.
    * C3: no extent, for any value of its choice, exceeds the parameter's;
      kernels are odd and square.
    * C4: transforms are square matrices over k*k taps, from large to small;
      a weight of two dimensions has no kernel and no transforms.

    Extents whose choice has one value are decided. On a fixed network a
    transform whose value is the identity is left out.
  }];
  let arguments = (ins FlatSymbolRefAttr:$parameter,
                       OptionalAttr<Oqat_WidthAttr>:$out,
                       OptionalAttr<Oqat_WidthAttr>:$in,
                       OptionalAttr<FlatSymbolRefAttr>:$kernel,
                       OptionalAttr<Oqat_SymbolArrayAttr>:$transforms);
  let results = (outs Oqat_FloatTensor:$result);
  let assemblyFormat = [{
    $parameter (`out` custom<Width>($out)^)? (`in` custom<Width>($in)^)?
    (`kernel` $kernel^)? (`transforms` $transforms^)? attr-dict
    `:` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif // OQAT_ELASTIC_OPS_TD
