#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Golden tensors of a small pre-activation network, from numpy alone: a float stem, a max
pool, batch norm behind an addition, relu6, two quantized convolutions of 4 bits.

  pre_activation.py OUT.safetensors

The rules are those of make_golden.py, plus: a max pool leaves taps outside the picture out;
batch norm that follows no convolution is N1 with a product of 1; and the bounds of float
layers (N4a).
"""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
from make_golden import (F, MEAN, STD, accumulate, code_range, dot, fold, lsq_step, patches, pool,
                         quantize, relu, rescale, write_safetensors)

SIZE, WIDTH, CLASSES, BITS = 9, 6, 3, 4


def relu6(z):
    t = np.where(z < F(0), F(0), z)
    return np.where(t > F(6), F(6), t).astype(F)


def max_pool(x):
    """3x3, stride 2."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
    size = (x.shape[0] - 1) // 2 + 1
    return np.stack([[padded[2 * y:2 * y + 3, 2 * z:2 * z + 3].max(axis=(0, 1)) for z in range(size)]
                     for y in range(size)]).astype(F)


def rescaled_bound(bound, a, b):
    ends = [np.abs(rescale(np.full(len(a), F(end)), a, b)) for end in (-bound, bound)]
    return F(np.max(ends))


def main():
    random = np.random.default_rng(7)
    p = {"stem.weight": random.standard_normal((WIDTH, 3, 3, 3)).astype(F)}
    for name in ("pre", "post"):
        p[f"{name}.bn.gamma"] = np.array([1.5, -0.75, 1, 0.5, 2, 1.25], F)
        p[f"{name}.bn.beta"] = random.uniform(-0.5, 1, WIDTH).astype(F)
        p[f"{name}.bn.mean"] = random.uniform(-1, 1, WIDTH).astype(F)
        p[f"{name}.bn.variance"] = random.uniform(0.5, 9, WIDTH).astype(F)
    p["conv.weight"] = random.standard_normal((WIDTH, 3, 3, WIDTH)).astype(F)
    p["classifier.weight"] = random.standard_normal((CLASSES, WIDTH)).astype(F)
    p["classifier.bias"] = random.uniform(-1, 1, CLASSES).astype(F)
    image = random.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    seen = {}

    a = np.array([1 / (255 * s) for s in STD]).astype(F)
    b = np.array([-m / s for m, s in zip(MEAN, STD)]).astype(F)
    x = rescale(image, a, b)
    bound = F(max(np.abs(b).max(), np.abs(rescale(np.full(3, 255), a, b)).max()))
    taps = patches(x, 3, 1)
    x = dot(taps.reshape(*taps.shape[:2], -1), p["stem.weight"].reshape(WIDTH, -1))
    bound = F(np.abs(p["stem.weight"].astype(np.float64)).sum(axis=(1, 2, 3)).max() * np.float64(bound) * (1 + 2.0**-10))
    seen["stem.output"] = x
    seen["max_pool.output"] = stream = max_pool(x)

    y = relu6(rescale(stream, *fold(np.float64(1), p, "pre", WIDTH)))
    p["conv.input_step"] = sa = lsq_step(y, code_range(BITS, False)[1])
    p["conv.weight_step"] = sw = lsq_step(p["conv.weight"], code_range(BITS, True)[1])
    seen["conv.input"] = codes = quantize(y, sa, BITS)
    weight = quantize(p["conv.weight"], sw, BITS, signed=True)
    product = F(np.float64(sa) * np.float64(sw))
    z = (accumulate(codes, weight).astype(F) * product).astype(F) + F(0)
    top = code_range(BITS, False)[1]
    lo, hi = (top * part(weight, 0).sum(axis=(1, 2, 3)) for part in (np.minimum, np.maximum))
    bound = F(max(np.abs(lo.astype(F) * product).max(), np.abs(hi.astype(F) * product).max()) + bound)
    seen["conv.output"] = stream = z + stream

    a, b = fold(np.float64(1), p, "post", WIDTH)
    seen["rescale.1.output"] = y = relu(rescale(stream, a, b))
    seen["pool.output"] = y = pool(y, float(rescaled_bound(bound, a, b)))
    seen["logits"] = dot(y.reshape(1, WIDTH), p["classifier.weight"], p["classifier.bias"])

    tensors = {k: np.asarray(v).reshape(1) if np.ndim(v) == 0 else v for k, v in p.items()}
    tensors["image"] = image
    tensors.update({f"golden/{k}": v.astype(np.uint8) if v.dtype == np.int64 else v for k, v in seen.items()})
    write_safetensors(sys.argv[1], tensors)


if __name__ == "__main__":
    main()
