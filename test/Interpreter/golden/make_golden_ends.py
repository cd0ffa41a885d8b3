#!/usr/bin/env python3
#===- make_golden_ends.py - Golden tensors of 8-bit ends, from numpy ------===#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#===------------------------------------------------------------------------===#
"""Writes ends-<bits>b.safetensors beside itself: what every tensor of ../golden-ends.mlir
must be with 8-bit ends (N17) and a residual stream of codes (N7).

A squeeze-excite in 8 bits lies between two additions of one run. With --check it
reads the files instead, as make_golden.py does. The script refuses to write a file in
which the stream never reaches both ends of its range.
"""
import os
import sys

import numpy as np

from make_golden import (CLASSES, EXPANDED, F, FINAL, MEAN, MIX, SIZE, STD, STEM, WIDTH, accumulate, bound_of,
                         code_range, fold, h_sigmoid, h_swish, lsq_step, parameters, patches, pool, quantize,
                         read_safetensors, relu, rescale, scaled, write_safetensors)

GATE_STEP = F(float.fromhex("0x1.010102p-8"))


def decode(codes, step):
    """What codes stand for: f32(code) * |s|."""
    return (codes.astype(F) * F(abs(step))).astype(F)


def stored(codes):
    """Signed codes as they are reported: bytes, the lowest code being 0."""
    return (codes + 128).astype(np.uint8)


def pool_codes(codes, step):
    """N4: the sum of codes is exact, their step comes after it."""
    total = codes.astype(np.int64).sum(axis=(0, 1)).astype(np.float64)
    return (total * np.float64(abs(step)) / (codes.shape[0] * codes.shape[1])).astype(F)


def add_to_stream(codes, z, step):
    """N7: the summand is rounded on its own, the sum is clamped."""
    return np.clip(codes + np.rint(scaled(z, step)).astype(np.int64), -128, 127)


