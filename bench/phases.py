#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time and memory of the compiler's phases on a published 220x220 subnet.

  bench/phases.py [--tools build/bin] [--subnet oqa-2b-5] [--rounds 5]

Parameters get random values, once, in a safetensors file. Every round then runs
`oqat-compile --compile-to=PHASE` for each phase in turn (a whole process, reading and writing
files included), and at last makes the artifact, without a cache, and with one that has every
layer. Prints one line of JSON per phase with the minimum and the median of the wall time, what
it is more than the phase before, and the largest resident set.
"""
import argparse
import json
import os
import platform
import random
import re
import statistics
import struct
import subprocess
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PARAMETER = re.compile(r"oqat\.parameter @([\w.]+) kind (\w+) : tensor<(?:([\dx]+)x)?f32>")
PHASES = ["supernet", "subnet", "integer", "packed", "target", "artifact", "cached artifact"]


def write_parameters(ir, path):
    """Plausible values: what a value is doesn't change the time, but steps and variances
    must be positive."""
    generator, header, blobs, offset = random.Random(1), {}, [], 0
    for name, kind, shape in PARAMETER.findall(ir):
        extents = [int(n) for n in shape.split("x")] if shape else []
        count = 1
        for extent in extents:
            count *= extent
        if kind in ("step", "variance", "gamma"):
            values = [generator.uniform(0.05, 0.1)] * count
        else:
            values = [generator.gauss(0, 0.1) for _ in range(count)]
        blob = struct.pack(f"<{count}f", *values)
        header[name] = {"dtype": "F32", "shape": extents, "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def run(command):
    """Wall seconds and the largest resident set in MB of a child."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", default=os.path.join(ROOT, "build", "bin"))
    parser.add_argument("--subnet", default="oqa-2b-5")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    compiler = os.path.join(args.tools, "oqat-compile")
    with tempfile.TemporaryDirectory() as folder:
        net, weights = os.path.join(folder, "net.mlir"), os.path.join(folder, "w.safetensors")
        ir = subprocess.run([os.path.join(args.tools, "oqat-translate"), "--generate-supernet=ofa-mbv3"],
                            check=True, capture_output=True, text=True).stdout
        with open(net, "w") as file:
            file.write(ir)
        write_parameters(ir, weights)
        subnet = f"--subnet={os.path.join(ROOT, 'test', 'Inputs', 'published-subnets.json')}#{args.subnet}"
        seen = {phase: [] for phase in PHASES}
        cache = f"--cache-dir={os.path.join(folder, 'cache')}"

        def command(phase):
            parts = [compiler, net, subnet, "--target=native", "-o", os.path.join(folder, "out")]
            parts += {"artifact": ["--no-cache"], "cached artifact": [cache]}.get(phase, [f"--compile-to={phase}"])
            return parts + ([f"--weights={weights}"] if phase not in ("supernet", "subnet") else [])

        run(command("cached artifact"))
        for _ in range(args.rounds):
            for phase in PHASES:
                seen[phase].append(run(command(phase)))
    before = 0.0
    print(json.dumps({"machine": platform.processor() or platform.machine(), "cpu": cpu_name(),
                      "subnet": args.subnet, "rounds": args.rounds}))
    for phase in PHASES:
        times = [seconds for seconds, _ in seen[phase]]
        print(json.dumps({"phase": phase, "minSeconds": round(min(times), 3),
                          "medianSeconds": round(statistics.median(times), 3),
                          "moreThanBefore": round(min(times) - before, 3),
                          "maxResidentMB": round(max(memory for _, memory in seen[phase]))}))
        before = min(times)


def cpu_name():
    with open("/proc/cpuinfo") as info:
        return next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
