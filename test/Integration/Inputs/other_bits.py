# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""other_bits.py <subnet.json> <bits or manifest.json>: the same subnet at other bits;
with the manifest of its object, at bits that change from layer to layer."""
import json
import random
import sys

with open(sys.argv[1]) as file:
    subnet = json.load(file)
if sys.argv[2].isdigit():
    subnet["bits_w"] = subnet["bits_a"] = int(sys.argv[2])
else:
    with open(sys.argv[2]) as file:
        layers = sum(layer["bitsW"] < 32 for layer in json.load(file)["layers"])
    generator = random.Random(1)
    for key in ("bits_w", "bits_a"):
        subnet[key] = [generator.choice([2, 3, 4, 8]) for _ in range(layers)]
print(json.dumps(subnet))
