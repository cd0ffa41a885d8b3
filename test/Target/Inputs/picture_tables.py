"""Prints a packed module that does little but map a picture's colours: picture_tables.py WIDTH SEED [--no-lines].

Every colour has a line of its own, saturated where it leaves a byte; with --no-lines one of them
falls.
"""
import random
import struct
import sys

width, seed = map(int, sys.argv[1:3])
colours = 3
rng = random.Random(seed)


def line():
    slope, start = rng.uniform(0.5, 0.99), rng.uniform(-60, 60)
    return [min(max(round(slope * x + start), 0), 255) for x in range(256)]


tables = [line() for i in range(colours)]
if "--no-lines" in sys.argv:
    tables[-1].reverse()
entries = bytes(tables[i % colours][i // colours] for i in range(256 * colours)).hex()
ones = struct.pack(f"<{colours}f", *[1.0] * colours).hex()
shape = f"1x5x{width}x{colours}"
print(f"""bitpack.network @net(%image: tensor<{shape}xui8>) -> tensor<1x1xf32> {{
  %0 = bitpack.table "table" %image tables dense<"0x{entries}"> : tensor<256x{colours}xi8>
    : tensor<{shape}xui8> -> tensor<{shape}x!bitpack.codes<8>>
  %1 = bitpack.elementwise "floats" %0 scale dense<"0x{ones}"> : tensor<{colours}xf32>
    : tensor<{shape}x!bitpack.codes<8>> -> tensor<{shape}xf32>
  %2 = bitpack.pool "pool" %1 fraction 4 : tensor<{shape}xf32> -> tensor<1x1x1x{colours}xf32>
  %3 = bitpack.linear "classifier" %2 weights dense<"0x{ones}"> : tensor<1x{colours}xf32> bias dense<0.0> : tensor<1xf32>
    : tensor<1x1x1x{colours}xf32> -> tensor<1x1xf32>
  bitpack.return %3 : tensor<1x1xf32>
}}""")
