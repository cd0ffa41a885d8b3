# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare_logits.py ONE OTHER --pictures N --size S --classes C

How far the logits of two compiled networks of the name 'net' are apart on random pictures.
"""
import argparse
import ctypes
import os
import random


class Io(ctypes.Structure):
    _fields_ = [("image", ctypes.c_void_p), ("logits", ctypes.c_void_p), ("on_tensor", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("on_layer", ctypes.c_void_p)]


def aligned(size):
    buffer = ctypes.create_string_buffer(size + 64)
    return buffer, ctypes.c_void_p((ctypes.addressof(buffer) + 63) // 64 * 64)


class Net:
    def __init__(self, path, classes):
        self.library, self.classes = ctypes.CDLL(os.path.abspath(path)), classes
        self.library.net_prepared_size.restype = self.library.net_scratch_size.restype = ctypes.c_size_t
        self.prepared = aligned(self.library.net_prepared_size())
        self.scratch = aligned(self.library.net_scratch_size())
        assert self.library.net_prepare(self.prepared[1]) == 0

    def run(self, picture):
        logits = (ctypes.c_float * self.classes)()
        image = ctypes.create_string_buffer(picture, len(picture))
        io = Io(ctypes.addressof(image), ctypes.addressof(logits), None, None)
        assert self.library.net_run(self.prepared[1], ctypes.byref(io), self.scratch[1], None) == 0
        return list(logits)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("one")
    parser.add_argument("other")
    for name in ("pictures", "size", "classes"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    nets = [Net(f"{path}.so", options.classes) for path in (options.one, options.other)]
    generator = random.Random(7)
    largest, apart = 0, 0
    for _ in range(options.pictures):
        picture = generator.randbytes(options.size * options.size * 3)
        one, other = (net.run(picture) for net in nets)
        largest = max([largest] + [abs(x) for x in one])
        apart = max([apart] + [abs(x - y) for x, y in zip(one, other)])
    assert largest > 0 and apart < 1e-3 * largest, (apart, largest)
    print(f"{options.pictures} pictures, largest difference below 0.001 of the largest logit: {apart:g} of {largest:g}")


main()
