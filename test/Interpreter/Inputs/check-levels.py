# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random subnets compute the same at every level, bit for bit.

  check-levels.py SUPERNET WORK --count N --seed S

Each subnet has random choices, its own bits per layer, random weights and is interpreted
fixed, frozen, folded and packed. Codes and logits must be there at every level with one
digest each; other floats wherever they are reported. With --ends the ends and the
residual stream have 8 bits, and packing is left out.
"""
import argparse
import json
import random
import re
import subprocess

CHOICE = re.compile(r'oqat\.choice @\w+ key "(\w+)"(?: index (\d+))?( per_layer)? values \[([^]]*)\](?! default)')
PER_LAYER = re.compile(r'key "(bits_[wa])" per_layer values \[([^]]*)\]')


def draw(text, generator):
    subnet = {}
    for key, index, per_layer, values in CHOICE.findall(text):
        values = [int(v) for v in values.split(",")]
        if per_layer:
            continue
        if index:
            subnet.setdefault(key, []).append(generator.choice(values))
        else:
            subnet[key] = generator.choice(values)
    layers = 4 + 3 * sum(subnet["d"])
    for key, values in PER_LAYER.findall(text):
        values = [int(v) for v in values.split(",")]
        subnet[key] = [generator.choice(values) for _ in range(layers)]
    return subnet


def parse(text):
    levels, last = [], 1
    for line in text.splitlines():
        picture, name, size, digest = line.split()
        if int(picture) < last:
            levels.append({})
        last = int(picture)
        levels[-1][picture, name] = (size, digest)
    return levels


def interpret(supernet, subnet_file, seed, output, pack):
    run = f"-oqat-interpret=pictures=2 seed={seed}"
    command = ["oqat-opt", supernet, f"-oqat-materialize-subnet=subnet-file={subnet_file}",
               f"-oqat-randomize-weights=seed={seed}", run, "-oqat-freeze-quantizers", run, "-oqat-fold-batch-norm",
               "-oqat-annotate-value-bounds", "-oqat-verify-integer", run]
    if pack:
        command += ["-convert-oqat-to-bitpack", run]
    command += ["-o", output]
    return parse(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def check_ends(levels, file):
    for number, level in enumerate(levels[1:], 1):
        assert level == levels[0], (file, number, set(level.items()) ^ set(levels[0].items()))
    names = {name for _, name in levels[0]}
    for name in ("stem.input", "classifier.input", "stem.residual", "stem.residual.1"):
        assert name in names, name


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("supernet")
    parser.add_argument("work")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ends", action="store_true")
    options = parser.parse_args()
    generator = random.Random(options.seed)
    with open(options.supernet) as f:
        text = f.read()
    for number in range(options.count):
        subnet = draw(text, generator)
        if options.ends:
            subnet.update(bits_ends=8, residual="i8")
        file = f"{options.work}.{number}.json"
        with open(file, "w") as f:
            json.dump(subnet, f)
        levels = interpret(options.supernet, file, options.seed + number, f"{options.work}.out",
                           not options.ends)
        if options.ends:
            assert len(levels) == 3, len(levels)
            check_ends(levels, file)
            print(f"{file}: {len(levels[0])} tensors equal at every level")
            continue
        assert len(levels) == 4, len(levels)
        fixed, packed = levels[0], levels[-1]
        assert levels[1] == fixed, (file, "frozen", set(levels[1].items()) ^ set(fixed.items()))
        assert levels[2] == fixed, (file, "folded", set(levels[2].items()) ^ set(fixed.items()))
        for key, value in packed.items():
            assert fixed.get(key) == value, (file, "packed", key, fixed.get(key), value)
        for key in fixed:
            if key[1].endswith(".input") or key[1] == "logits":
                assert key in packed, (file, "not packed", key)
        assert sum(key[1].endswith(".input") for key in packed) == 2 * len(subnet["bits_w"])
        print(f"{file}: {len(packed)} tensors equal at every level")


main()
