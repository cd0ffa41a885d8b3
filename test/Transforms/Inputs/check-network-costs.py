#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares --oqat-print-cost on generated networks with a model of its own and with published figures.

  check-network-costs.py OQAT_TRANSLATE OQAT_OPT SCRATCH_FILE [SEED]

The model knows a network as a list of layers (kind, inputs, outputs, kernel, pixels, batch norm, bias);
it shares nothing with the compiler. Published: MobileNetV3-Large and the ends of Once-for-All's MobileNetV3
space (OQAT.md section 2), bit operations (SAQ.md section 7, which says how the printed millions follow), and
parameters of torchvision's MobileNetV2, ResNet-18 and MobileNetV3-Large, which has 1280 biases more.
"""
import json
import random
import subprocess
import sys


def divisible(v):
    n = max(8, int(v + 4) // 8 * 8)
    return n + 8 if n < 0.9 * v else n


class Network:
    """Collects layers while walking through a network; `size` and `width` are those of the last result."""

    def __init__(self, size):
        self.layers, self.size, self.width = [], size, 3

    def add(self, kind, out, kernel=1, stride=1, size=None, width=None, norm=True, bias=False):
        width = self.width if width is None else width
        size = self.size if size is None else size
        size = (size - 1) // stride + 1
        inputs = 1 if kind == "depthwise" else width
        weights = inputs * out * kernel * kernel
        self.layers.append((kind, weights * size * size, weights + (2 * out if norm else 0) + (out if bias else 0)))
        self.size, self.width = size, out

    def norm(self, channels):
        self.layers.append(("norm", 0, 2 * channels))

    def inverted(self, middle, out, kernel, stride, squeeze=False, expand=True, shortcut=False):
        width, size = self.width, self.size
        if expand:
            self.add("conv", middle)
        self.add("depthwise", middle, kernel, stride)
        if squeeze:
            narrow, pixels = divisible(middle // 4), self.size
            self.add("float", narrow, size=1, norm=False, bias=True)
            self.add("float", middle, norm=False, bias=True)
            self.size = pixels
        self.add("conv", out)
        if shortcut and stride == 1 and width != out:
            self.add("conv", out, size=size, width=width)

    def classifier(self, classes):
        self.add("end", classes, size=1, norm=False, bias=True)

    def cost(self, bits_w, bits_a, bits_ends):
        bits = {"conv": bits_w * bits_a, "depthwise": bits_w * bits_a, "end": bits_ends**2, "float": 1024, "norm": 0}
        return {"macs": sum(macs for _, macs, _ in self.layers), "parameters": sum(p for _, _, p in self.layers),
                "bops": sum(bits[kind] * macs for kind, macs, _ in self.layers)}


V3_STAGES = [(24, 2, False), (40, 2, True), (80, 2, False), (112, 1, True), (160, 2, True)]
PROXYLESS_STAGES = [(24, 2, False), (40, 2, False), (80, 2, False), (96, 1, False), (192, 2, False)]


def elastic(stages, stem, last, head, multiplier, subnet):
    net, widen = Network(subnet["image_size"]), lambda c: divisible(c * multiplier)
    net.add("end", widen(stem), 3, 2)
    net.inverted(net.width, widen(16), 3, 1, expand=False)
    for index, (width, stride, squeeze) in enumerate(stages):
        for i in range(subnet["d"][index]):
            slot = 4 * index + i
            middle = divisible(net.width * subnet["e"][slot])
            net.inverted(middle, widen(width), subnet["ks"][slot], stride if i == 0 else 1, squeeze)
    if last:
        net.inverted(divisible(net.width * subnet["e"][20]), widen(last), subnet["ks"][20], 1)
    expand, mix = head
    if expand:
        net.add("conv", widen(expand))
        net.add("conv", widen(mix), size=1, norm=False)
    else:
        net.add("conv", widen(mix))
    net.classifier(1000)
    return net


def mobilenetv3(multiplier):
    return lambda subnet: elastic(V3_STAGES, 16, 0, (960, 1280), multiplier, subnet)


def proxyless(multiplier):
    return lambda subnet: elastic(PROXYLESS_STAGES, 32, 320, (0, 1280), multiplier, subnet)


def mobilenetv3_large(subnet):
    net = Network(subnet["image_size"])
    net.add("end", 16, 3, 2)
    for i, (k, middle, out, squeeze, s) in enumerate([
            (3, 16, 16, 0, 1), (3, 64, 24, 0, 2), (3, 72, 24, 0, 1), (5, 72, 40, 1, 2), (5, 120, 40, 1, 1),
            (5, 120, 40, 1, 1), (3, 240, 80, 0, 2), (3, 200, 80, 0, 1), (3, 184, 80, 0, 1), (3, 184, 80, 0, 1),
            (3, 480, 112, 1, 1), (3, 672, 112, 1, 1), (5, 672, 160, 1, 2), (5, 960, 160, 1, 1), (5, 960, 160, 1, 1)]):
        net.inverted(middle, out, k, s, squeeze, expand=i > 0)
    net.add("conv", 960)
    net.add("conv", 1280, size=1, norm=False)
    net.classifier(1000)
    return net


def mobilenetv2(strides, cifar, classes):
    def build(subnet):
        net = Network(subnet["image_size"])
        net.add("end", 32, 3, strides[0])
        rows = [(1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)]
        for (expand, out, blocks), stride in zip(rows, strides[1:]):
            for i in range(blocks):
                net.inverted(net.width * expand, out, 3, stride if i == 0 else 1, False, cifar or expand > 1, cifar)
        net.add("conv", 1280)
        net.classifier(classes)
        return net
    return build


def basic_blocks(net, widths, blocks, pre_activation):
    for index, out in enumerate(widths):
        for i in range(blocks):
            stride, width, size = 2 if index and i == 0 else 1, net.width, net.size
            if pre_activation:
                net.norm(width)
            net.add("conv", out, 3, stride)
            net.add("conv", out, 3, norm=not pre_activation)
            if stride != 1 or width != out:
                net.add("conv", out, 1, stride, size, width, norm=not pre_activation)


def resnet18(subnet):
    net = Network(subnet["image_size"])
    net.add("end", 64, 7, 2)
    net.size = (net.size - 1) // 2 + 1
    basic_blocks(net, [64, 128, 256, 512], 2, False)
    net.classifier(1000)
    return net


def resnet20(subnet):
    net = Network(subnet["image_size"])
    net.add("end", 16, 3, norm=False)
    basic_blocks(net, [16, 32, 64], 3, True)
    net.norm(64)
    net.classifier(100)
    return net


MODELS = {
    "ofa-mbv3": mobilenetv3(1.0), "ofa-mbv3-w1.2": mobilenetv3(1.2),
    "ofa-proxyless": proxyless(1.0), "ofa-proxyless-w1.3": proxyless(1.3),
    "mobilenetv3-large": mobilenetv3_large,
    "mobilenetv2": mobilenetv2([2, 1, 2, 2, 2, 1, 2, 1], False, 1000),
    "mobilenetv2-cifar100": mobilenetv2([1, 1, 1, 2, 2, 1, 2, 1], True, 100),
    "resnet18": resnet18, "resnet20-cifar100": resnet20,
}


def subnets(rng):
    """(network, subnet, published figures) of every case."""
    for name in ["ofa-mbv3", "ofa-mbv3-w1.2", "ofa-proxyless", "ofa-proxyless-w1.3"]:
        bits = {"bits_w": 4, "bits_a": 3}
        known = name == "ofa-mbv3"
        yield name, {"image_size": 224, "ks": [7] * 21, "e": [6] * 21, "d": [4] * 5, **bits}, (
            {"macs": 566170656, "parameters": 7664760} if known else {})
        yield name, {"image_size": 128, "ks": [3] * 21, "e": [3] * 21, "d": [2] * 5, **bits}, (
            {"macs": 41476224, "parameters": 3410792} if known else {})
        for size in [140, 188, rng.randrange(128, 225, 4)]:
            yield name, {"image_size": size, "ks": rng.choices([3, 5, 7], k=21), "e": rng.choices([3, 4, 6], k=21),
                         "d": rng.choices([2, 3, 4], k=5), **bits}, {}
    yield "mobilenetv3-large", {"image_size": 224, "bits_w": 8, "bits_a": 8}, {
        "macs": 216589760, "parameters": 5483032 - 1280}
    for name, size, bits, bops, parameters in [
            ("resnet20-cifar100", 32, 4, 674643968, None), ("resnet20-cifar100", 32, 3, 392052736, None),
            ("mobilenetv2-cifar100", 32, 4, 1508933632, None), ("mobilenetv2-cifar100", 32, 3, 877131776, None),
            ("resnet18", 224, 4, 34714419200, 11689512), ("resnet18", 224, 2, 14367850496, 11689512),
            ("mobilenetv2", 224, 4, 5394053120, 3504872)]:
        published = {"bops": bops, **({"parameters": parameters} if parameters else {})}
        yield name, {"image_size": size, "bits_w": bits, "bits_a": bits, "bits_ends": 8}, published


def main():
    translate, opt, scratch = sys.argv[1:4]
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 20261124
    print(f"seed {seed}")
    exact = cases = figures = 0
    written = None
    for name, subnet, published in subnets(random.Random(seed)):
        if name != written:
            subprocess.run([translate, f"--generate-supernet={name}", "-o", scratch], check=True)
            written = name
        command = [opt, scratch, f"--oqat-materialize-subnet=subnet={json.dumps(subnet)}", "--oqat-verify-subnet",
                   "--oqat-print-cost", "-o", "/dev/null"]
        got = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        want = MODELS[name](subnet).cost(subnet["bits_w"], subnet["bits_a"], subnet.get("bits_ends", 32))
        same = all(got[key] == value for key, value in [*want.items(), *published.items()])
        exact, cases, figures = exact + same, cases + 1, figures + len(published)
        if not same:
            print(name, subnet, "got", got, "want", want, published)
    print(f"{exact} of {cases} networks are exact, {figures} figures of them published")
    return exact != cases


if __name__ == "__main__":
    sys.exit(main())
