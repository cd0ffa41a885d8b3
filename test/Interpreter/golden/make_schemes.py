#!/usr/bin/env python3
#===- make_schemes.py - Golden tensors of all quantizer schemes -----------===#
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#===------------------------------------------------------------------------===#
"""Writes schemes-<bits>b.safetensors beside itself, for ../golden-schemes.mlir.

A second reading of N3, N15 and N16, as make_golden.py is of the other rules, whose
building blocks it uses; none of the project code. One block: LSQ+ activations into an expand
convolution with weight steps per channel, signed activations with steps per channel into a
depthwise one with normalized LIQ weights, LIQ activations and plain LIQ weights, then PACT
activations and one-bit weights. Some steps and gammas are negative.

With --check it reads the files and fails where a tensor differs from what the rules give.
"""
import os
import sys

import numpy as np
from make_golden import (CLASSES, F, MEAN, SIZE, STD, accumulate, dot, fold, h_swish, patches, pool, read_safetensors, rescale,
                         write_safetensors)

STEM, EXPANDED, OUT, FINAL = 8, 16, 8, 12


def even_levels(x, step, lo, hi, zero=0):
    """(q - z) of N3."""
    u = (x * (1.0 / np.float64(step)).astype(F)).astype(F)
    return np.rint(np.clip(u, F(lo - zero), F(hi - zero))).astype(np.int64)


def odd_levels(w, step, bits):
    """2q' + 1 of N15; signs for one bit (N16)."""
    u = (w * (1.0 / np.float64(step)).astype(F)).astype(F)
    if bits == 1:
        return np.where(u < 0, -1, 1)
    end = F(2**bits - 1)
    code = np.rint((np.clip(u, -end, end) - F(1)).astype(F) * F(0.5))
    return 2 * code.astype(np.int64) + 1


def magnitude(step):
    return np.abs(step).astype(F)


def clip_step(clip, bits):
    return (np.abs(clip).astype(np.float64) / (2**bits - 1)).astype(F)


def normalized(w):
    flat = w.astype(np.float64).reshape(-1)
    total = 0.0
    for value in flat:
        total += value
    mean, squares = total / flat.size, 0.0
    for value in flat:
        squares += (value - mean) * (value - mean)
    return ((w.astype(np.float64) - mean) / np.sqrt(squares / (flat.size - 1))).astype(F)


def products(sa, sw):
    return np.asarray(sa).astype(np.float64) * np.asarray(sw).astype(np.float64)


def bound_of(weight, lo, hi, a, b):
    """Largest |z| behind any input levels from lo to hi."""
    ends = np.stack([weight * lo, weight * hi])
    low, high = (f(ends, axis=0).sum(axis=(1, 2, 3)) for f in (np.min, np.max))
    return float(max(np.abs(rescale(low, a, b)).max(), np.abs(rescale(high, a, b)).max()))


