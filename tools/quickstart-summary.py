#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the result of the quickstart from the files it made.

  quickstart-summary.py FOLDER

Exit code 1 where the deployed objects do not do exactly what training simulated.
"""
import json
import os
import sys


def main():
    folder = sys.argv[1]

    def read(*path):
        with open(os.path.join(folder, *path)) as file:
            return json.load(file)

    print("\nresult (CIFAR-10 JPEG, 2,000 test pictures)")
    for bits in (4, 3, 2):
        print(f"  supernet at {bits} bits, largest subnet: {read(f'eval-w{bits}.json')['top1']:.2f} %")
    evaluated = read("front.json")["evaluated"]
    for source in ("evolved", "random"):
        found = [entry["top1"] for entry in evaluated if entry["source"] == source]
        print(f"  search, {len(found)} {source} subnets within the limit, on the validation split: "
              f"best {max(found):.2f} %, mean {sum(found) / len(found):.2f} %")
    exact = True
    for name, title in (("best", "searched subnet"), ("random1", "random subnet 1"),
                        ("random2", "random subnet 2"), ("random3", "random subnet 3")):
        simulated, deployed = read(f"{name}.simulated.json"), read(f"{name}.deployed.json")
        manifest, latency = read(f"net-{name}", "net.json"), read(f"{name}.latency.json")
        macs = sum(layer["macs"] for layer in manifest["layers"])
        equal = deployed.get("equalsTrace", False) and deployed["top1"] == simulated["top1"]
        exact &= equal
        print(f"  {title}: {macs:,} MACs, 2 bits: simulated {simulated['top1']:.2f} %, "
              f"deployed {deployed['top1']:.2f} % "
              f"({'every code and logit equal' if equal else 'DIFFERENT'})")
        weights = manifest["weightBytes"]
        print(f"    weights {weights['stored']:,} bytes stored, {weights['ideal']:,} ideal at their bits; "
              f"object {manifest['artifactBytes']:,} bytes; "
              f"latency {latency['minMs']:.3f} ms (minimum of {latency['rounds']}), {latency['medianMs']:.3f} ms (median), 1 thread")
    print("simulated = deployed" if exact else "simulated and deployed differ")
    return not exact


if __name__ == "__main__":
    sys.exit(main())
