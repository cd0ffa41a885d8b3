# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""peak_activations.py <network> <work folder> <count> <seed> [<options>]

Random subnets of a generated network: the peak that --oqat-print-cost gives of the fixed and of the integer
network equals the peak that follows from the values of the packed one. For the first subnet, the arena of the
compiled network is at least that peak, every value rounded up and with its slack; gaps at most double it. With options,
as JSON, subnets have these, too, and the integer network is not asked: its streams are decoded where others read them."""
import json
import os
import random
import re
import subprocess
import sys

VALUE = re.compile(r"%\w+")
RESULT = re.compile(r"-> tensor<((?:\d+x)+)(f32|!bitpack\.codes<\d>)>+$")
CHOICE = re.compile(r'oqat\.choice @\S+ key "(\w+)" (?:index (\d+) )?(per_layer )?values \[([\d, ]+)\]$', re.MULTILINE)


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return result.stdout


def draw(text, generator):
    """One value per choice; options stay at their defaults."""
    subnet = {}
    for key, index, _, values in CHOICE.findall(text):
        value = generator.choice([int(v) for v in values.split(",")])
        if index:
            subnet.setdefault(key, []).append(value)
        else:
            subnet[key] = value
    return subnet


def packed_peak(text, grow):
    """The largest sum over the layers of the values that live, each `grow`n."""
    layers = [line.strip() for line in text.splitlines() if re.match(r"\s+%\w+ = bitpack\.", line)]
    read = [set(VALUE.findall(line.split("=", 1)[1])) for line in layers]
    names = [line.split(" ", 1)[0] for line in layers]
    logits = VALUE.findall(text[text.index("bitpack.return"):])[0]
    live = [0] * len(layers)
    for index, name in enumerate(names):
        if name == logits:
            continue
        extents, element = RESULT.search(layers[index]).groups()
        size = 4 if element == "f32" else 1
        for extent in extents.strip("x").split("x"):
            size *= int(extent)
        last = max([index] + [i for i, values in enumerate(read) if name in values])
        for at in range(index, last + 1):
            live[at] += grow(size)
    return max(live)


def main():
    name, folder, count, seed = sys.argv[1:5]
    options = json.loads(sys.argv[5]) if len(sys.argv) > 5 else {}
    os.makedirs(folder, exist_ok=True)
    supernet = os.path.join(folder, "supernet.mlir")
    run("oqat-translate", "--generate-supernet=" + name, "-o", supernet)
    with open(supernet) as file:
        text = file.read()
    print("seed", seed)
    generator = random.Random(int(seed))
    for number in range(int(count)):
        subnet = {**draw(text, generator), **options}
        arguments = ["oqat-compile", supernet, "--subnet=" + json.dumps(subnet), "--random-weights=1"]
        packed = run(*arguments, "--compile-to=packed")
        for phase in ["subnet"] if options else ["subnet", "integer"]:
            fixed = os.path.join(folder, phase + ".mlir")
            run(*arguments, "--compile-to=" + phase, "-o", fixed)
            got = json.loads(run("oqat-opt", fixed, "--oqat-print-cost", "-o", os.devnull))["peakActivationBytes"]
            want = packed_peak(packed, lambda size: size)
            if got != want:
                sys.exit(f"{phase} {subnet}: {got} instead of {want}")
        if number == 0:
            run(*arguments, "-o", os.path.join(folder, "net"))
            with open(os.path.join(folder, "net.json")) as file:
                arena = json.load(file)["scratchBytes"]
            least = packed_peak(packed, lambda size: (size + 64 + 63) // 64 * 64)
            if not least <= arena <= least * 2:
                sys.exit(f"{subnet}: an arena of {arena} for {least}")
    print(f"{count} peaks are exact")


if __name__ == "__main__":
    main()
