#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws subnets of a supernet at random, as subnet JSON files.

  random-subnets.py --plan DIR --count 3 --seed 7 --bits 2 [--prefix random] [--extremes]

The choices come from DIR/graph.json (the training plan), so any space will do. Every
choice is drawn independently and uniformly; choices per layer (bits) get --bits.
--extremes adds the largest and the smallest subnet, PREFIXmax.json and PREFIXmin.json.
"""
import argparse
import json
import os
import random


def draw(choices, choose, bits):
    subnet = {}
    for choice in choices:
        key = choice["key"]
        if choice.get("perLayer"):
            if bits not in choice["values"]:
                raise SystemExit(f"{key}: {bits} is not in {choice['values']}")
            subnet[key] = bits
        elif "index" in choice:
            values = subnet.setdefault(key, [])
            values.extend([0] * (choice["index"] + 1 - len(values)))
            values[choice["index"]] = choose(choice["values"])
        else:
            subnet[key] = choose(choice["values"])
    return subnet


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", required=True)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bits", type=int, required=True)
    parser.add_argument("--prefix", default="random")
    parser.add_argument("--extremes", action="store_true")
    options = parser.parse_args()
    with open(os.path.join(options.plan, "graph.json")) as file:
        choices = json.load(file)["space"]["choices"]
    generator = random.Random(options.seed)
    chosen = [(str(number), generator.choice) for number in range(1, options.count + 1)]
    if options.extremes:
        chosen += [("max", max), ("min", min)]
    for name, choose in chosen:
        with open(f"{options.prefix}{name}.json", "w") as file:
            json.dump(draw(choices, choose, options.bits), file)
            file.write("\n")


if __name__ == "__main__":
    main()
