# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""random_subnets.py <supernet.mlir> <count> <seed> <work folder> [--sizes=25,27] [--bits=2,3]

Compiles random subnets of a supernet with random weights and checks every tensor of
each object against the interpreter. Where --sizes is given, the picture sizes of the
space are replaced by these. Bits are drawn per layer, or from the given ones for all."""
import json
import os
import random
import re
import subprocess
import sys

CHOICE = re.compile(r'oqat\.choice @\S+ key "(\w+)" (?:index (\d+) )?(per_layer )?values \[([\d, ]+)\](?! default)')
LAYERS = 80  # more than any network has


def draw(text, generator, bits, sizes):
    subnet = {}
    for key, index, per_layer, values in CHOICE.findall(text):
        values = [int(v) for v in values.split(",")]
        if per_layer and bits:
            subnet[key] = generator.choice(bits)
        elif per_layer:
            subnet[key] = [generator.choice(values) for _ in range(LAYERS)]
        elif index:
            entries = subnet.setdefault(key, [])
            entries.extend([values[0]] * (int(index) + 1 - len(entries)))
            entries[int(index)] = generator.choice(values)
        else:
            subnet[key] = generator.choice(sizes or values)
    return subnet


def cut_lists(subnet, layers):
    """A list per layer must have one entry per layer."""
    return {k: v[:layers] if isinstance(v, list) and k.startswith("bits") else v for k, v in subnet.items()}


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
    return result.stdout


def main():
    options = dict(a[2:].split("=") for a in sys.argv if a.startswith("--"))
    supernet, count, seed, folder = [a for a in sys.argv[1:] if not a.startswith("--")]
    sizes = [int(s) for s in options.get("sizes", "").split(",") if s]
    bits = [int(b) for b in options.get("bits", "").split(",") if b]
    os.makedirs(folder, exist_ok=True)
    with open(supernet) as file:
        text = file.read()
    if sizes:
        values = ", ".join(map(str, sorted(sizes)))
        text = re.sub(r'(key "image_size" values) \[[\d, ]+\]', rf"\1 [{values}]", text)
    network = os.path.join(folder, "supernet.mlir")
    with open(network, "w") as file:
        file.write(text)
    generator = random.Random(int(seed))
    seen = set()
    for number in range(int(count)):
        subnet = draw(text, generator, bits, sizes)
        fixed = dict(subnet, bits_w=8, bits_a=8)
        ir = run("oqat-compile", network, "--subnet=" + json.dumps(fixed), "--compile-to=subnet")
        layers = sum("signed" in line for line in ir.splitlines() if "oqat.fake_quantize" in line)
        subnet = cut_lists(subnet, layers)
        net = os.path.join(folder, "net")
        run("oqat-compile", network, "--subnet=" + json.dumps(subnet),
            f"--random-weights={number + 1}", "-o", net)
        run("oqat-run", net + ".so", "--check=2", f"--threads={1 + number % 3}")
        seen.add(json.dumps(subnet, sort_keys=True))
    print(f"{len(seen)} different subnets equal the interpreter")


if __name__ == "__main__":
    main()