def run(p, bits, image):
    """`p` may lack the learned steps: they are chosen from the data then."""
    seen, given = {}, "b1.ib.input_step" in p
    top, half = 2**bits - 1, 2 ** (bits - 1)
    signed_bits = max(bits, 2)

    def learn(name, value):
        if not given:
            p[name] = np.asarray(value, F)
        return p[name]

    a = np.array([1 / (255 * s) for s in STD]).astype(F)
    b = np.array([-m / s for m, s in zip(MEAN, STD)]).astype(F)
    x = (image.astype(F) * a).astype(F) + b
    taps = patches(x, 3, 2)
    x = dot(taps.reshape(*taps.shape[:2], -1), p["stem.weight"].reshape(STEM, -1))
    stream = h_swish(rescale(x, *fold(np.float64(1), p, "stem", STEM)))
    seen["stem.output"] = stream

    # LSQ+, and a weight step per channel of alternating sign.
    w = p["b1.ib.weight"]
    sa = magnitude(learn("b1.ib.input_step", -(stream.max() - stream.min()) * 0.7 / top))
    offset = learn("b1.ib.input_offset", stream.min() * 0.9)
    zero = int(np.rint(np.clip(-offset * (1.0 / np.float64(sa)).astype(F), F(0), F(top))))
    per_row = 2 * np.abs(w.astype(np.float64)).mean(axis=(1, 2, 3)) / np.sqrt(max(half - 1, 1))
    sw = magnitude(learn("b1.ib.weight_step", per_row * (-1.0) ** np.arange(EXPANDED)))
    levels = even_levels(stream, sa, 0, top, zero)
    seen["b1.ib.input"] = (levels + zero).astype(np.uint8)
    rows = sw.reshape(-1, 1, 1, 1)
    weight = odd_levels(w, rows, 1) if bits == 1 else even_levels(w, rows, -half, half - 1)
    y = h_swish(rescale(accumulate(levels, weight), *fold(products(sa, sw), p, "b1.ib", EXPANDED)))

    # Signed, a step per channel; normalized LIQ.
    signed_half = 2 ** (signed_bits - 1)
    sa = magnitude(learn("b1.dw.input_step", (np.abs(y).max(axis=(0, 1)) + F(0.1)) / signed_half))
    clip = learn("b1.dw.weight_step", -1.75)
    levels = even_levels(y, sa, -signed_half, signed_half - 1)
    seen["b1.dw.input"] = (levels + signed_half).astype(np.uint8)
    sw = clip_step(clip, bits)
    weight = odd_levels(normalized(p["b1.dw.weight"]), sw, bits)
    y = h_swish(rescale(accumulate(levels, weight), *fold(products(sa, sw), p, "b1.dw", EXPANDED)))

    # LIQ activations and weights, no normalization.
    clip = learn("b1.pl.input_step", 0.8 * np.abs(y).max())
    sa = clip_step(clip, bits)
    levels = even_levels(y, sa, 0, top)
    seen["b1.pl.input"] = levels.astype(np.uint8)
    w = p["b1.pl.weight"]
    sw = clip_step(learn("b1.pl.weight_step", 0.8 * np.abs(w).max()), bits)
    weight = odd_levels(w, sw, bits)
    stream = rescale(accumulate(levels, weight), *fold(products(sa, sw), p, "b1.pl", OUT)) + stream

    # PACT; one bit weights, a scale per channel, without batch norm.
    clip = learn("mix.input_step", -0.9 * np.abs(stream).max())
    sa = clip_step(clip, bits)
    levels = even_levels(stream, sa, 0, top)
    seen["mix.input"] = levels.astype(np.uint8)
    w = p["mix.weight"]
    sw = magnitude(learn("mix.weight_step", np.abs(w.astype(np.float64)).mean(axis=(1, 2, 3))))
    weight = odd_levels(w, sw.reshape(-1, 1, 1, 1), 1)
    a, b = products(sa, sw).astype(F), np.zeros(FINAL, F)
    y = h_swish(rescale(accumulate(levels, weight), a, b))
    seen["mix.output"] = y
    seen["pool.output"] = y = pool(y, bound_of(weight, 0, top, a, b)).reshape(1, FINAL)
    seen["logits"] = dot(y, p["classifier.weight"], p["classifier.bias"])
    return seen


def parameters(random):
    p = {}
    for name, shape in (("stem", (STEM, 3, 3, 3)), ("b1.ib", (EXPANDED, 1, 1, STEM)), ("b1.dw", (EXPANDED, 3, 3, 1)),
                        ("b1.pl", (OUT, 1, 1, EXPANDED)), ("mix", (FINAL, 1, 1, OUT)), ("classifier", (CLASSES, FINAL))):
        p[f"{name}.weight"] = (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(F)
        if name not in ("mix", "classifier"):
            count = shape[0]
            sign = np.where(random.random(count) < 0.25, F(-1), F(1))
            p[f"{name}.bn.gamma"] = random.uniform(0.5, 1.5, count).astype(F) * sign
            p[f"{name}.bn.beta"] = random.uniform(-0.5, 0.8, count).astype(F)
            p[f"{name}.bn.mean"] = random.uniform(-0.2, 0.2, count).astype(F)
            p[f"{name}.bn.variance"] = random.uniform(0.3, 1.2, count).astype(F)
    # Exact zeros, whose sign is +1.
    p["mix.weight"][0, 0, 0, :3] = (0.0, -0.0, 0.0)
    p["classifier.bias"] = random.uniform(-0.5, 0.5, CLASSES).astype(F)
    return p


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    for bits in (1, 2, 5, 8):
        path = os.path.join(folder, f"schemes-{bits}b.safetensors")
        if sys.argv[1:] == ["--check"]:
            tensors = read_safetensors(path)
            p = {k: v.reshape(()) if v.shape == (1,) else v for k, v in tensors.items()}
            seen = run(p, bits, tensors["image"])
            for name, value in seen.items():
                if value.tobytes() != tensors[f"golden/{name}"].tobytes():
                    sys.exit(f"{path}: {name} differs")
            if sum(key.startswith("golden/") for key in tensors) != len(seen):
                sys.exit(f"{path}: holds other tensors than the network has")
            print(f"{path}: {len(seen)} tensors equal")
            continue
        random = np.random.default_rng(1000 + bits)
        p = parameters(random)
        image = random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
        seen = run(p, bits, image)
        for name in ("b1.ib", "b1.dw", "b1.pl", "mix"):
            codes = len(np.unique(seen[f"{name}.input"]))
            # Of 8 bits no layer has values enough to reach them all.
            if 2 * codes < min(2 ** (bits if name != "b1.dw" else max(bits, 2)), 128):
                sys.exit(f"{path}: {name} uses {codes} codes only")
        tensors = dict(p, image=image)
        tensors.update({f"golden/{k}": v for k, v in seen.items()})
        write_safetensors(path, {k: np.asarray(v).reshape(1) if np.ndim(v) == 0 else v for k, v in tensors.items()})


if __name__ == "__main__":
    main()
