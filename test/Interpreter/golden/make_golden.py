#!/usr/bin/env python3
#===- make_golden.py - Golden tensors of one block, from numpy alone ------===#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#===------------------------------------------------------------------------===#
"""Writes block-<bits>b.safetensors and ties-<bits>b.safetensors beside itself.

Each file holds the parameters of the supernet in ../golden.mlir, one picture, and
what every tensor must be. It is written from the rules of docs/Numerics.md (N1 to N8)
with numpy and uses none of the project code, so that the interpreter is
held to a second, independent reading of those rules.

With --check it reads the files instead and fails where a tensor is not what the
rules give for the parameters and the picture in the file.

The `ties` files use powers of two, so that values before a quantizer land
exactly halfway between two codes; the script refuses to write a file in which
that does not happen in every channel that is meant to.
"""
import json
import os
import struct
import sys

import numpy as np

F = np.float32
SIXTH = F(float.fromhex("0x1.555556p-3"))
MEAN, STD = [0.5, 0.4375, 0.375], [0.25, 0.1875, 0.3125]
SIZE, STEM, WIDTH, EXPANDED, FINAL, MIX, CLASSES = 9, 8, 8, 24, 16, 24, 5


def code_range(bits, signed):
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def scaled(y, step):
    """N3: the value u = y * r that is clamped and rounded."""
    return (y * F(1.0 / np.float64(abs(step)))).astype(F)


def quantize(y, step, bits, signed=False):
    lo, hi = code_range(bits, signed)
    u = scaled(y, step)
    u = np.where(u < F(lo), F(lo), u)
    u = np.where(u > F(hi), F(hi), u)
    return np.rint(u).astype(np.int64)


def fold(product, p, name, count):
    """N1: scale and bias of a batch norm behind steps with this product."""
    g, b, m, v = (p[f"{name}.bn.{k}"][:count].astype(np.float64) for k in ("gamma", "beta", "mean", "variance"))
    root = np.sqrt(v + 1e-5)
    return ((product * g) / root).astype(F), (b - g * m / root).astype(F)


def rescale(x, a, b):
    return (x.astype(F) * a).astype(F) + b


def relu6_plus_3(z):
    t = z + F(3)
    t = np.where(t < F(0), F(0), t)
    return np.where(t > F(6), F(6), t).astype(F)


def h_sigmoid(z):
    return relu6_plus_3(z) * SIXTH


def h_swish(z):
    return (z * relu6_plus_3(z)) * SIXTH


def relu(z):
    return np.where(z < F(0), F(0), z).astype(F)


def dot(x, w, bias=None):
    """N5: w is [outputs, k], x is [..., k]; k ascends, bias comes last."""
    total = np.zeros(x.shape[:-1] + (w.shape[0],), F)
    for k in range(w.shape[1]):
        total = total + (x[..., k : k + 1] * w[:, k]).astype(F)
    return total if bias is None else total + bias


