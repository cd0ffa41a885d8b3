# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gives every quantizer of a generated supernet a random scheme.

  with_schemes.py SUPERNET --seed S [--weights SCHEME] [--activations SCHEME]

Weights: lsq, liq, liq<normalize>, with one step or one per output channel. Activations: lsq,
lsq_plus, liq, pact or signed, in front of depthwise convolutions also with a step per channel. All
of 1 to 8 bits, signed activations of 2 to 8. Writes the network to standard output. Its per-layer
choices keep their keys, so a subnet still lists one number per layer.
"""
import argparse
import random
import re
import sys

QUANTIZER = re.compile(r"oqat\.fake_quantize (%\w+) step (@[\w.]+) bits (@bits_[wa])( signed)? : (tensor<.*>)$")
STEP = re.compile(r"oqat\.parameter (@[\w.]+) kind step : tensor<\d+xf32>$")
WIDTHS = list(range(1, 9))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("supernet")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", choices=["lsq", "liq", "liq<normalize>"])
    parser.add_argument("--activations", choices=["lsq", "lsq_plus", "liq", "pact", "signed"])
    options = parser.parse_args()
    generator = random.Random(options.seed)
    with open(options.supernet) as f:
        text = f.read()
    rows = {name: int(rows) for name, rows in re.findall(r"parameter @([\w.]+)\.weight kind weight : tensor<(\d+)x", text)}
    types, offsets, lines = {}, {}, []
    for line in text.splitlines():
        match = QUANTIZER.search(line)
        if match:
            value, step, bits, signed, kind = match.groups()
            layer = step[1:].rsplit(".", 1)[0]
            by, tail, shape = "", " signed" if signed else "", [len(WIDTHS)]
            if signed:
                scheme = options.weights or generator.choice(["lsq", "liq", "liq<normalize>"])
                per_channel, axis = generator.random() < 0.5, 0
            else:
                scheme = options.activations or generator.choice(["lsq", "lsq_plus", "liq", "pact", "signed"])
                per_channel, axis = layer.endswith(".dw") and scheme != "lsq_plus" and generator.random() < 0.5, 3
            if scheme == "signed":
                bits, tail, shape = str(generator.randint(2, 8)), " signed", []
            elif scheme == "lsq_plus":
                offset = step.replace("_step", "_offset")
                offsets[step] = offset
                by = f" by #oqat.lsq_plus<offset = {offset}>"
            elif scheme != "lsq":
                by = f" by #oqat.{scheme}"
            if per_channel:
                tail += f" axis {axis}"
                shape = shape + [rows[layer]]
            types[step] = "tensor<" + "".join(f"{extent}x" for extent in shape) + "f32>"
            line = line[: match.start()] + f"oqat.fake_quantize {value}{by} step {step} bits {bits}{tail} : {kind}"
        lines.append(line)
    for line in lines:
        match = STEP.search(line)
        if match and match[1] in types:
            name = match[1]
            line = f"  oqat.parameter {name} kind step : {types[name]}"
            if name in offsets:
                line += f"\n  oqat.parameter {offsets[name]} kind offset : {types[name]}"
        print(re.sub(r'(key "bits_[wa]" per_layer values )\[.*\]', rf"\1{WIDTHS}", line))
    if not types:
        sys.exit("expected quantizers in the network")


main()