class Net:
    def __init__(self, p, bits, expanded, given=False):
        self.p, self.bits, self.expanded, self.given = p, bits, expanded, given
        self.seen = {}

    def step(self, name, x, bits, signed, factor=1):
        if not self.given:
            self.p[name] = F(lsq_step(x, code_range(bits, signed)[1]) * factor)
        return self.p[name]

    def codes(self, name, x, bits, signed, factor=1):
        step = self.step(f"{name}_step", x, bits, signed, factor)
        codes = quantize(x, step, bits, signed)
        self.seen[name] = stored(codes) if signed else codes.astype(np.uint8)
        return codes, step

    def product(self, name, codes, sa, weight, bits, act, stride=1, bias=None):
        """A quantized layer: its float result and the bound on it."""
        sw = self.step(f"{name}.weight_step", weight, bits, True)
        weight = quantize(weight, sw, bits, signed=True)
        product = np.float64(abs(sa)) * np.float64(abs(sw))
        if bias is None:
            a, b = fold(product, self.p, name, weight.shape[0])
        else:
            a, b = np.full(weight.shape[0], F(product)), bias
        if stride == 1:
            acc = accumulate(codes, weight)
        else:
            acc = np.einsum("hwyxc,oyxc->hwo", patches(codes, weight.shape[1], stride), weight)
        return act(rescale(acc, a, b)), bound_of(weight, self.bits, a, b)

    def layer(self, name, x, weight, act, bias=None):
        codes, sa = self.codes(f"{name}.input", x, self.bits, signed=False)
        return self.product(name, codes, sa, weight, self.bits, act, bias=bias)

    def squeeze_excite(self, y):
        p, c = self.p, self.expanded
        y, sy = self.codes("b1.se.input", y, 8, signed=True)
        self.seen["b1.se.pool.output"] = g = pool_codes(y, sy)
        y = decode(y, sy)
        g, s = self.codes("b1.se.reduce.input", g.reshape(1, 1, c), 8, signed=True)
        g, _ = self.product("b1.se.reduce", g, s, p["b1.se.reduce.weight"][..., :c], 8, relu,
                            bias=p["b1.se.reduce.bias"])
        g, s = self.codes("b1.se.expand.input", g, 8, signed=False)
        g, _ = self.product("b1.se.expand", g, s, p["b1.se.expand.weight"][:c], 8, h_sigmoid,
                            bias=p["b1.se.expand.bias"][:c])
        g = quantize(g, GATE_STEP, 8)
        self.seen["b1.se.gate"] = g.astype(np.uint8)
        return y * decode(g, GATE_STEP)

    def run(self, image):
        p, c = self.p, self.expanded
        none = lambda v: v
        a = np.array([1 / (255 * s) for s in STD]).astype(F)
        b = np.array([-m / s for m, s in zip(MEAN, STD)]).astype(F)
        x = (image.astype(F) * a).astype(F) + b
        codes, s = self.codes("stem.input", x, 8, signed=True)
        x, _ = self.product("stem", codes, s, p["stem.weight"], 8, h_swish, stride=2)
        stream, run = self.codes("b1.residual", x, 8, signed=True, factor=0.5)

        y, _ = self.layer("b1.ib", decode(stream, run), p["b1.ib.weight"][:c], h_swish)
        y, _ = self.layer("b1.dw", y, p["b1.dw.weight"][:c, 1:4, 1:4], h_swish)
        y = self.squeeze_excite(y)
        z, _ = self.layer("b1.pl", y, p["b1.pl.weight"][..., :c], none)
        for name in ("b1", "b2"):
            if name == "b2":
                z, _ = self.layer("b2.pl", decode(stream, run), p["b2.pl.weight"], none)
            stream = add_to_stream(stream, z, run)
            self.seen[f"b1.residual.{name[1]}"] = stored(stream)
        if not self.given and {-128, 127} - set(stream.flat):
            sys.exit("expected the stream to reach both ends of its range")

        y, bound = self.layer("final_expand", decode(stream, run), p["final_expand.weight"], h_swish)
        self.seen["final_expand.output"] = y
        self.seen["pool.output"] = y = pool(y, bound).reshape(1, 1, FINAL)
        y, _ = self.layer("feature_mix", y, p["feature_mix.weight"], h_swish, bias=np.zeros(MIX, F))
        codes, s = self.codes("classifier.input", y, 8, signed=True)
        logits, _ = self.product("classifier", codes, s, p["classifier.weight"].reshape(CLASSES, 1, 1, MIX), 8, none,
                                 bias=p["classifier.bias"])
        self.seen["logits"] = logits.reshape(1, CLASSES)
        return self.seen


def make_parameters(random):
    p = parameters(random, ties=False)
    p.pop("b1.dw.transform_5to3")
    p["b2.pl.weight"] = (random.standard_normal((WIDTH, 1, 1, WIDTH)) / np.sqrt(WIDTH)).astype(F)
    p["b1.pl.bn.gamma"] *= F(5)  # so that sums leave the range of the stream
    for kind in ("gamma", "beta", "mean", "variance"):
        p[f"b2.pl.bn.{kind}"] = p[f"b1.pl.bn.{kind}"][::-1].copy()
    return p


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    for bits, expanded in ((2, 24), (4, 16), (8, 24)):
        path = os.path.join(folder, f"ends-{bits}b.safetensors")
        if sys.argv[1:] == ["--check"]:
            tensors = read_safetensors(path)
            p = {k: v.reshape(()) if k.endswith("_step") else v for k, v in tensors.items()}
            seen = Net(p, bits, expanded, given=True).run(tensors["image"])
            if {f"golden/{name}" for name in seen} != {k for k in tensors if k.startswith("golden/")}:
                sys.exit(f"{path}: holds other tensors than the network has")
            for name, value in seen.items():
                if value.tobytes() != tensors[f"golden/{name}"].tobytes():
                    sys.exit(f"{path}: {name} differs")
            print(f"{path}: {len(seen)} tensors equal")
            continue
        random = np.random.default_rng(1000 + bits)
        p = make_parameters(random)
        image = random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
        seen = Net(p, bits, expanded).run(image)
        tensors = {k: np.asarray(v).reshape(1) if np.ndim(v) == 0 else v for k, v in p.items()}
        tensors["image"] = image
        tensors.update({f"golden/{k}": v for k, v in seen.items()})
        write_safetensors(path, tensors)


if __name__ == "__main__":
    main()
