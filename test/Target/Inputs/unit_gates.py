#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a packed network of layers whose gates are in [0, 1], as those of squeeze-excite are: of all codes of a gate,
zero and the highest among them, with inputs that are signed and not, of several bits and factors. Some factors times
the highest gate have ties right at codes, which round half to even: no line of 16 bits goes through these.

  unit_gates.py [--ties] > net.mlir
"""
import argparse
import random
import struct

CHANNELS, SIZE, SEED = 333, 14, 1


def raw(data, kind, *shape):
    return f'dense<"0x{data.hex()}"> : tensor<{"x".join(map(str, shape))}x{kind}>'


def floats(values, *shape):
    return raw(struct.pack(f"<{len(values)}f", *values), "f32", *(shape or (len(values),)))


PICTURE = f"tensor<1x{SIZE}x{SIZE}x{CHANNELS}x!bitpack.codes<%d>>"
CHANNEL = f"tensor<1x1x1x{CHANNELS}x%s>"


def head(name, point, numbers):
    """Codes of 8 bits, of a different sum of the colours for each channel."""
    weights = floats([numbers.uniform(-1, 1) for _ in range(3 * CHANNELS)], CHANNELS, 1, 1, 3)
    zero = f" zero_point {point}" if point else ""
    return (f'  %{name} = bitpack.float_conv2d "{name}" %image normalize {floats([0.02] * 3)}, {floats([-2.5] * 3)} '
            f'weights {weights} stride 1 quantize "{name}.codes" reciprocal 48.0{zero} : '
            f"tensor<1x{SIZE}x{SIZE}x3xui8> -> {PICTURE % 8}")


def gates():
    """Every code of a gate, and more of the highest one."""
    codes = [(37 * i) % 256 if i % 4 else 255 for i in range(CHANNELS)]
    bias = floats([float(code) for code in codes])
    zeros = floats([0.0] * CHANNELS)
    return [f'  %pooled = bitpack.pool "pooled" %low step 0.25 : {PICTURE % 8} -> {CHANNEL % "f32"}',
            f'  %codes = bitpack.elementwise "codes" %pooled scale {zeros} bias {bias} quantize "codes" '
            f'reciprocal 1.0 : {CHANNEL % "f32"} -> {CHANNEL % "!bitpack.codes<8>"}',
            f'  %gates = bitpack.elementwise "gates" %codes scale {floats([0.00392156886] * CHANNELS)} : '
            f'{CHANNEL % "!bitpack.codes<8>"} -> {CHANNEL % "f32"}']


def gated(name, operand, point, bits, result_point, scales):
    zero = f" input_zero_point {point}" if point else ""
    result = f" zero_point {result_point}" if result_point else ""
    return (f'  %{name} = bitpack.elementwise "{name}" %{operand}{zero} scale {floats(scales)} '
            f'gate(%gates : {CHANNEL % "f32"}) quantize "{name}.codes" reciprocal 16.0{result} : '
            f"{PICTURE % 8} -> {PICTURE % bits}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ties", action="store_true", help="let factors be powers of two")
    ties = parser.parse_args().ties
    numbers = random.Random(SEED)
    body = [head("low", 0, numbers), head("middle", 128, numbers), head("odd", 77, numbers), *gates()]
    for bits in (1, 2, 3, 4):
        # The highest gate has as many codes as there are, or clips some.
        most = (2 ** bits - 0.5) / 255 / 16
        for operand, point in (("low", 0), ("middle", 128), ("odd", 77)):
            for result_point in sorted({0, 2 ** (bits - 1)}):
                scales = [most * numbers.choice([1, 1, 0.37, 2.5]) * numbers.uniform(0.9, 1) for _ in range(CHANNELS)]
                if ties:
                    scales = [1 / 32 if i % 64 == 0 else scale for i, scale in enumerate(scales)]
                body.append(gated(f"g{bits}_{operand}_{result_point}", operand, point, bits, result_point, scales))
    weights = floats([0.5] * 7 * CHANNELS, 7, CHANNELS)
    body.append(f'  %logits = bitpack.linear "logits" %pooled weights {weights} bias {floats([0.0] * 7)} : '
                f'{CHANNEL % "f32"} -> tensor<1x7xf32>')
    print("\n".join([f"bitpack.network @net(%image: tensor<1x{SIZE}x{SIZE}x3xui8>) -> tensor<1x7xf32> {{", *body,
                     "  bitpack.return %logits : tensor<1x7xf32>", "}"]))


if __name__ == "__main__":
    main()
