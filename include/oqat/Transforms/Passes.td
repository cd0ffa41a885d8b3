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
    shapes. A key that is missing means the default of its choices. The space
    goes, and so do parameters that nothing refers to any more; the others stay
    as they are.
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

def FixChoices : Pass<"oqat-fix-choices", "::mlir::ModuleOp"> {
  let summary = "decide some choices of a supernet and leave the rest open";
  let description = [{
    Decides the choices with the given keys, or without any every choice that
    has a default as its default. Only choices of bits can be decided alone:
    all others change shapes. Quantizers that become 32 bits wide go, and so do
    the steps that only they used.
  }];
  let options = [
    ListOption<"choices", "choices", "std::string",
               "what to decide, as key=value">,
  ];
  let statistics = [
    Statistic<"numChoices", "num-choices", "Choices decided">,
  ];
}

def InheritBits : Pass<"oqat-inherit-bits", "::mlir::ModuleOp"> {
  let summary = "hand a network down from K to K-1 bits";
  let description = [{
    On a supernet whose steps have an entry per bit-width, the entry of K-1
    becomes twice that of K for K of the option `from`; without it for every K
    above 2 such that the choice offers K and K-1, the largest first: 4 to 3,
    then 3 to 2. Choices stay as they are.

    On a fixed network every quantizer (with `from`: every one of that many
    bits) loses one bit and the steps in use are doubled. A supernet of scalar
    steps is handed down likewise: the values of its choices go down by one.

    No value moves by more than the old step (Numerics.md, Inheriting bits).
    Refuses to go from 2 to 1 bit, where that does not hold.

    Choices with the value 32 (8-bit ends, the residual stream) and their steps
    stay as they are.
  }];
  let options = [
    Option<"from", "from", "int64_t", "0",
           "inherit from this many bits only; 0: from all">,
  ];
  let statistics = [
    Statistic<"numSteps", "num-doubled-steps", "Step entries set">,
  ];
}

def LoadWeights : Pass<"oqat-load-weights", "::mlir::ModuleOp"> {
  let summary = "give every parameter its value from a safetensors file";
  let options = [
    Option<"file", "file", "std::string", "", "the safetensors file">,
  ];
}

def SaveWeights : Pass<"oqat-save-weights", "::mlir::ModuleOp"> {
  let summary = "write the value of every parameter to a safetensors file";
  let description = [{
    The inverse of `--oqat-load-weights`: what passes such as
    `--oqat-sort-channels` did to a supernet, for `oqat-train train --weights`.
  }];
  let options = [
    Option<"file", "file", "std::string", "", "the safetensors file">,
  ];
}

def RandomizeWeights : Pass<"oqat-randomize-weights", "::mlir::ModuleOp"> {
  let summary = "give every parameter of a fixed network a random value";
  let description = [{
    Normal weights as LSQ expects them; steps and batch norm statistics are
    calibrated by the interpreter on seeded pictures. Steps make every quantizer
    use at least half of its codes, which tests more; without `all-codes` they
    are those that LSQ starts from (section 2.1), whose 8-bit weights seldom
    leave a quarter of the codes, as those of trained networks.
  }];
  let options = [
    Option<"seed", "seed", "uint64_t", "0", "seed of all random numbers">,
    Option<"allCodes", "all-codes", "bool", "true",
           "choose steps that use as many codes as values can">,
  ];
}

def SortChannels : Pass<"oqat-sort-channels", "::mlir::ModuleOp"> {
  let summary = "put the most important channels of elastic widths first";
  let description = [{
    Permutes the middle channels of every block of a supernet by descending L1
    norm of the projecting convolution's weight, ties stable, with everything
    that is indexed by them: expanding and depthwise convolution, batch norm,
    squeeze-excite. Then the squeezed channels, by the weight that expands them
    (OQAT.md section 3). The maximal network computes the same; the float sums
    of a squeeze-excite round in another order. Parameters need values.

    Before a further width becomes elastic, `trained-ratio` names the smallest
    expand ratio that training has visited: channels beyond its width stay where
    they are, so that the networks of that width and above compute the same.
  }];
  let options = [
    Option<"trainedRatio", "trained-ratio", "int64_t", "0",
           "sort only the channels of this expand ratio; 0: all channels">,
  ];
  let statistics = [
    Statistic<"numBlocks", "num-sorted-blocks", "Blocks sorted">,
  ];
}

