#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every example in the description of an operation, attribute or type stands in a lit test
that oqat-opt parses and verifies. `...` in an example stands for anything; names of values
don't matter, nor does white space.

  check-examples.py --source DIR --llvm /usr/lib/llvm-19/bin
"""
import argparse
import glob
import os
import re
import sys

import generate


def normalise(text):
    text = re.sub(r"//.*", "", text)
    text = re.sub(r"%[\w$.#-]+", "%_", text)
    return re.sub(r"\s+", "", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True)
    parser.add_argument("--llvm", required=True)
    args = parser.parse_args()
    corpus = []
    for path in glob.glob(os.path.join(args.source, "test", "Dialect", "**", "*.mlir"), recursive=True):
        if "invalid" not in os.path.basename(path):
            with open(path) as file:
                corpus.append(normalise(file.read()))
    examples = missing = 0
    for _, files in generate.PAGES.values():
        for generator, file in files:
            page = generate.tablegen(args, generator, file)
            for section in re.split(r"(?=^### )", page, flags=re.M):
                name = section.splitlines()[0].removeprefix("### ") if section.strip() else ""
                for example in re.findall(r"```mlir\n(.*?)```", section, re.S):
                    examples += 1
                    parts = [normalise(part) for line in re.split(r"\n(?=\S)", example)
                             for part in line.split("...")]
                    for part in parts:
                        if not any(part in text for text in corpus):
                            missing += 1
                            print(f"{file}: {name}: no test in test/Dialect holds its example:\n{example}")
                            break
    print(f"{examples} examples, {missing} missing")
    return int(missing > 0 or examples == 0)


if __name__ == "__main__":
    sys.exit(main())
