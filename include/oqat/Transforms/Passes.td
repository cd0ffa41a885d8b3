//===- Passes.td - Passes within the oqat dialect ----------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRANSFORMS_PASSES_TD
#define OQAT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def MaterializeSubnet : Pass<"oqat-materialize-subnet", "::mlir::ModuleOp"> {
  let summary = "decide every choice of a supernet";
  let description = [{
    Reads one subnet, `image_size`, `ks`, `e`, `d`, `bits_w`, `bits_a`, from a
    JSON file or from text, and makes the network fixed: the first d blocks of
    every stage inline, weights of their active extents, bits per layer, static
    shapes. The space goes; parameters stay as they are.
  }];
  let options = [
    Option<"subnetFile", "subnet-file", "std::string", "",
           "JSON file with one subnet; 'file.json#id' picks from a list">,
    Option<"subnet", "subnet", "std::string", "",
           "the subnet as JSON text instead of a file">,
  ];
  let statistics = [
    Statistic<"numLayers", "num-quantized-layers",
              "Quantized layers of the fixed networks">,
    Statistic<"numStages", "num-stages", "Stages inlined">,
  ];
}

def InheritBits : Pass<"oqat-inherit-bits", "::mlir::ModuleOp"> {
  let summary = "hand a network down from K to K-1 bits";
  let description = [{
    Doubles the value of every step parameter that has one and lowers the bits
    by one: the fixed bits of quantizers, and on a supernet every value of the
    choices that quantizers refer to (OQAT.md section 6). Refuses to go from 2
    to 1 bit, which is not covered by the bound on the change.
  }];
  let statistics = [
    Statistic<"numSteps", "num-doubled-steps", "Step values doubled">,
  ];
}

def LoadWeights : Pass<"oqat-load-weights", "::mlir::ModuleOp"> {
  let summary = "give every parameter its value from a safetensors file";
  let options = [
    Option<"file", "file", "std::string", "", "the safetensors file">,
  ];
}

def RandomizeWeights : Pass<"oqat-randomize-weights", "::mlir::ModuleOp"> {
  let summary = "give every parameter of a fixed network a random value";
  let description = [{
    Normal weights as LSQ expects them; steps and batch norm statistics are
    calibrated by the interpreter on seeded pictures, so that every quantizer
    uses at least half of its codes.
  }];
  let options = [
    Option<"seed", "seed", "uint64_t", "0", "seed of all random numbers">,
  ];
}

def FreezeQuantizers : Pass<"oqat-freeze-quantizers", "::mlir::ModuleOp"> {
  let summary = "turn fake quantizers into codes of `!quant.uniform` type";
  let description = [{
    Needs a fixed network whose parameters have values. Weights become constant
    codes, activations `oqat.quantize`, convolutions integer ones followed by
    `oqat.dequantize`. Parameters keep exactly the extents in use.
  }];
  let dependentDialects = ["::mlir::quant::QuantizationDialect"];
}

def FoldBatchNorm : Pass<"oqat-fold-batch-norm", "::mlir::ModuleOp"> {
  let summary = "fold dequantization and batch norm into one rescale (N1)";
}

def AnnotateValueBounds
    : Pass<"oqat-annotate-value-bounds", "::mlir::ModuleOp"> {
  let summary = "record the fixed-point fraction of every pool (N4)";
}

def PrintCost : Pass<"oqat-print-cost", "::mlir::ModuleOp"> {
  let summary = "print macs, parameters, bops and weightBytes as JSON";
  let description = [{
    Prints one JSON object per network of the module on standard output; write
    the IR elsewhere with -o. Needs a fixed network. The rules are those of
    OQAT.md section 2.
  }];
}

def VerifySubnet : Pass<"oqat-verify-subnet", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation that is still elastic";
}

def VerifyInteger : Pass<"oqat-verify-integer", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation that is not in integer form";
}

#endif // OQAT_TRANSFORMS_PASSES_TD
