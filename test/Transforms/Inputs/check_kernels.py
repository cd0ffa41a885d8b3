# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_kernels.py WORK: elastic kernels of a depthwise weight, against numpy.

A float and a quantized depthwise convolution share a 7x7 weight and its matrices; a subnet of every
kernel size is materialized and frozen, with the matrices and without.
"""
import re
import subprocess
import sys

import numpy as np

F = np.float32
CHANNELS, WIDTH, STEP, BITS = 16, 8, F(0.171), 4
CONV = "stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<?x?x?x1xf32>) -> tensor<?x?x?x?xf32>"


def parameter(name, kind, values):
    shape = "".join(f"{n}x" for n in values.shape)
    dense = f'dense<"0x{values.tobytes().hex().upper()}">' if values.ndim else f"dense<{values!s}>"
    return f"oqat.parameter @{name} kind {kind} : tensor<{shape}f32> = {dense} : tensor<{shape}f32>"


def module(weight, m75, m53, transforms):
    weight_op = f"oqat.weight @d.weight out <{WIDTH} * @e> kernel @ks{transforms} : tensor<?x?x?x1xf32>"
    return "\n".join([
        'oqat.space @space {', '  oqat.choice @image_size key "image_size" values [8]',
        '  oqat.choice @ks key "ks" values [3, 5, 7]', '  oqat.choice @e key "e" values [1, 2]', '}',
        parameter("stem.weight", "weight", np.ones((WIDTH, 1, 1, 3), F)), parameter("d.weight", "weight", weight),
        parameter("m75", "transform", m75), parameter("m53", "transform", m53),
        parameter("d.weight_step", "step", STEP), parameter("d.input_step", "step", F(1)),
        parameter("c.weight", "weight", np.ones((10, WIDTH), F)), parameter("c.bias", "bias", np.ones(10, F)),
        'oqat.supernet @net space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {',
        '%0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>',
        f'%s = oqat.weight @stem.weight : tensor<{WIDTH}x1x1x3xf32>',
        f'%1 = oqat.conv2d %0, %s stride 1 : (tensor<?x?x?x?xf32>, tensor<{WIDTH}x1x1x3xf32>) -> tensor<?x?x?x?xf32>',
        f'%w = {weight_op}', f'%2 = oqat.conv2d %1, %w {CONV}',
        '%q = oqat.fake_quantize %2 step @d.input_step bits 4 : tensor<?x?x?x?xf32>', f'%v = {weight_op}',
        f'%vq = oqat.fake_quantize %v step @d.weight_step bits {BITS} signed : tensor<?x?x?x1xf32>',
        f'%3 = oqat.conv2d %q, %vq {CONV}',
        '%p = oqat.pool %3 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>',
        f'%wl = oqat.weight @c.weight : tensor<10x{WIDTH}xf32>',
        f'%l = oqat.linear %p, %wl bias @c.bias : (tensor<?x?x?x?xf32>, tensor<10x{WIDTH}xf32>) -> tensor<?x10xf32>',
        'oqat.return %l : tensor<?x10xf32>', '}'])


def centre(weight, size):
    start = (weight.shape[1] - size) // 2
    return weight[:, start : start + size, start : start + size, :]


def transformed(weight, matrix):
    """Crop, flatten row by row, times the matrix: from +0, i ascending, multiply then add."""
    taps = matrix.shape[0]
    size = int(round(taps**0.5))
    flat = centre(weight, size).reshape(weight.shape[0], taps)
    out = np.zeros_like(flat)
    for i in range(taps):
        out = (out + (matrix[:, i] * flat[:, i : i + 1]).astype(F)).astype(F)
    return out.reshape(weight.shape[0], size, size, 1)


def codes(weight):
    u = (weight * F(1.0 / np.float64(STEP))).astype(F)
    return np.rint(np.clip(u, -(2 ** (BITS - 1)), 2 ** (BITS - 1) - 1)).astype(np.int8)


def frozen(path, size):
    subnet = f'{{"image_size": 8, "ks": {size}, "e": 1}}'
    text = subprocess.run(["oqat-opt", path, f"-oqat-materialize-subnet=subnet={subnet}", "-oqat-freeze-quantizers",
                           "-mlir-print-elementsattrs-with-hex-if-larger=1"], check=True, stdout=subprocess.PIPE, text=True).stdout
    shape = f"{WIDTH}x{size}x{size}x1x"
    floats = re.search(rf'constant_weight dense<"0x(\w+)"> : tensor<{shape}f32>', text).group(1)
    ints = re.search(rf'constant_codes dense<"0x(\w+)"> : tensor<{shape}i8>', text).group(1)
    dims = (WIDTH, size, size, 1)
    return np.frombuffer(bytes.fromhex(floats), F).reshape(dims), np.frombuffer(bytes.fromhex(ints), np.int8).reshape(dims)


def main():
    random = np.random.default_rng(19)
    weight = (random.standard_normal((CHANNELS, 7, 7, 1)) / 2).astype(F)
    m75 = (np.eye(25) + random.standard_normal((25, 25)) / 10).astype(F)
    m53 = (np.eye(9) + random.standard_normal((9, 9)) / 10).astype(F)
    active = weight[:WIDTH]
    middle = transformed(active, m75)
    expected = {7: (active, active), 5: (middle, centre(active, 5)), 3: (transformed(middle, m53), centre(active, 3))}
    for size in (7, 5, 3):
        for kind, transforms in enumerate((" transforms [@m75, @m53]", "")):
            path = f"{sys.argv[1]}.{kind}.mlir"
            with open(path, "w") as f:
                f.write(module(weight, m75, m53, transforms))
            floats, ints = frozen(path, size)
            want = expected[size][kind]
            name = f"{size}x{size} of 7x7, {('transformed', 'cropped')[kind]}"
            assert floats.tobytes() == np.ascontiguousarray(want).tobytes(), name
            assert (ints == codes(want)).all(), name
            assert len(np.unique(ints)) > 8
            print(f"{name}: weights and codes equal")


main()
