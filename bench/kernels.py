#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single quantized layers, codes in and codes out, against the machine's register-only int8 peak of the same rounds.

  bench/kernels.py [--shapes pointwise,depthwise,dense] [--bits 2,3,4,8] [--activation relu] [--rounds 5] [--core 1]
                   [--build DIR] [--target native] [-o FILE]

Shapes are those of bench/shapes/*.txt (`sizes`: the same layers at several picture sizes). A layer gets weights and
codes of as many bits each, the weights normal in the steps that LSQ starts from (2 mean|w| / sqrt(Qp)), in a network of
its own, and the profile of the object gives its time: the whole layer, with the epilogue that makes the next codes.
Prints a table; a rate is the layer's multiply-accumulates over its fastest run, `of peak` that over the best round of
the peak, `median` the median over rounds of both in one round.
"""
import argparse
import json
import math
import os
import random
import struct
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The int8 pattern of a CPU, as oqat-bench-peak names it, best first.
INT8_PEAKS = ("zmm vpdpbusd", "ymm vpdpbusd", "ymm vpmaddubsw+vpmaddwd+vpaddd")
# Shares of the peak of vpdpbusd that are wanted on a CPU with AVX-512 VBMI.
WANTED_DEPTHWISE = {28: 0.75, 14: 0.6}


def wanted(kind, shape, bits):
    height, _, inputs, _, _, stride = shape
    if kind == "pointwise":
        return 1.8 if bits == 2 else {4: 0.9, 8: 0.9}.get(bits) and (0.65 if inputs <= 24 else 0.75 if inputs <= 40 else 0.9)
    if kind == "depthwise" and bits == 2 and stride == 1:
        return next((share for least, share in WANTED_DEPTHWISE.items() if height >= least), None)
    return None


def read_shapes(kind):
    with open(os.path.join(ROOT, "bench", "shapes", kind + ".txt")) as file:
        return [tuple(map(int, line.split())) for line in file if line.strip() and not line.startswith("#")]


def dense(data, kind, *shape):
    return f'dense<"0x{bytes(data).hex()}"> : tensor<{"x".join(map(str, shape))}x{kind}>'


def floats(values, *shape):
    return dense(struct.pack(f"<{len(values)}f", *values), "f32", *(shape or (len(values),)))


def pack(codes, bits):
    number = 0
    for start in range(0, len(codes), 4096):  # in pieces: shifting long numbers is slow
        piece = 0
        for i, code in enumerate(codes[start:start + 4096]):
            piece |= (code & ((1 << bits) - 1)) << (i * bits)
        yield piece.to_bytes((len(codes[start:start + 4096]) * bits + 7) // 8, "little")


def write_network(kind, shape, bits, activation, seed):
    """A packed network whose layer `layer` is of this shape."""
    rng = random.Random(seed)
    height, width, inputs, outputs, kernel, stride = shape
    depthwise = kind == "depthwise"
    fan = kernel * kernel * (1 if depthwise else inputs)
    high, low = 2 ** (bits - 1) - 1, -2 ** (bits - 1)
    deviation = math.sqrt(max(high, 1)) / (2 * math.sqrt(2 / math.pi))
    codes = [min(max(round(rng.gauss(0, deviation)), low), high) for _ in range(outputs * fan)]
    largest = 2 ** bits - 1
    size = math.sqrt(fan) * deviation * largest / 2
    rows, columns = (height - 1) // stride + 1, (width - 1) // stride + 1
    data = b"".join(pack(codes, bits))
    head = [rng.choice([-1, 1]) * rng.randint(1, 100) % 256 for _ in range(3 * inputs)]
    code_type = f"!bitpack.codes<{bits}>"
    return f"""bitpack.network @net(%image: tensor<1x{height}x{width}x3xui8>) -> tensor<1x2xf32> {{
  %0 = bitpack.table "image" %image tables {dense([b for v in range(256) for b in (v, v, v)], "i8", 256, 3)}
    : tensor<1x{height}x{width}x3xui8> -> tensor<1x{height}x{width}x3x!bitpack.codes<8>>
  %1 = bitpack.conv2d "head" %0 input_zero_point 128 weights {dense(head, "i8", len(head))} bits 8 kernel [1, 1] stride 1
    scale {floats([1 / 8000] * inputs)} bias {floats([0.0] * inputs)} activation relu quantize "layer.input"
    reciprocal {largest / 2:.1f} : tensor<1x{height}x{width}x3x!bitpack.codes<8>> -> tensor<1x{height}x{width}x{inputs}x{code_type}>
  %2 = bitpack.{"depthwise_conv2d" if depthwise else "conv2d"} "layer" %1 weights {dense(data, "i8", len(data))} bits {bits}
    kernel [{kernel}, {kernel}] stride {stride} scale {floats([rng.uniform(0.7, 1.4) / size for _ in range(outputs)])}
    bias {floats([rng.uniform(-0.4, 0.4) for _ in range(outputs)])} activation {activation} quantize "end.input"
    reciprocal {largest / 2:.1f} : tensor<1x{height}x{width}x{inputs}x{code_type}> -> tensor<1x{rows}x{columns}x{outputs}x{code_type}>
  %3 = bitpack.elementwise "end" %2 scale {floats([0.5] * outputs)}
    : tensor<1x{rows}x{columns}x{outputs}x{code_type}> -> tensor<1x{rows}x{columns}x{outputs}xf32>
  %4 = bitpack.pool "pool" %3 fraction 8 : tensor<1x{rows}x{columns}x{outputs}xf32> -> tensor<1x1x1x{outputs}xf32>
  %5 = bitpack.linear "classifier" %4 weights {floats([0.5] * 2 * outputs, 2, outputs)} bias {floats([0.0] * 2)}
    : tensor<1x1x1x{outputs}xf32> -> tensor<1x2xf32>
  bitpack.return %5 : tensor<1x2xf32>
}}
"""


def tool(options, name, *arguments):
    done = subprocess.run([os.path.join(options.build, "bin", name), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr}")
    return done.stdout


def pinned(options, name, *arguments):
    return json.loads(subprocess.run(["taskset", "-c", str(options.core), os.path.join(options.build, "bin", name),
                                      *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     text=True).stdout)


def int8_peak(options):
    """The name and GMAC/s of the CPU's int8 pattern."""
    peaks = {p["name"]: p["gmacsPerSecond"] for p in pinned(options, "oqat-bench-peak")["patterns"]}
    return next((name, peaks[name]) for name in INT8_PEAKS if name in peaks)


def measure(options):
    layers = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in options.shapes:
            for shape in read_shapes(kind):
                for bits in options.bits:
                    path = os.path.join(folder, f"net{len(layers)}")
                    with open(path + ".mlir", "w") as file:
                        file.write(write_network(kind, shape, bits, options.activation, len(layers)))
                    tool(options, "oqat-compile", path + ".mlir", "--compile-from=packed", "--requantization=auto",
                         f"--target={options.target}", "-o", path)
                    tool(options, "oqat-run", path + ".so", "--check=1")
                    layers.append({"kind": kind, "shape": shape, "bits": bits, "object": path + ".so", "us": [], "share": []})
        peaks = []
        for _ in range(options.rounds):
            name, peak = int8_peak(options)
            peaks.append(peak)
            for layer in layers:
                rows = pinned(options, "oqat-run", layer["object"], "--profile", "--json")["layers"]
                row = next(row for row in rows if row["name"] == "layer")
                layer["us"].append(row["minUs"])
                layer["share"].append(row["macs"] / row["minUs"] / 1e3 / peak)
                layer["kernel"], layer["macs"] = row["kernel"], row["macs"]
    best = max(peaks)
    for layer in layers:
        del layer["object"]
        layer["gmacsPerSecond"] = layer["macs"] / min(layer["us"]) / 1e3
        layer["ofPeak"] = layer["gmacsPerSecond"] / best
        layer["ofPeakMedian"] = sorted(layer["share"])[len(layer["share"]) // 2]
        layer["wanted"] = wanted(layer["kind"], layer["shape"], layer["bits"])
    return {"peak": name, "peakGmacsPerSecond": best, "rounds": options.rounds, "layers": layers}


def print_table(report):
    print(f"int8 peak of one core ({report['peak']}): {report['peakGmacsPerSecond']:.0f} GMAC/s\n\n"
          "| layer | bits | us | GMAC/s | of peak | median | wanted | kernel |\n|---|---|---|---|---|---|---|---|")
    for layer in report["layers"]:
        height, width, inputs, outputs, kernel, stride = layer["shape"]
        channels = f"{inputs}" if layer["kind"] == "depthwise" else f"{inputs}-{outputs}"
        stride = f"/{stride}" if stride != 1 else ""
        print(f"| {layer['kind']} {height}x{width} {channels} {kernel}x{kernel}{stride} | {layer['bits']} | "
              f"{min(layer['us']):.1f} | {layer['gmacsPerSecond']:.1f} | {layer['ofPeak']:.2f} | {layer['ofPeakMedian']:.2f} | "
              f"{layer['wanted'] or ''} | {layer['kernel']} |")


def add_options(parser):
    names = lambda text: text.split(",")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--shapes", type=names, default=["pointwise", "depthwise", "dense"])
    parser.add_argument("--bits", type=lambda text: [int(part) for part in text.split(",")], default=[2, 3, 4, 8])
    parser.add_argument("--activation", default="relu", choices=["relu", "relu6", "h_swish"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=1)
    parser.add_argument("--target", default="native")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("-o", dest="output")
    arguments = parser.parse_args()
    result = measure(arguments)
    print_table(result)
    if arguments.output:
        with open(arguments.output, "w") as stream:
            json.dump(result, stream, indent=1)
            stream.write("\n")
