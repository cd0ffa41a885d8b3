#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a random fixed network of layers that no search space has: dense k x k kernels, any number of
channels, any bits from 2 to 8, odd pictures, sums of two convolutions. Weights are left to --random-weights.

  random_layers.py SEED > net.mlir
"""
import random
import sys


class Network:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.parameters, self.body, self.count = [], [], 0

    def emit(self, text, shape):
        self.count += 1
        self.body.append(f"  %{self.count} = {text}")
        return f"%{self.count}", shape

    def parameter(self, name, kind, *shape):
        extents = "".join(f"{extent}x" for extent in shape)
        self.parameters.append(f"oqat.parameter @{name} kind {kind} : tensor<{extents}f32>")
        return f"@{name}"

    @staticmethod
    def type(shape):
        return "tensor<1x" + "x".join(map(str, shape)) + "xf32>"

    def unary(self, text, value):
        name, shape = value
        return self.emit(f"{text.replace('$', name)} : {self.type(shape)}", shape)

    def norm(self, name, value):
        names = [self.parameter(f"{name}.bn.{kind}", kind, value[1][2])
                 for kind in ("gamma", "beta", "mean", "variance")]
        return self.unary("oqat.batch_norm $ gamma {} beta {} mean {} variance {}".format(*names), value)

    def activate(self, value):
        kind = self.random.choice(["relu", "h_swish", "h_sigmoid", None])
        return self.unary(f"oqat.activation {kind} $", value) if kind else value

    def conv(self, name, value, outputs, kernel, stride, depthwise=False, quantized=True):
        (source, (height, width, channels)), bits = value, self.random.randint(2, 8)
        weights = (outputs, kernel, kernel, 1 if depthwise else channels)
        weight_type = "tensor<" + "x".join(map(str, weights)) + "xf32>"
        self.parameter(f"{name}.weight", "weight", *weights)
        weight, _ = self.emit(f"oqat.weight @{name}.weight : {weight_type}", None)
        if quantized:
            source, _ = self.unary(f"oqat.fake_quantize $ step {self.parameter(name + '.input_step', 'step')} "
                                   f"bits {self.random.randint(2, 8)}", value)
            step = self.parameter(name + ".weight_step", "step")
            weight, _ = self.emit(f"oqat.fake_quantize {weight} step {step} bits {bits} signed : {weight_type}", None)
        shape = ((height - 1) // stride + 1, (width - 1) // stride + 1, outputs)
        unit = " depthwise" if depthwise else ""
        result = self.emit(f"oqat.conv2d {source}, {weight} stride {stride}{unit} : "
                           f"({self.type(value[1])}, {weight_type}) -> {self.type(shape)}", shape)
        return self.norm(name, result)

    def squeeze_excite(self, name, value):
        channels = value[1][2]
        squeezed = max(8, (channels // 4 + 4) // 8 * 8)
        squeezed += 8 if squeezed * 10 < channels // 4 * 9 else 0
        names = [self.parameter(f"{name}.{part}.{kind}", kind, *shape)
                 for part, rows, columns in (("reduce", squeezed, channels), ("expand", channels, squeezed))
                 for kind, shape in (("weight", (rows, 1, 1, columns)), ("bias", (rows,)))]
        return self.unary("oqat.squeeze_excite $ reduce {}, {} expand {}, {}".format(*names), value)

    def add(self, left, right):
        return self.emit(f"oqat.add {left[0]}, {right[0]} : {self.type(left[1])}", left[1])

    def block(self, index, value):
        pick = self.random.choice
        middle, stride = pick([3, 8, 17, 40, 72, 100]), pick([1, 1, 2])
        inner = self.activate(self.conv(f"b{index}.ib", value, middle, pick([1, 1, 3, 5]), 1))
        inner = self.activate(self.conv(f"b{index}.dw", inner, middle, pick([3, 5, 7]), stride, depthwise=True))
        if self.random.random() < 0.5:
            inner = self.squeeze_excite(f"b{index}.se", inner)
        outputs = pick([value[1][2], 5, 16, 33])
        result = self.conv(f"b{index}.pl", inner, outputs, 1, 1)
        if result[1] == value[1]:
            return self.add(result, value)
        if self.random.random() < 0.5:
            return self.add(result, self.conv(f"b{index}.sc", value, outputs, pick([1, 3]), stride))
        return result

    def text(self):
        size = (self.random.randint(5, 23), self.random.randint(5, 23), 3)
        image = self.type(size).replace("f32", "ui8")
        self.body.append(f"oqat.supernet @net (%image: {image}) -> tensor<1x7xf32> {{")
        value = self.emit("oqat.normalize %image mean [0.49, 0.48, 0.45] std [0.2, 0.3, 0.25] : "
                          f"{image} -> {self.type(size)}", size)
        value = self.conv("stem", value, self.random.choice([5, 16, 24]), 3, self.random.choice([1, 2]),
                          quantized=False)
        value = self.unary("oqat.activation h_swish $", value)
        for index in range(self.random.randint(1, 3)):
            value = self.block(index, value)
        # What is pooled needs a bound, which the float stem's residual hasn't.
        value = self.activate(self.conv("final_expand", value, self.random.choice([24, 31, 64]), 1, 1))
        channels = value[1][2]
        pooled = self.emit(f"oqat.pool {value[0]} : {self.type(value[1])} -> {self.type((1, 1, channels))}",
                           (1, 1, channels))
        names = self.parameter("classifier.weight", "weight", 7, channels), self.parameter(
            "classifier.bias", "bias", 7)
        weight, _ = self.emit(f"oqat.weight {names[0]} : tensor<7x{channels}xf32>", None)
        logits = self.emit(f"oqat.linear {pooled[0]}, {weight} bias {names[1]} : "
                           f"({self.type(pooled[1])}, tensor<7x{channels}xf32>) -> tensor<1x7xf32>", None)
        return "\n".join(self.parameters + self.body + [f"  oqat.return {logits[0]} : tensor<1x7xf32>", "}"])


if __name__ == "__main__":
    print(Network(int(sys.argv[1])).text())
