#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares --oqat-print-cost with the exact figures of the published subnets.

  check-published-costs.py OQAT_OPT SUPERNET SUBNETS
"""
import json
import subprocess
import sys


def main():
    tool, supernet, subnets = sys.argv[1:]
    with open(subnets) as file:
        rows = json.load(file)["subnets"]
    exact = 0
    for row in rows:
        command = [tool, supernet, f"--oqat-materialize-subnet=subnet-file={subnets}#{row['id']}",
                   "--oqat-verify-subnet", "--oqat-print-cost", "-o", "/dev/null"]
        cost = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        want = row["exact"]
        bops = want["macs_quantised"] * row["bits_w"] * row["bits_a"] + want["macs_full_precision"] * 32 * 32
        same = (cost["macs"], cost["parameters"], cost["bops"]) == (want["macs"], want["params"], bops)
        exact += same
        if not same:
            print(row["id"], cost, want)
    print(f"{exact} of {len(rows)} subnets are exact")
    return exact != len(rows)


if __name__ == "__main__":
    sys.exit(main())
