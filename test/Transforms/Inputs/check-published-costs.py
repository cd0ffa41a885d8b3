#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares --oqat-print-cost with the exact figures of the published subnets, with
full-precision ends and with 8-bit ones, which cost the same but for their bit operations.

  check-published-costs.py OQAT_OPT SUPERNET SUBNETS
"""
import json
import subprocess
import sys


KEYS = ("image_size", "ks", "e", "d", "bits_w", "bits_a")


def cost_of(tool, supernet, row, ends):
    subnet = json.dumps(dict({key: row[key] for key in KEYS}, bits_ends=ends))
    command = [tool, supernet, f"--oqat-materialize-subnet=subnet={subnet}",
               "--oqat-verify-subnet", "--oqat-print-cost", "-o", "/dev/null"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main():
    tool, supernet, subnets = sys.argv[1:]
    with open(subnets) as file:
        rows = json.load(file)["subnets"]
    exact = 0
    for row in rows:
        want, same = row["exact"], True
        for ends in (32, 8):
            cost = cost_of(tool, supernet, row, ends)
            bops = want["macs_quantised"] * row["bits_w"] * row["bits_a"] + want["macs_full_precision"] * ends * ends
            if (cost["macs"], cost["parameters"], cost["bops"]) != (want["macs"], want["params"], bops):
                print(row["id"], ends, cost, want)
                same = False
        exact += same
    print(f"{exact} of {len(rows)} subnets are exact")
    return exact != len(rows)


if __name__ == "__main__":
    sys.exit(main())
