#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers of all bits whose weights take their signs from the pixel that they meet in the middle of the picture, so
that one picture drives every channel to one end of its range, and its negative to the other.

  accumulator_extremes.py write SEED > net.mlir
  accumulator_extremes.py check SEED DIR/net     runs DIR/net.so on both pictures

`check` finds the ends that DIR/net.json promises exactly, and every other pixel between them.
"""
import array
import json
import random
import re
import sys

from run_object import run

SIZE = 17
COLOURS = 3


class Layer:
    """Weights [output][ky][kx][input]; `total`, if given, is the sum of one channel's magnitudes."""

    def __init__(self, source, name, kind, kernel, bits, input_bits, total=None):
        self.name, self.kind, self.kernel, self.bits, self.input_bits = name, kind, kernel, bits, input_bits
        depthwise = kind == "depthwise_conv2d"
        outputs = COLOURS if depthwise else 5
        self.weights = []
        for n in range(outputs):
            left = total
            for ky in range(kernel):
                for kx in range(kernel):
                    for c in [n] if depthwise else range(COLOURS):
                        sign = source.sign(ky - kernel // 2, kx - kernel // 2, c) * (1 if depthwise else (-1) ** n)
                        highest = 2 ** (bits - 1) - (sign > 0)
                        size = highest if source.random.random() < 0.5 else source.random.randint(0, highest)
                        if total is not None:
                            size = min(left, highest)
                            left -= size
                        self.weights.append(sign * size)
            assert not left, left
        self.outputs = outputs

    def packed(self):
        stream = sum((w & (2 ** self.bits - 1)) << (i * self.bits) for i, w in enumerate(self.weights))
        return stream.to_bytes((len(self.weights) * self.bits + 7) // 8, "little")

    def text(self, channels):
        data, shape = self.packed(), f"tensor<1x{SIZE}x{SIZE}x{COLOURS}x!bitpack.codes<{self.input_bits}>>"
        per_channel = f"tensor<{channels}xf32>"
        return (f'bitpack.{self.kind} "{self.name}" %q{self.input_bits} weights dense<"0x{data.hex()}"> : '
                f"tensor<{len(data)}xi8> bits {self.bits} kernel [{self.kernel}, {self.kernel}] stride 1 "
                f"scale dense<1.0> : {per_channel} bias dense<0.0> : {per_channel} : {shape} -> "
                f"tensor<1x{SIZE}x{SIZE}x{channels}xf32>")


class Source:
    def __init__(self, seed):
        self.random = random.Random(seed)
        count = SIZE * SIZE * COLOURS
        self.signs = [self.random.choice([-1, 1]) for _ in range(count)]
        for y in range(SIZE // 2 - 3, SIZE // 2 + 4):  # what a 7x7 kernel sees of the first colour
            for x in range(SIZE // 2 - 3, SIZE // 2 + 4):
                self.signs[(y * SIZE + x) * COLOURS] = 1
        self.layers = [Layer(self, f"{kind}_{bits}_{a}", kind, self.random.choice([1, 3, 5]), bits, a)
                       for bits in range(1, 9) for a in {self.random.randint(1, 8), bits}
                       for kind in ("conv2d", "depthwise_conv2d")]
        # 7 * 4681 = 2^15 - 1 is the last product that fits 16 bits.
        self.layers += [Layer(self, "fits", "depthwise_conv2d", 7, 8, 3, 4681),
                        Layer(self, "leaves", "depthwise_conv2d", 7, 8, 3, 4682)]

    def sign(self, dy, dx, colour):
        y, x = SIZE // 2 + dy, SIZE // 2 + dx
        return self.signs[(y * SIZE + x) * COLOURS + colour]

    def write(self):
        picture = f"tensor<1x{SIZE}x{SIZE}x{COLOURS}"
        print(f"bitpack.network @net(%image: {picture}xui8>) -> tensor<1x5xf32> {{")
        identity = [float(i == o) for o in range(COLOURS) for i in range(COLOURS)]
        weights = array.array("f", identity).tobytes().hex()
        for a in sorted({layer.input_bits for layer in self.layers}):
            print(f'  %q{a} = bitpack.float_conv2d "stem{a}" %image normalize dense<1.0> : tensor<3xf32>, '
                  f'dense<0.0> : tensor<3xf32> weights dense<"0x{weights}"> : tensor<3x1x1x3xf32> stride 1 '
                  f'quantize "codes{a}" reciprocal 1.0 : {picture}xui8> -> {picture}x!bitpack.codes<{a}>>')
        vectors, total = "tensor<1x1x1x5xf32>", None
        for layer in self.layers:
            name, channels = layer.name, layer.outputs
            print(f"  %{name} = {layer.text(channels)}")
            pooled = f"tensor<1x1x1x{channels}xf32>"
            print(f'  %{name}p = bitpack.pool "{name}.pool" %{name} fraction 0 : '
                  f"tensor<1x{SIZE}x{SIZE}x{channels}xf32> -> {pooled}")
            more = f" residual(%{total} : {vectors})" if total else ""
            print(f'  %{name}l = bitpack.linear "{name}.linear" %{name}p weights dense<1.0> : '
                  f"tensor<5x{channels}xf32>{more} : {pooled} -> {vectors}")
            total = name + "l"
        print(f'  %logits = bitpack.linear "logits" %{total} weights dense<1.0> : tensor<5x5xf32> : '
              f"{vectors} -> tensor<1x5xf32>")
        print("  bitpack.return %logits : tensor<1x5xf32>\n}")

    def check(self, path):
        with open(path + ".json") as file:
            manifest = json.load(file)
        promised = {layer["name"]: layer.get("accumulator") for layer in manifest["layers"]}
        kernels = {layer["name"]: layer["kernel"] for layer in manifest["layers"]}
        reached = 0
        for direction in (-1, 1):
            image = bytes(255 if sign == direction else 0 for sign in self.signs)
            tensors = run(path, image)
            for layer in self.layers:
                values = array.array("f", tensors[layer.name + ".output"])
                low, high = promised[layer.name]["min"], promised[layer.name]["max"]
                assert all(low <= value <= high for value in values), layer.name
                middle = SIZE // 2 * (SIZE + 1) * layer.outputs
                ends = values[middle:middle + layer.outputs]
                highest = 2 ** layer.input_bits - 1
                for n, end in enumerate(ends):
                    row = len(layer.weights) // layer.outputs
                    up = direction if layer.kind != "conv2d" or n % 2 == 0 else -direction
                    codes = layer.weights[n * row:(n + 1) * row]
                    assert end == highest * sum(w for w in codes if w * up > 0), (layer.name, n, end)
                reached += (min(ends) == low) + (max(ends) == high)
        for name, bits, own in (("fits", 16, "i16|rows|quads"), ("leaves", 32, "i32|rows[1-9][0-9]*|quads")):
            assert promised[name]["bits"] == bits and re.fullmatch(own, kernels[name]), (name, promised[name], kernels[name])
        # One picture reaches one end of each layer, both of those whose channels differ in sign.
        assert reached >= 2 * len(self.layers), (reached, len(self.layers))
        print(f"{len(self.layers)} layers reach their ends")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        Source(int(sys.argv[2])).write()
    else:
        Source(int(sys.argv[2])).check(sys.argv[3])
