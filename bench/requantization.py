#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the requantization forms of one network against each other: objects that differ in nothing else run in turns,
so that whatever else the machine does meets all of them. Prints one JSON object with the best time of each form and
its ratio to `float`.

  bench/requantization.py [--build DIR] [--subnet FILE#ID] [--bits B] [--rounds N] [--forms float,thresholds,...]
"""
import argparse
import json
import os
import subprocess
import tempfile


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(root, "build"))
    parser.add_argument("--space", default="ofa-mbv3")
    parser.add_argument("--subnet", default=os.path.join(root, "test/Inputs/published-subnets.json#oqa-2b-5"))
    parser.add_argument("--target", default="native")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--forms", default="float,auto,thresholds,map")
    options = parser.parse_args()

    def tool(name, *arguments):
        return subprocess.run([os.path.join(options.build, "bin", name), *arguments], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    with tempfile.TemporaryDirectory() as folder:
        at = lambda *parts: os.path.join(folder, *parts)
        tool("oqat-translate", "--generate-supernet=" + options.space, "-o", at("net.mlir"))
        tool("oqat-compile", at("net.mlir"), "--subnet=" + options.subnet, "--random-weights=1",
             "--compile-to=packed", "-o", at("packed.mlir"))
        best = {}
        for form in options.forms.split(","):
            tool("oqat-opt", at("packed.mlir"), f"--bitpack-choose-requantization=form={form}", "-o", at(form + ".mlir"))
            tool("oqat-compile", at(form + ".mlir"), "--compile-from=packed", "--target=" + options.target,
                 "-o", at(form))
            best[form] = float("inf")
        for _ in range(options.rounds):
            for form in best:
                best[form] = min(best[form], json.loads(tool("oqat-run", at(form + ".so"), "--bench"))["minMs"])
        print(json.dumps({"subnet": options.subnet, "target": options.target, "rounds": options.rounds,
                          "bestMs": best, "ratioToFloat": {form: round(time / best["float"], 4)
                                                           for form, time in best.items()}}))


if __name__ == "__main__":
    main()
