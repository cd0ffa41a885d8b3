#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a packed network of layers of one pixel with many weights of 3 and 4 bits, on codes of 8 and 4 bits; inputs and
outputs fill no group and no tile. Weights are drawn, and at the extremes in some outputs.

  nibbles.py > net.mlir
"""
import random

INPUTS, SEED = 1030, 1
numbers = random.Random(SEED)


def pack(codes, bits):
    stream = sum((code & (1 << bits) - 1) << i * bits for i, code in enumerate(codes))
    return f'dense<"0x{stream.to_bytes((len(codes) * bits + 7) // 8, "little").hex()}"> : tensor<{(len(codes) * bits + 7) // 8}xi8>'


def weights(outputs, bits):
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    rows = [[numbers.randint(low, high) for _ in range(INPUTS)] for _ in range(outputs)]
    for row, code in ((0, low), (1, high), (outputs // 2, high), (outputs - 1, low)):
        rows[row] = [code] * INPUTS
    return pack([code for row in rows for code in row], bits)


body, sums = [], []
for bits, codes, outputs in ((4, 8, 300), (4, 4, 640), (3, 8, 465), (4, 8, 310)):
    name = f"w{bits}a{codes}n{outputs}"
    body += [f'  %{name}_in = bitpack.elementwise "{name}.in" %pooled quantize "{name}.in" reciprocal {4.0 if codes == 8 else 0.25}'
             f" : tensor<1x1x1x{INPUTS}xf32> -> tensor<1x1x1x{INPUTS}x!bitpack.codes<{codes}>>",
             f'  %{name} = bitpack.conv2d "{name}" %{name}_in weights {weights(outputs, bits)} bits {bits} kernel [1, 1] '
             f"stride 1 scale dense<0.001> : tensor<{outputs}xf32> bias dense<0.5> : tensor<{outputs}xf32> "
             f": tensor<1x1x1x{INPUTS}x!bitpack.codes<{codes}>> -> tensor<1x1x1x{outputs}xf32>"]
stem = ", ".join(f"[[[{', '.join(f'{numbers.uniform(-1, 1):.6e}' for _ in range(3))}]]]" for _ in range(INPUTS))
print(f"""bitpack.network @net(%image: tensor<1x3x3x3xui8>) -> tensor<1x2xf32> {{
  %head = bitpack.float_conv2d "head" %image normalize dense<0.25> : tensor<3xf32>, dense<0.0> : tensor<3xf32>
    weights dense<[{stem}]> : tensor<{INPUTS}x1x1x3xf32> stride 1 scale dense<1.0> : tensor<{INPUTS}xf32>
    bias dense<8.0> : tensor<{INPUTS}xf32> activation relu : tensor<1x3x3x3xui8> -> tensor<1x3x3x{INPUTS}xf32>
  %pooled = bitpack.pool "pooled" %head fraction 12 : tensor<1x3x3x{INPUTS}xf32> -> tensor<1x1x1x{INPUTS}xf32>
""" + "\n".join(body) + f"""
  %logits = bitpack.linear "logits" %pooled weights dense<0.5> : tensor<2x{INPUTS}xf32> bias dense<0.0> : tensor<2xf32>
    : tensor<1x1x1x{INPUTS}xf32> -> tensor<1x2xf32>
  bitpack.return %logits : tensor<1x2xf32>
}}""")
