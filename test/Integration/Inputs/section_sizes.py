# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the sizes of one section of four objects, of 2, 3, 4 and 8 bits."""
import sys

sizes = [int(line.replace("[ ", "[").split()[5], 16) for line in sys.stdin]
two, three, four, eight = sizes
print("sizes", sizes)
print("3.9 * 2-bit <= 8-bit:", 3.9 * two <= eight and two > 0)
print("2.6 * 3-bit <= 8-bit:", 2.6 * three <= eight)
print("1.97 * 4-bit <= 8-bit:", 1.97 * four <= eight)
