#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks a profile of oqat-run, as JSON and as a table, against the manifest.

  check_profile.py net.json profile.json [table]
"""
import json
import sys

with open(sys.argv[1]) as file:
    manifest = json.load(file)
with open(sys.argv[2]) as file:
    profile = json.load(file)
layers, total = profile["layers"], profile["total"]
assert len(layers) == len(manifest["layers"]) > 0
for layer, expected, tensor in zip(layers, manifest["layers"], manifest["tensors"]):
    for key in ("name", "kind", "kernel", "macs"):
        assert layer[key] == expected[key], (layer, expected)
    size = 4 if tensor["dtype"] == "f32" else 1
    for extent in tensor["shape"]:
        size *= extent
    assert layer["tensor"] == tensor["name"]
    assert layer["bytes"] == size + expected["inputBytes"] + expected["weightBytes"], layer
    assert 0 < layer["minUs"] <= layer["medianUs"]
    assert not layer["macs"] or layer["gmacsPerSecond"] > 0
assert total["macs"] == sum(layer["macs"] for layer in manifest["layers"])
assert total["bytes"] == sum(layer["bytes"] for layer in layers)
assert abs(sum(layer["sharePercent"] for layer in layers) - 100) < 0.01
timed = sum(layer["minUs"] for layer in layers)
assert timed <= total["minUs"] <= total["medianUs"]
assert 0 < profile["plainMinUs"] <= profile["plainMedianUs"] and profile["rounds"] >= 20
assert all(("peakPercent" in layer) == ("peakPercent" in total) for layer in layers)
if "peakPercent" in total:
    # The test hands in a peak of 1000 GMAC/s per thread.
    assert abs(total["peakPercent"] * profile["threads"] * 10 - total["gmacsPerSecond"]) < 0.01
if len(sys.argv) > 3:
    with open(sys.argv[3]) as file:
        rows = [line.split() for line in file]
    names = [row[0] for row in rows[2:]]
    assert names == [layer["name"] for layer in layers] + ["total"], names
print(f"{len(layers)} layers")