def DirectTies : Pass<"oqat-direct-ties", "::mlir::ModuleOp"> {
  let summary = "move batch norms so that accumulators land exactly on .5";
  let description = [{
    For tests of rounding. Runs a fixed network whose parameters have values on
    seeded pictures. Wherever a batch norm of a quantized layer leads to a
    quantizer, every channel's beta moves, by half a step or less where it can,
    until some accumulator that occurs gives a value halfway between two codes.

    With `dyadic`, steps and scales become powers of two and the other numbers
    of these batch norms multiples of them first, so that ties are everywhere.
  }];
  let options = [
    Option<"seed", "seed", "uint64_t", "0", "seed of the pictures">,
    Option<"pictures", "pictures", "unsigned", "8", "how many pictures to run">,
    Option<"dyadic", "dyadic", "bool", "false",
           "make steps and scales powers of two">,
  ];
  let statistics = [
    Statistic<"numTies", "num-tied-channels", "Channels with a directed tie">,
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

def AnnotateAccumulators
    : Pass<"oqat-annotate-accumulators", "::mlir::ModuleOp"> {
  let summary = "record what the accumulators of convolutions can become";
  let description = [{
    Per output channel of every convolution on codes, at the integer or the
    packed level, `accumulator_min` and `accumulator_max` from the actual
    weights and the range of the input's codes; the `accumulator_bits`, 16 or
    32, that its sums need; and `flush`, how many products of such codes may be
    added in 16 bits. Fails on the first layer that may leave 32 bits.
  }];
  let statistics = [
    Statistic<"numShort", "num-16-bit-layers", "Layers that fit 16 bits">,
    Statistic<"numWide", "num-32-bit-layers", "Layers that need 32 bits">,
  ];
}

def ChooseRequantization
    : Pass<"bitpack-choose-requantization", "::mlir::ModuleOp"> {
  let summary = "choose how convolutions make codes of accumulators (N14)";
  let description = [{
    `float` is the epilogue as it stands. `map` and `thresholds` are the same
    function as a table of bytes, shared by channels that agree, or, where every
    channel rises or falls, as 2^bits - 1 thresholds per channel; both are made
    by evaluating the epilogue on every accumulator that the weights allow, and
    never where something else joins it: a gate, a residual. `auto` takes what
    needs the fewest instructions.
  }];
  let options = [
    Option<"form", "form", "std::string", "\"auto\"",
           "float, map, thresholds or auto">,
    Option<"maxAccumulators", "max-accumulators", "int64_t", "1 << 24",
           "accumulators of one layer that are evaluated at most (2^24)">,
    Option<"maxTableBytes", "max-table-bytes", "int64_t", "1 << 20",
           "the size of a layer's table at most">,
  ];
  let statistics = [
    Statistic<"numFloats", "num-float", "Layers that keep the float form">,
    Statistic<"numMaps", "num-maps", "Layers by maps">,
    Statistic<"numThresholds", "num-thresholds", "Layers by thresholds">,
  ];
}

def PrintCost : Pass<"oqat-print-cost", "::mlir::ModuleOp"> {
  let summary = "print macs, parameters, bops and bytes as JSON or as a table";
  let description = [{
    Prints one JSON object per network of the module on standard output, or one
    table with a line per layer; write the IR elsewhere with -o. Needs a fixed
    network. The rules are in docs/Cost.md.
  }];
  let options = [
    Option<"perLayer", "per-layer", "bool", /*default=*/"false",
           "print a table with a line per layer">,
  ];
}

def ReduceNetwork : Pass<"oqat-reduce-network", "::mlir::ModuleOp"> {
  let summary = "shrink a network to what a test still finds interesting";
  let description = [{
    Delta debugging: leaves out operations whose result has the type of an
    operand, as long as the test script, which gets the name of a file with the
    module, exits with another code than 0. `oqat-reduce` runs it.
  }];
  let options = [
    Option<"test", "test", "std::string", "",
           "the script that says whether a module is interesting">,
  ];
  let statistics = [
    Statistic<"numReductions", "num-reductions", "Accepted reductions">,
  ];
}

def VerifySubnet : Pass<"oqat-verify-subnet", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation that is still elastic";
}

def VerifyInteger : Pass<"oqat-verify-integer", "::mlir::ModuleOp"> {
  let summary = "fail on the first operation that is not in integer form";
}

#endif // OQAT_TRANSFORMS_PASSES_TD
