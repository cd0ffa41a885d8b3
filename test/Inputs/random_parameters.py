# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes random values for the parameters of a supernet, seeded.

  random_parameters.py NET.mlir OUT.safetensors --seed S [--exact]

A step with entries has one for each of the widths 2, 3, 4 and 8, as LSQ would start it. With
--exact all values are few-bit multiples of powers of two and batch norm scales by 1, so that
float sums over channels are exact in any order.
"""
import argparse
import json
import math
import random
import re
import struct

PARAMETER = re.compile(r"oqat\.parameter @(\S+) kind (\w+) : tensor<([0-9x]*)f32>")
BITS = (2, 3, 4, 8)


def value(kind, fan_in, exact, generator):
    if kind in ("weight", "bias", "beta"):
        if exact:
            return generator.randint(-3, 3) / 8
        return generator.gauss(0, 1) / math.sqrt(fan_in) if kind == "weight" else generator.uniform(-0.5, 0.8)
    if kind == "gamma":
        return generator.choice((-1, 1)) if exact else generator.uniform(0.6, 1.4)
    if kind == "mean":
        return 0 if exact else generator.uniform(-0.3, 0.3)
    if kind == "variance":
        # With the eps of 1e-5 the deviation rounds to 1.
        return 1 - 1e-5 if exact else generator.uniform(0.4, 1.6)
    raise ValueError(kind)


def step(name, bits, exact, generator):
    signed = name.endswith("weight_step")
    top = 2 ** (bits - signed) - 1
    if exact:
        return 2.0 ** -(bits - 1 if signed else bits - 3)
    return generator.uniform(0.9, 1.1) * (0.4 if signed else 1.0) / math.sqrt(top)


def tensor(name, kind, shape, exact, generator):
    count = math.prod(shape)
    if kind == "transform":
        noise = (lambda: 0) if exact else (lambda: generator.gauss(0, 0.05))
        return [float(i % (shape[0] + 1) == 0) + noise() for i in range(count)]
    if kind == "step":
        return [step(name, bits, exact, generator) for bits in (BITS if shape else (4,))]
    return [value(kind, count / shape[0], exact, generator) for _ in range(count)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("net")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exact", action="store_true")
    options = parser.parse_args()
    with open(options.net) as f:
        text = f.read()
    header, data = {}, b""
    for name, kind, extents in PARAMETER.findall(text):
        shape = [int(x) for x in extents.split("x") if x]
        # A stream per name: networks that share a parameter share its values.
        values = tensor(name, kind, shape, options.exact, random.Random(f"{options.seed} {name}"))
        blob = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(blob)]}
        data += blob
    line = json.dumps(header).encode()
    with open(options.out, "wb") as f:
        f.write(struct.pack("<Q", len(line)) + line + data)


main()
