# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""damage.py FILE FOLDER: six damaged copies of FILE: one byte changed, or cut off, at places from the first byte to
the last."""
import os
import sys

source, folder = sys.argv[1:3]
with open(source, "rb") as file:
    content = file.read()
os.makedirs(folder)
for i in range(6):
    at = i // 2 * (len(content) - 1) // 2
    damaged = bytearray(content)
    if i % 2:
        damaged[at] ^= 16
    else:
        del damaged[at:]
    with open(os.path.join(folder, f"{i}.safetensors"), "wb") as file:
        file.write(damaged)
