# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""other_bits.py <subnet.json> <bits>: the same subnet at other bits."""
import json
import sys

with open(sys.argv[1]) as file:
    subnet = json.load(file)
subnet["bits_w"] = subnet["bits_a"] = int(sys.argv[2])
print(json.dumps(subnet))
