#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a compiled network on one picture through its C ABI."""
import ctypes
import json


class IO(ctypes.Structure):
    CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_size_t)
    _fields_ = [("image", ctypes.c_char_p), ("logits", ctypes.c_void_p), ("on_tensor", CALLBACK),
                ("user", ctypes.c_void_p), ("on_layer", ctypes.c_void_p)]


def aligned(size):
    """Memory that lives as long as the first result, and its first address that 64 divides."""
    memory = ctypes.create_string_buffer(size + 64)
    return memory, ctypes.c_void_p((ctypes.addressof(memory) + 63) // 64 * 64)


def run(path, image):
    """The bytes of every tensor that PATH.so reports, by the names in PATH.json."""
    with open(path + ".json") as file:
        manifest = json.load(file)
    library, name = ctypes.CDLL(path + ".so"), manifest["name"]
    for function in ("prepared_size", "scratch_size"):
        getattr(library, f"{name}_{function}").restype = ctypes.c_size_t
    keep, prepared = aligned(getattr(library, name + "_prepared_size")())
    keep_too, scratch = aligned(getattr(library, name + "_scratch_size")())
    assert getattr(library, name + "_prepare")(prepared) == 0
    tensors = {}

    def on_tensor(_, index, data, size):
        tensors[manifest["tensors"][index]["name"]] = ctypes.string_at(data, size)

    logits = (ctypes.c_float * manifest["classes"])()
    io = IO(image, ctypes.addressof(logits), IO.CALLBACK(on_tensor), None)
    assert getattr(library, name + "_run")(prepared, ctypes.byref(io), scratch, None) == 0
    return tensors
