#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Edits a generated mbv3-cifar supernet as a person would in an editor.

  edit_supernet.py net.mlir > edited.mlir

Stage 1 gets a third block (a copy of its second one with parameters of its own), and the
first block of stage 2 may also have a 7x7 kernel.
"""
import re
import sys


def main():
    with open(sys.argv[1]) as file:
        text = file.read()

    # The extra block: parameters b2.* again as b2x.*, the region again, depth 3.
    lines = text.split("\n")
    copies = [line.replace("@b2.", "@b2x.") for line in lines if line.startswith("  oqat.parameter @b2.")]
    last = max(i for i, line in enumerate(lines) if line.startswith("  oqat.parameter"))
    lines[last + 1:last + 1] = copies
    start = next(i for i, line in enumerate(lines) if "@b2.ib.input_step bits" in line)
    end = next(i for i in range(start, len(lines)) if lines[i] == "    }")
    assert lines[start - 1] == "    } {"
    block = [line.replace("@b2.", "@b2x.") for line in lines[start:end]]
    lines[end:end] = ["    } {"] + block
    text = "\n".join(lines)
    text = text.replace('@d_0 key "d" index 0 values [1, 2]', '@d_0 key "d" index 0 values [1, 2, 3]')

    # The other kernel choice.
    text = text.replace('@ks_2 key "ks" index 2 values [3, 5]', '@ks_2 key "ks" index 2 values [3, 5, 7]')
    text, count = re.subn(r"(@b3\.dw\.weight kind weight : tensor<\d+x)5x5", r"\g<1>7x7", text)
    assert count == 1
    text = text.replace("  oqat.parameter @b3.dw.transform_5to3", "  oqat.parameter @b3.dw.transform_7to5 kind transform : "
                        "tensor<25x25xf32>\n  oqat.parameter @b3.dw.transform_5to3", 1)
    text = text.replace("transforms [@b3.dw.transform_5to3]", "transforms [@b3.dw.transform_7to5, @b3.dw.transform_5to3]")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
