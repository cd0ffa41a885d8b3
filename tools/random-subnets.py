#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws subnets of a supernet at random, as subnet JSON files.

  random-subnets.py --plan DIR --count 3 --seed 7 --bits 2 [--prefix random]

The choices come from DIR/graph.json (the training plan), so any space will do. Every
choice is drawn independently and uniformly; choices per layer (bits) get --bits.
"""
import argparse
import json
import os
import random


def draw(choices, generator, bits):
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
            values[choice["index"]] = generator.choice(choice["values"])
        else:
            subnet[key] = generator.choice(choice["values"])
    return subnet


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", required=True)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bits", type=int, required=True)
    parser.add_argument("--prefix", default="random")
    options = parser.parse_args()
    with open(os.path.join(options.plan, "graph.json")) as file:
        choices = json.load(file)["space"]["choices"]
    generator = random.Random(options.seed)
    for number in range(1, options.count + 1):
        with open(f"{options.prefix}{number}.json", "w") as file:
            json.dump(draw(choices, generator, options.bits), file)
            file.write("\n")


if __name__ == "__main__":
    main()
