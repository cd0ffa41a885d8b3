//===- Passes.td - Running networks in oqat-opt ------------*- tablegen -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_INTERPRETER_PASSES_TD
#define OQAT_INTERPRETER_PASSES_TD

include "mlir/Pass/PassBase.td"

def Interpret : Pass<"oqat-interpret", "::mlir::ModuleOp"> {
  let summary = "run the networks of a module in the reference interpreter";
  let description = [{
    Runs every network, of whatever level, on seeded random pictures and prints
    one line per named tensor on standard output: the picture's number, the
    tensor's name, its size in bytes and its 64-bit FNV-1a digest. Two modules
    that print the same compute the same. Write the IR elsewhere with -o.

    With `golden`, runs the picture `image` of a safetensors file instead, and
    fails on the first tensor that differs from the one named `golden/<name>`.
  }];
  let options = [
    Option<"subnet", "subnet", "std::string", "",
           "subnet of an elastic network: a JSON file, 'file.json#id' or text">,
    Option<"pictures", "pictures", "unsigned", "1", "how many pictures to run">,
    Option<"seed", "seed", "uint64_t", "0", "seed of the pictures">,
    Option<"codes", "codes", "bool", "false",
           "of an integer network, print how many codes every quantizer uses "
           "over all pictures, instead of digests">,
    Option<"golden", "golden", "std::string", "",
           "safetensors file to compare with">,
  ];
}

#endif // OQAT_INTERPRETER_PASSES_TD
