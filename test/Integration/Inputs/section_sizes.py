# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""section_sizes.py [differences]: compares the sizes of one section of several objects, which come as lines of
llvm-readelf: of 2, 3, 4 and 8 bits, or of each bit-width what it is more than the one before."""
import sys

sizes = [int(line.replace("[ ", "[").split()[5], 16) for line in sys.stdin]
if sys.argv[1:] == ["differences"]:
    print(*(after - before for before, after in zip(sizes, sizes[1:])))
else:
    two, three, four, eight = sizes
    print("sizes", sizes)
    print("3.9 * 2-bit <= 8-bit:", 3.9 * two <= eight and two > 0)
    print("2.6 * 3-bit <= 8-bit:", 2.6 * three <= eight)
    print("1.97 * 4-bit <= 8-bit:", 1.97 * four <= eight)
