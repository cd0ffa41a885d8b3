#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a packed network whose gates are zeros, infinities, denormals and NaNs, some of them with a payload, before
every kind of quantizer. Codes go in that are below, at and above their zero point, by scales of either sign.

  gate_values.py > net.mlir
"""
import itertools
import struct

# As words: NaNs of either sign, quiet and not, also with bits that a conversion may keep.
GATES = [0x7FC00000, 0xFFC00000, 0x7FC01234, 0xFFC0FFFF, 0x7F80BEEF, 0x7F800000, 0xFF800000, 0x00000000, 0x80000000,
         0x00000001, 0x807FFFFF, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F800000, 0xBF000000]
SCALES = [1 / 32, -1 / 64, 0.0, 2.0 ** 120, float("inf"), float("nan")]
# Every gate comes with every scale; a few more make the last vector one that isn't full.
CASES = list(itertools.product(GATES, SCALES)) + [(GATES[0], SCALES[0])] * 7
CHANNELS, SIZE = len(CASES), 13


def raw(data, kind, *shape):
    return f'dense<"0x{data.hex()}"> : tensor<{"x".join(map(str, shape))}x{kind}>'


def floats(values, *shape):
    return raw(struct.pack(f"<{len(values)}f", *values), "f32", *(shape or (len(values),)))


def words(values):
    return raw(struct.pack(f"<{len(values)}I", *values), "f32", len(values))


class Network:
    picture = f"tensor<1x{SIZE}x{SIZE}x{CHANNELS}x!bitpack.codes<%d>>"
    channel = f"tensor<1x1x1x{CHANNELS}xf32>"

    def __init__(self):
        self.body = []

    def add(self, name, kind, text):
        self.body.append(f'  %{name} = bitpack.{kind} "{name}" {text}')

    def head(self, name, point):
        """Codes of 8 bits, of different sums of the colours."""
        weights = floats([((7 * i) % 5 - 2) / 2 or 1 for i in range(3 * CHANNELS)], CHANNELS, 1, 1, 3)
        zero = f" zero_point {point}" if point else ""
        self.add(name, "float_conv2d", f"%image normalize {floats([0.02] * 3)}, {floats([-2.5] * 3)} weights {weights} "
                 f'stride 1 quantize "{name}.codes" reciprocal 16.0{zero} : '
                 f"tensor<1x{SIZE}x{SIZE}x3xui8> -> {self.picture % 8}")

    def gated(self, name, operand, point, kind, more, activation, bits, quantizer):
        scales = floats([scale for _, scale in CASES])
        zero = f" input_zero_point {point}" if point else ""
        act = f" activation {activation}" if activation else ""
        self.add(name, kind, f"%{operand}{zero}{more} scale {scales} bias {floats([0.0] * CHANNELS)}{act} "
                 f'gate(%gates : {self.channel}){quantizer} : {self.picture % 8} -> {self.picture % bits}')

    def text(self):
        self.head("low", 0)
        self.head("middle", 77)
        self.add("pooled", "pool", f"%low step 0.25 : {self.picture % 8} -> {self.channel}")
        # A product with 0 leaves the bias, and one of zeros below 0 its sign.
        below = [0x80000000 if gate == 0x80000000 else 0 for gate, _ in CASES]
        self.add("gates", "elementwise", f"%pooled scale {words(below)} bias {words([gate for gate, _ in CASES])} : "
                 f"{self.channel} -> {self.channel}")
        activations = [None, "relu", "relu6", "h_swish", "h_sigmoid"]
        # Kernels of few bits find thresholds; those of many round.
        for bits, activation in itertools.product([1, 2, 8], activations):
            for point in sorted({0, 2 ** (bits - 1), 2 ** bits - 1}):
                operand, zero = ("low", 0) if point == 2 ** (bits - 1) and bits != 2 else ("middle", 77)
                codes = f' quantize "g{bits}_{activation}_{point}.codes" reciprocal {2.0 ** bits:.1f}'
                codes += f" zero_point {point}" if point else ""
                self.gated(f"g{bits}_{activation}_{point}", operand, zero, "elementwise", "", activation, bits, codes)
        self.add("stream", "elementwise", f"%middle input_zero_point 77 scale {floats([0.01] * CHANNELS)} "
                 f'quantize "stream.codes" reciprocal 32.0 zero_point 128 : {self.picture % 8} -> {self.picture % 8}')
        for activation in activations:
            step = f' residual(%stream : {self.picture % 8}) quantize "s_{activation}.codes" reciprocal 32.0'
            self.gated(f"s_{activation}", "middle", 77, "elementwise", "", activation, 8, step + " zero_point 128")
        weights = raw(bytes((5 * i) % 7 - 3 & 255 for i in range(9 * CHANNELS)), "i8", 9 * CHANNELS)
        self.gated("taps", "middle", 77, "depthwise_conv2d", f" weights {weights} bits 8 kernel [3, 3] stride 1", None,
                   4, ' quantize "taps.codes" reciprocal 4.0 zero_point 5')
        weights = floats([0.5] * 7 * CHANNELS, 7, CHANNELS)
        self.add("logits", "linear", f"%pooled weights {weights} bias {floats([0.0] * 7)} : {self.channel} -> "
                 "tensor<1x7xf32>")
        return "\n".join([f"bitpack.network @net(%image: tensor<1x{SIZE}x{SIZE}x3xui8>) -> tensor<1x7xf32> {{",
                          *self.body, "  bitpack.return %logits : tensor<1x7xf32>", "}"])


if __name__ == "__main__":
    print(Network().text())
