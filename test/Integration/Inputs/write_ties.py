# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""write_ties.py <bits>: a fixed network whose quantizers meet exact ties all the time.

Steps, scales and biases are powers of two or multiples of them, so that z * r is a
multiple of 1/2 behind every accumulator: every odd accumulator lands on .5, where the
nearest even code must win. Weights lie on ties of their own quantizer as well."""
import random
import sys

BITS = int(sys.argv[1])
SIZE, CHANNELS = 7, 24
generator = random.Random(BITS)


def dense(values):
    return "dense<" + str(values) + ">"


def tensor(*shape):
    return "tensor<" + "".join(f"{s}x" for s in shape) + "f32>"


def nested(shape, make):
    return [nested(shape[1:], make) for _ in range(shape[0])] if shape else make()


def parameter(name, kind, shape, make):
    print(f"oqat.parameter @{name} kind {kind} : {tensor(*shape)} = {dense(nested(shape, make))} : {tensor(*shape)}")


def layer(name, shape, scale):
    """Weights of half a step apart; gamma of both signs brings acc * A to acc / 2."""
    channels = shape[0]
    parameter(f"{name}.weight", "weight", shape, lambda: generator.randrange(-5, 6) / 8)
    parameter(f"{name}.weight_step", "step", [], lambda: 0.25)
    parameter(f"{name}.input_step", "step", [], lambda: 1.0)
    parameter(f"{name}.bn.gamma", "gamma", [channels], lambda: generator.choice([-1.0, 1.0, 1.0]) * scale)
    parameter(f"{name}.bn.beta", "beta", [channels], lambda: generator.randrange(-8, 9) / 2)
    parameter(f"{name}.bn.mean", "mean", [channels], lambda: 0.0)
    parameter(f"{name}.bn.variance", "variance", [channels], lambda: 1.0)


def quantized(value, name, result, weight, options, activation):
    spatial = f"tensor<1x{SIZE}x{SIZE}x{CHANNELS}xf32>"
    print(f"  %q_{name} = oqat.fake_quantize {value} step @{name}.input_step bits {BITS} : {spatial}")
    print(f"  %w_{name} = oqat.weight @{name}.weight : {weight}")
    print(f"  %wq_{name} = oqat.fake_quantize %w_{name} step @{name}.weight_step bits {BITS} signed : {weight}")
    print(f"  %a_{name} = oqat.conv2d %q_{name}, %wq_{name} {options} : ({spatial}, {weight}) -> {spatial}")
    norm = f"oqat.batch_norm %a_{name} gamma @{name}.bn.gamma beta @{name}.bn.beta mean @{name}.bn.mean variance @{name}.bn.variance eps 1.0e-30 : {spatial}"
    print(f"  {result if not activation else '%n_' + name} = {norm}")
    if activation:
        print(f"  {result} = oqat.activation {activation} %n_{name} : {spatial}")


parameter("stem.weight", "weight", [CHANNELS, 1, 1, 3], lambda: generator.choice([-1, 1, 1, 2]) / 32)
layer("ib", [CHANNELS, 1, 1, CHANNELS], 2.0)
layer("dw", [CHANNELS, 3, 3, 1], 2.0)
layer("pl", [CHANNELS, 1, 1, CHANNELS], 2.0)
parameter("classifier.weight", "weight", [10, CHANNELS], lambda: generator.randrange(-4, 5) / 4)
parameter("classifier.bias", "bias", [10], lambda: generator.randrange(-4, 5) / 4)
image = f"tensor<1x{SIZE}x{SIZE}x3xf32>"
spatial = f"tensor<1x{SIZE}x{SIZE}x{CHANNELS}xf32>"
pooled = f"tensor<1x1x1x{CHANNELS}xf32>"
print(f"oqat.supernet @ties (%image: tensor<1x{SIZE}x{SIZE}x3xui8>) -> tensor<1x10xf32> {{")
deviation = repr(1 / 255)
print(f"  %x = oqat.normalize %image mean [0.0, 0.0, 0.0] std [{deviation}, {deviation}, {deviation}] : "
      f"tensor<1x{SIZE}x{SIZE}x3xui8> -> {image}")
print(f"  %ws = oqat.weight @stem.weight : {tensor(CHANNELS, 1, 1, 3)}")
print(f"  %s = oqat.conv2d %x, %ws stride 1 : ({image}, {tensor(CHANNELS, 1, 1, 3)}) -> {spatial}")
print(f"  %s1 = oqat.activation relu %s : {spatial}")
quantized("%s1", "ib", "%y1", tensor(CHANNELS, 1, 1, CHANNELS), "stride 1", "relu")
quantized("%y1", "dw", "%y2", tensor(CHANNELS, 3, 3, 1), "stride 1 depthwise", "relu")
quantized("%y2", "pl", "%y3", tensor(CHANNELS, 1, 1, CHANNELS), "stride 1", "")
print(f"  %y4 = oqat.activation relu %y3 : {spatial}")
print(f"  %p = oqat.pool %y4 : {spatial} -> {pooled}")
matrix = f"tensor<10x{CHANNELS}xf32>"
print(f"  %wl = oqat.weight @classifier.weight : {matrix}")
print(f"  %l = oqat.linear %p, %wl bias @classifier.bias : ({pooled}, {matrix}) -> tensor<1x10xf32>")
print("  oqat.return %l : tensor<1x10xf32>\n}")
