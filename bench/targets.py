#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the compiler's code is wanted to reach and what it reaches on this machine, as one table.

  peers/bin/python bench/targets.py [the options of bench/networks.py] [--kernel-rounds 3] [-o FILE]

Runs bench/kernels.py and bench/networks.py (see there for what they need and how they measure) and prints one row per
target. Those of the kernels and of the networks are wanted of a CPU with AVX-512 VBMI; `share` is of the CPU's own int8
peak, `ratio` the time of the fastest other engine's int8 over ours, both of the best rounds.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kernels
import networks


def kernel_rows(report):
    """Of the layers that share a target, the one that is furthest from it."""
    worst = {}
    for layer in report["layers"]:
        if not layer["wanted"]:
            continue
        key = (layer["kind"], layer["bits"], layer["wanted"])
        if key not in worst or layer["ofPeak"] < worst[key]["ofPeak"]:
            worst[key] = layer
    for (kind, bits, wanted), layer in worst.items():
        height, width, inputs, outputs, kernel, _ = layer["shape"]
        yield (f"{kind}, {bits} bits, share; worst is {height}x{width} {inputs}-{outputs} {kernel}x{kernel}", wanted,
               layer["ofPeak"])


def own_bits_rows(report):
    """2 bits against 8 of the same layer, where 8 bits reach enough."""
    by_shape = {}
    for layer in report["layers"]:
        if layer["kind"] == "pointwise":
            by_shape.setdefault(tuple(layer["shape"]), {})[layer["bits"]] = layer
    pairs = [(of[8], of[2]) for of in by_shape.values() if 2 in of and 8 in of and of[8]["ofPeak"] >= 0.8]
    if pairs:
        ratios = sorted(eight["macs"] and min(eight["us"]) / min(two["us"]) for eight, two in pairs)
        yield f"pointwise, 2 bits against 8 of at least 0.8 of the peak; median of {len(ratios)}", 2, ratios[len(ratios) // 2]


def network_rows(report):
    for name, entry in report["networks"].items():
        single = entry.get("threads1", {})
        for label, result in single.items():
            if label.startswith("oqat-"):
                bits = int(label.split("-")[1])
                wanted = networks.WANTED.get((name, bits)) if label.count("-") == 1 else None
                yield f"{name}, {label[5:]} bits, ratio", wanted, result["ratioBest"]
        if "threads2" in entry and name == "oqa_m":
            for bits in networks.BITS:
                yield (f"{name}, {bits} bits, two threads against one", 1.8,
                       single[f"oqat-{bits}"]["minMs"] / entry["threads2"][f"oqat-{bits}"]["minMs"])


def object_rows(report):
    for name, entry in report["networks"].items():
        facts = entry["objects"]["oqat-2"]
        ideal = facts["weightBytes"]["ideal"]
        yield f"{name}, 2 bits, stored weights over ideal bits", -1.02, facts["weightBytes"]["stored"] / ideal
        yield f"{name}, 2 bits, whole object over ideal bits", -1.25, facts["objectBytes"] / ideal
        if "firstResultMs" in entry.get("threads1", {}).get("oqat-2", {}):
            yield f"{name}, 2 bits, load to first result, ms", -10, entry["threads1"]["oqat-2"]["firstResultMs"]
        if name == "oqa_m":
            yield f"{name}, compile, s", -5, max(fact["compileSeconds"] for fact in entry["objects"].values())
            cached = [fact["cachedSeconds"] for fact in entry["objects"].values() if "cachedSeconds" in fact]
            if cached:
                yield f"{name}, compile with all layers cached, s", -0.5, max(cached)


def print_rows(rows):
    print("\n| what | wanted | reached | |\n|---|---|---|---|")
    for what, wanted, reached in rows:
        if wanted is None:
            print(f"| {what} | | {reached:.2f} | |")
        elif wanted < 0:
            print(f"| {what} | <= {-wanted:g} | {reached:.4g} | {'yes' if reached <= -wanted else 'short'} |")
        else:
            print(f"| {what} | >= {wanted:g} | {reached:.2f} | {'yes' if reached >= wanted else 'short'} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    networks.add_options(parser)
    parser.add_argument("--kernel-rounds", type=int, default=3)
    options = parser.parse_args()
    os.makedirs(options.models, exist_ok=True)
    kernel_options = argparse.Namespace(build=options.build, shapes=["pointwise", "depthwise", "dense"], bits=[2, 3, 4, 8],
                                        activation="relu", rounds=options.kernel_rounds, core=options.core,
                                        target=options.target)
    of_kernels = kernels.measure(kernel_options)
    kernels.print_table(of_kernels)
    of_networks = networks.measure(options)
    print_rows([*kernel_rows(of_kernels), *own_bits_rows(of_kernels), *network_rows(of_networks),
                *object_rows(of_networks)])
    if options.output:
        with open(options.output, "w") as file:
            json.dump({"kernels": of_kernels, **of_networks}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