def patches(x, kernel, stride):
    """Zero padded windows as [h, w, ky, kx, ci]."""
    pad = kernel // 2
    padded = np.pad(x, ((pad, pad), (pad, pad), (0, 0)))
    height, width = ((n - 1) // stride + 1 for n in x.shape[:2])
    out = np.zeros((height, width, kernel, kernel, x.shape[2]), x.dtype)
    for y in range(height):
        for z in range(width):
            out[y, z] = padded[y * stride : y * stride + kernel, z * stride : z * stride + kernel]
    return out


def accumulate(codes, weight):
    """Exact integer convolution, stride 1; depthwise where weight has one input."""
    taps = patches(codes, weight.shape[1], 1)
    if weight.shape[3] == 1 and codes.shape[2] == weight.shape[0] > 1:
        return np.einsum("hwyxc,cyx->hwc", taps, weight[:, :, :, 0])
    return np.einsum("hwyxc,oyxc->hwo", taps, weight)


def bound_of(weight, bits, a, b):
    """Largest |z| that any input codes can give (N4's max|y|)."""
    axes, top = (1, 2, 3), code_range(bits, False)[1]
    lo = top * np.minimum(weight, 0).sum(axis=axes)
    hi = top * np.maximum(weight, 0).sum(axis=axes)
    return float(max(np.abs(rescale(lo, a, b)).max(), np.abs(rescale(hi, a, b)).max()))


def pool(y, bound):
    pixels = y.shape[0] * y.shape[1]
    fraction = max(f for f in range(-126, 127) if pixels * bound * 2.0**f < 2.0**31)
    total = np.rint(y * F(2.0**fraction)).astype(np.int64).sum(axis=(0, 1))
    return (total.astype(np.float64) * 2.0**-fraction / pixels).astype(F)


def centre(weight, size):
    start = (weight.shape[1] - size) // 2
    return weight[:, start : start + size, start : start + size, :]


def transformed(weight, matrix, size):
    """OQAT elastic kernel: centre crop, flattened row by row, times a matrix."""
    flat = centre(weight, size).reshape(weight.shape[0], size * size)
    return dot(flat, matrix).reshape(weight.shape[0], size, size, 1)


def parameters(random, ties):
    p = {}

    def normal(name, *shape):
        fan_in = np.prod(shape[1:])
        p[name] = (random.standard_normal(shape) / np.sqrt(fan_in)).astype(F)

    def norm(name, count):
        p[f"{name}.bn.gamma"] = random.uniform(0.5, 1.5, count).astype(F) * np.where(random.random(count) < 0.25, F(-1), F(1))
        p[f"{name}.bn.beta"] = random.uniform(-0.5, 0.8, count).astype(F)
        p[f"{name}.bn.mean"] = random.uniform(-0.2, 0.2, count).astype(F)
        p[f"{name}.bn.variance"] = random.uniform(0.3, 1.2, count).astype(F)

    normal("stem.weight", STEM, 3, 3, 3)
    norm("stem", STEM)
    normal("b1.ib.weight", EXPANDED, 1, 1, WIDTH)
    norm("b1.ib", EXPANDED)
    normal("b1.dw.weight", EXPANDED, 5, 5, 1)
    normal("b1.dw.transform_5to3", 9, 9)
    norm("b1.dw", EXPANDED)
    for part, rows, columns in (("reduce", 8, EXPANDED), ("expand", EXPANDED, 8)):
        normal(f"b1.se.{part}.weight", rows, 1, 1, columns)
        p[f"b1.se.{part}.bias"] = random.uniform(-0.5, 0.5, rows).astype(F)
    normal("b1.pl.weight", WIDTH, 1, 1, EXPANDED)
    norm("b1.pl", WIDTH)
    normal("final_expand.weight", FINAL, 1, 1, WIDTH)
    norm("final_expand", FINAL)
    normal("feature_mix.weight", MIX, 1, 1, FINAL)
    normal("classifier.weight", CLASSES, MIX)
    p["classifier.bias"] = random.uniform(-0.5, 0.5, CLASSES).astype(F)
    if ties:
        make_ties(p, random)
    return p


def make_ties(p, random):
    """Powers of two wherever a quantizer follows: z * r is acc / 2^j + m / 2."""
    for name, exponent in (("b1.ib", 5), ("b1.dw", 5)):
        count = EXPANDED
        p[f"{name}.bn.mean"] = np.zeros(count, F)
        p[f"{name}.bn.variance"] = np.full(count, F(1 - 1e-5))
        p[f"{name}.bn.gamma"] = (2.0 ** (exponent - (1 + np.arange(count) % 2))).astype(F)
        p[f"{name}.bn.beta"] = (random.integers(0, 5, count) * 2.0**-4).astype(F)
    # A gate of exactly 1 keeps the ties of the depthwise layer.
    p["b1.se.expand.weight"][::2] = 0
    p["b1.se.expand.bias"][::2] = 3


def lsq_step(x, top):
    return F(2 * np.abs(x.astype(np.float64)).mean() / np.sqrt(top))


def check_ties(name, u, channels, top):
    inside = (u > 0) & (u < top) & (u - np.floor(u) == F(0.5))
    floors = np.floor(u[inside])
    hits = inside.any(axis=(0, 1))
    if not hits[channels].mean() >= 0.5 or {int(v) % 2 for v in floors} != {0, 1}:
        sys.exit(f"{name}: expected ties in at least half of the channels, both to an even and to an odd code below")


class Net:
    """Runs the network layer by layer and records what it sees."""

    def __init__(self, p, bits, size, expanded, ties, given=False):
        self.p, self.bits, self.size, self.expanded, self.ties = p, bits, size, expanded, ties
        self.given = given  # whether the steps are parameters already
        self.seen = {}

    def choose_steps(self, name, x, weight):
        p, bits = self.p, self.bits
        if self.ties and name in ("b1.dw", "b1.pl"):
            p[f"{name}.input_step"] = F(2.0**-3)
        else:
            p[f"{name}.input_step"] = lsq_step(x, code_range(bits, False)[1])
        p[f"{name}.weight_step"] = lsq_step(weight, code_range(bits, True)[1])
        if self.ties and name in ("b1.ib", "b1.dw"):
            p[f"{name}.weight_step"] = F(2.0 ** np.round(np.log2(p[f"{name}.weight_step"])))
            p[f"{name}.input_step"] = F(2.0 ** np.round(np.log2(p[f"{name}.input_step"])))
            scale = float(p[f"{name}.input_step"]) * float(p[f"{name}.weight_step"])
            jot = 1 + np.arange(EXPANDED) % 2
            p[f"{name}.bn.gamma"] = (2.0**-3 * 2.0**-jot / scale).astype(F)

    def layer(self, name, x, weight, act, norm=True):
        """Quantized convolution: its float result and the bound on it."""
        p, bits = self.p, self.bits
        if not self.given:
            self.choose_steps(name, x, weight)
        sa, sw = p[f"{name}.input_step"], p[f"{name}.weight_step"]
        codes = quantize(x, sa, bits)
        if self.ties and name in ("b1.dw", "b1.pl"):
            check_ties(name, scaled(x, sa), slice(None, None, 2), code_range(bits, False)[1])
        self.seen[f"{name}.input"] = codes.astype(np.uint8)
        weight_codes = quantize(weight, sw, bits, signed=True)
        product = np.float64(abs(sa)) * np.float64(abs(sw))
        count = weight.shape[0]
        a, b = fold(product, p, name, count) if norm else (np.full(count, F(product)), np.zeros(count, F))
        z = rescale(accumulate(codes, weight_codes), a, b)
        return act(z), bound_of(weight_codes, bits, a, b)

    def run(self, image):
        p, c = self.p, self.expanded
        act = relu if self.ties else h_swish
        a = np.array([1 / (255 * s) for s in STD]).astype(F)
        b = np.array([-m / s for m, s in zip(MEAN, STD)]).astype(F)
        x = (image.astype(F) * a).astype(F) + b
        taps = patches(x, 3, 2)
        x = dot(taps.reshape(*taps.shape[:2], -1), p["stem.weight"].reshape(STEM, -1))
        stream = act(rescale(x, *fold(np.float64(1), p, "stem", STEM)))
        self.seen["stem.output"] = stream

        y, _ = self.layer("b1.ib", stream, p["b1.ib.weight"][:c], act)
        weight = p["b1.dw.weight"][:c]
        if self.size == 3:
            weight = transformed(weight, p["b1.dw.transform_5to3"], 3)
        y, bound = self.layer("b1.dw", y, weight, act)
        self.seen["b1.dw.output"] = y
        self.seen["b1.se.pool.output"] = g = pool(y, bound)
        g = relu(dot(g, p["b1.se.reduce.weight"][:, 0, 0, :c], p["b1.se.reduce.bias"]))
        self.seen["b1.se.reduce.output"] = g
        g = h_sigmoid(dot(g, p["b1.se.expand.weight"][:c, 0, 0, :], p["b1.se.expand.bias"][:c]))
        self.seen["b1.se.expand.output"] = g
        y = y * g
        z, _ = self.layer("b1.pl", y, p["b1.pl.weight"][..., :c], lambda v: v)
        stream = z + stream

        y, bound = self.layer("final_expand", stream, p["final_expand.weight"], act)
        self.seen["final_expand.output"] = y
        self.seen["pool.output"] = y = pool(y, bound).reshape(1, 1, FINAL)
        y, _ = self.layer("feature_mix", y, p["feature_mix.weight"], act, norm=False)
        self.seen["feature_mix.output"] = y
        self.seen["logits"] = dot(y.reshape(1, MIX), p["classifier.weight"], p["classifier.bias"])
        return self.seen


def write_safetensors(path, tensors):
    header, blobs, offset = {}, [], 0
    for name in sorted(tensors):
        value = np.ascontiguousarray(tensors[name])
        blob = value.tobytes()
        kind = {"float32": "F32", "uint8": "U8"}[value.dtype.name]
        header[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        begin, end = (8 + size + at for at in entry["data_offsets"])
        kind = {"F32": np.float32, "U8": np.uint8}[entry["dtype"]]
        tensors[name] = np.frombuffer(data[begin:end], kind).reshape(entry["shape"])
    return tensors


def check(path, bits, size, expanded, ties):
    tensors = read_safetensors(path)
    p = {k: v.reshape(()) if k.endswith("_step") else v for k, v in tensors.items()}
    seen = Net(p, bits, size, expanded, ties, given=True).run(tensors["image"])
    golden = {k[len("golden/") :] for k in tensors if k.startswith("golden/")}
    if golden != set(seen):
        sys.exit(f"{path}: holds other tensors than the network has")
    for name, value in seen.items():
        if value.tobytes() != tensors[f"golden/{name}"].tobytes():
            sys.exit(f"{path}: {name} differs")
    print(f"{path}: {len(seen)} tensors equal")


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    subnets = {2: (5, 24), 3: (3, 16), 4: (3, 24), 8: (5, 24)}
    for bits, (size, expanded) in subnets.items():
        for ties in (False, True):
            path = os.path.join(folder, f"{'ties' if ties else 'block'}-{bits}b.safetensors")
            if sys.argv[1:] == ["--check"]:
                check(path, bits, size, expanded, ties)
                continue
            random = np.random.default_rng(100 * bits + ties)
            p = parameters(random, ties)
            image = random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
            seen = Net(p, bits, size, expanded, ties).run(image)
            tensors = {k: np.asarray(v).reshape(1) if np.ndim(v) == 0 else v for k, v in p.items()}
            tensors["image"] = image
            tensors.update({f"golden/{k}": v for k, v in seen.items()})
            write_safetensors(path, tensors)


if __name__ == "__main__":
    main()
