#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layers whose epilogues are of every kind (bits, activations, zero points, steps per channel, negative factors, ties)
on a picture that drives them through every accumulator that they can reach, and what their codes must be.

  requantization_forms.py write SEED DIR     DIR/net.mlir and DIR/golden.safetensors
  requantization_forms.py check SEED DIR     runs DIR/net.so, compares it with the golden codes

The picture holds every triple of 4-bit codes once, so a 1x1 convolution of three inputs meets every input it can have.
"""
import functools
import json
import math
import random
import struct
import sys

from run_object import run

SIZE, COLOURS, CHANNELS = 64, 3, 20
SIXTH = float.fromhex("0x1.555556p-3")


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def clamp(value, low, high):
    return low if value < low else high if value > high else value


def activate(kind, z):
    if kind == "relu":
        return 0.0 if z < 0 else z
    if kind == "relu6":
        return clamp(z, 0.0, 6.0)
    gate = clamp(f32(z + 3.0), 0.0, 6.0)
    if kind == "h_sigmoid":
        return f32(gate * SIXTH)
    return f32(f32(z * gate) * SIXTH) if kind == "h_swish" else z


def raw(data, kind, *shape):
    return f'dense<"0x{bytes(data).hex()}"> : tensor<{"x".join(map(str, shape))}x{kind}>'


def floats(values):
    return raw(struct.pack(f"<{len(values)}f", *values), "f32", len(values))


class Layer:
    def __init__(self, source, index, bits, activation):
        pick, chance = source.choice, lambda p: source.random() < p
        self.name, self.bits, self.activation = f"l{index}", bits, activation
        self.depthwise = chance(0.25)
        self.channels = COLOURS if self.depthwise else CHANNELS
        self.input_bits = source.randint(1, 2 if self.depthwise else 4)
        self.input_zero = pick([0, source.randrange(2 ** self.input_bits)])
        self.kernel = 3 if self.depthwise else 1
        taps = 9 if self.depthwise else COLOURS
        self.weight_bits, self.odd = source.randint(1, 8), chance(0.3)
        half = 2 ** (self.weight_bits - 1)
        self.codes = [source.randrange(-half, half) for _ in range(self.channels * taps)]
        if chance(0.3):  # Channels that agree.
            self.codes = self.codes[:taps] * self.channels
        weights = [2 * code + 1 if self.odd else code for code in self.codes]
        self.weights = [weights[n * taps:(n + 1) * taps] for n in range(self.channels)]
        self.zero = pick([0, 0, 2 ** (bits - 1), source.randrange(2 ** bits)])
        if activation == "h_swish" and bits >= 4:
            self.zero = 2 ** (bits - 1)  # It falls before it rises, and codes show it.
        # Values of about -4 to 4, so that the activations bend; then most of the codes.
        unit = 4 / max(1, max(self.reach(n) for n in range(self.channels)))
        power = 2.0 ** round(math.log2(unit))
        same = chance(0.3)
        self.scale = [f32((power if chance(0.5) else unit * source.uniform(0.5, 2)) * pick([1, 1, -1]))
                      for _ in range(self.channels)]
        self.bias = [source.randint(-16, 16) / 8 for _ in range(self.channels)]
        steps = [f32(2 ** bits / 8 if chance(0.5) else 2 ** bits / source.uniform(2, 9)) for _ in range(self.channels)]
        if same:
            self.scale, self.bias = self.scale[:1] * self.channels, self.bias[:1] * self.channels
        self.per_channel = chance(0.3) and not same
        self.reciprocals = steps if self.per_channel else steps[:1] * self.channels

    def reach(self, n):
        farthest = max(self.input_zero, 2 ** self.input_bits - 1 - self.input_zero)
        return farthest * sum(map(abs, self.weights[n]))

    @functools.lru_cache(maxsize=None)
    def code(self, n, accumulator):
        z = f32(f32(f32(accumulator) * self.scale[n]) + self.bias[n])
        u = f32(activate(self.activation, z) * self.reciprocals[n])
        return round(clamp(u, -self.zero, 2 ** self.bits - 1 - self.zero)) + self.zero

    def compute(self, picture):
        centred = [min(p, 2 ** self.input_bits - 1) - self.input_zero for p in picture]
        result = bytearray()
        for y in range(SIZE):
            for x in range(SIZE):
                for n in range(self.channels):
                    result.append(self.code(n, self.accumulate(centred, y, x, n)))
        return bytes(result)

    def accumulate(self, centred, y, x, n):
        if not self.depthwise:
            first = (y * SIZE + x) * COLOURS
            return sum(w * centred[first + c] for c, w in enumerate(self.weights[n]))
        return sum(self.weights[n][ky * 3 + kx] * centred[((y + ky - 1) * SIZE + x + kx - 1) * COLOURS + n]
                   for ky in range(3) for kx in range(3) if 0 <= y + ky - 1 < SIZE and 0 <= x + kx - 1 < SIZE)

    def text(self):
        stream = sum((w & (2 ** self.weight_bits - 1)) << (i * self.weight_bits) for i, w in enumerate(self.codes))
        data = stream.to_bytes((len(self.codes) * self.weight_bits + 7) // 8, "little")
        reciprocal = (f"reciprocals {floats(self.reciprocals)}" if self.per_channel
                      else f"reciprocal {self.reciprocals[0]:.9e}")
        parts = [f"bitpack.{'depthwise_' if self.depthwise else ''}conv2d", f'"{self.name}"', f"%q{self.input_bits}",
                 f"input_zero_point {self.input_zero}" if self.input_zero else "",
                 f"weights {raw(data, 'i8', len(data))} bits {self.weight_bits}", "odd" if self.odd else "",
                 f"kernel [{self.kernel}, {self.kernel}] stride 1 scale {floats(self.scale)} bias {floats(self.bias)}",
                 f"activation {self.activation}" if self.activation else "",
                 f'quantize "{self.name}.codes" {reciprocal}', f"zero_point {self.zero}" if self.zero else "",
                 f": tensor<1x{SIZE}x{SIZE}x{COLOURS}x!bitpack.codes<{self.input_bits}>> -> {self.type()}"]
        return " ".join(filter(None, parts))

    def type(self, element=None):
        return f"tensor<1x{SIZE}x{SIZE}x{self.channels}x{element or f'!bitpack.codes<{self.bits}>'}>"


class Network:
    def __init__(self, seed):
        source = random.Random(seed)
        triples = [[p & 15, p >> 4 & 15, p >> 8] for p in range(4096)]
        source.shuffle(triples)
        self.picture = bytes(p for triple in triples for p in triple)
        activations = [None, "relu", "relu6", "h_swish", "h_sigmoid"]
        self.layers = [Layer(source, 10 * bits + i, bits, activation)
                       for bits in range(1, 9) for i, activation in enumerate(source.sample(activations, 2))]

    def text(self):
        image = f"tensor<1x{SIZE}x{SIZE}x{COLOURS}"
        lines = [f"bitpack.network @net(%image: {image}xui8>) -> tensor<1x5xf32> {{"]
        identity = struct.pack("<9f", *(float(i == o) for o in range(3) for i in range(3)))
        for a in range(1, 5):
            lines.append(f'  %q{a} = bitpack.float_conv2d "stem{a}" %image normalize dense<1.0> : tensor<3xf32>, '
                         f"dense<0.0> : tensor<3xf32> weights {raw(identity, 'f32', 3, 1, 1, 3)} stride 1 "
                         f'quantize "codes{a}" reciprocal 1.0 : {image}xui8> -> {image}x!bitpack.codes<{a}>>')
        vector, total = "tensor<1x1x1x5xf32>", ""
        for layer in self.layers:
            name, pooled = layer.name, f"tensor<1x1x1x{layer.channels}xf32>"
            lines += [f"  %{name} = {layer.text()}",
                      f'  %{name}f = bitpack.elementwise "{name}.float" %{name} scale dense<1.0> : '
                      f"tensor<{layer.channels}xf32> : {layer.type()} -> {layer.type('f32')}",
                      f'  %{name}p = bitpack.pool "{name}.pool" %{name}f fraction 0 : '
                      f"{layer.type('f32')} -> {pooled}",
                      f'  %{name}l = bitpack.linear "{name}.linear" %{name}p weights dense<1.0> : '
                      f"tensor<5x{layer.channels}xf32>{total} : {pooled} -> {vector}"]
            total = f" residual(%{name}l : {vector})"
        lines += [f'  %logits = bitpack.linear "logits" %{self.layers[-1].name}l weights dense<1.0> : '
                  f"tensor<5x5xf32> : {vector} -> tensor<1x5xf32>", "  bitpack.return %logits : tensor<1x5xf32>", "}"]
        return "\n".join(lines) + "\n"

    def golden(self):
        tensors = {"image": ([SIZE, SIZE, COLOURS], self.picture)}
        for layer in self.layers:
            tensors[f"golden/{layer.name}.codes"] = ([1, SIZE, SIZE, layer.channels], layer.compute(self.picture))
        header, data = {}, b""
        for name, (shape, values) in tensors.items():
            header[name] = {"dtype": "U8", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
            data += values
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + data


def read_golden(path):
    with open(path, "rb") as file:
        data = file.read()
    size, = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + size])
    return {name.removeprefix("golden/"): data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]]
            for name, entry in header.items()}


def main():
    command, seed, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if command == "write":
        network = Network(seed)
        with open(folder + "/net.mlir", "w") as file:
            file.write(network.text())
        with open(folder + "/golden.safetensors", "wb") as file:
            file.write(network.golden())
        return
    golden = read_golden(folder + "/golden.safetensors")
    tensors = run(folder + "/net", golden.pop("image"))
    for name, codes in golden.items():
        assert tensors[name] == codes, name
    print(f"{len(golden)} layers make the codes of their epilogues")


if __name__ == "__main__":
    main()
