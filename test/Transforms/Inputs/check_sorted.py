# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_sorted.py BEFORE.mlir AFTER.mlir BLOCK --sorted N [--squeezed S]

The first N middle channels of a block stand in descending order of importance, the L1 norm of what
the project convolution reads from them, ties as before; everything indexed by them moved along.
With --squeezed the squeezed channels of its squeeze-excite likewise. Nothing outside of blocks changed.
"""
import argparse
import re
import struct

PARAMETER = re.compile(r'oqat\.parameter @(\S+) kind \w+ : tensor<([0-9x]*)xf32> = dense<"0x([0-9A-F]*)">')


def read(path):
    with open(path) as f:
        found = PARAMETER.findall(f.read())
    return {name: ([int(x) for x in shape.split("x")], struct.unpack(f"<{len(raw) // 8}f", bytes.fromhex(raw)))
            for name, shape, raw in found}


def take(tensor, dim, order):
    """Index `dim` of the tensor by `order`, all its values as tuples."""
    shape, values = tensor
    inner = 1
    for extent in shape[dim + 1 :]:
        inner *= extent
    extent = shape[dim]
    rows = [values[i : i + inner] for i in range(0, len(values), inner)]
    result = []
    for outer in range(0, len(rows), extent):
        for i in order:
            result.extend(rows[outer + i])
    return shape, tuple(result)


def norms(tensor):
    """Of the last dimension."""
    shape, values = tensor
    return [sum(abs(v) for v in values[i :: shape[-1]]) for i in range(shape[-1])]


def ordered(importance, count):
    first = sorted(range(count), key=lambda i: -importance[i])  # sorted() is stable
    return first + list(range(count, len(importance)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("block")
    parser.add_argument("--sorted", type=int, required=True)
    parser.add_argument("--squeezed", type=int)
    options = parser.parse_args()
    before, after, b = read(options.before), read(options.after), options.block
    importance = norms(before[f"{b}.pl.weight"])
    order = ordered(importance, options.sorted)
    assert order != list(range(len(order)))
    axes = {f"{b}.{layer}.bn.{part}": [(0, order)] for layer in ("ib", "dw") for part in ("gamma", "beta", "mean", "variance")}
    axes |= {f"{b}.ib.weight": [(0, order)], f"{b}.dw.weight": [(0, order)], f"{b}.pl.weight": [(3, order)]}
    if options.squeezed:
        squeezed = ordered(norms(before[f"{b}.se.expand.weight"]), options.squeezed)
        axes |= {f"{b}.se.reduce.weight": [(0, squeezed), (3, order)], f"{b}.se.reduce.bias": [(0, squeezed)],
                 f"{b}.se.expand.weight": [(0, order), (3, squeezed)], f"{b}.se.expand.bias": [(0, order)]}
    count = 0
    for name, tensor in before.items():
        if re.match(r"b\d+\.", name) and not name.startswith(f"{b}."):
            continue  # sorted on its own
        for dim, place in axes.get(name, []):
            tensor = take(tensor, dim, place)
        assert tensor == after[name], name
        count += after[name] != before[name]
    total, first = sum(importance), min(8, len(order))
    print(f"{b}: {count} tensors permuted alike, first {first} of {len(order)} channels hold "
          f"{sum(norms(after[f'{b}.pl.weight'])[:first]) / total:.3f} of the norm instead of {sum(importance[:first]) / total:.3f}")
    assert sum(norms(after[f"{b}.pl.weight"])[:first]) > sum(importance[:first])


main()
