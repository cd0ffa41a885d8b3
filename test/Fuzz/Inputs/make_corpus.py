# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_corpus.py <source folder> <folder of the tools> <output folder>

Seed inputs of the fuzz targets, one folder per target: the inputs of the tests in pieces,
and what the tools write of small networks. Beside them ir.dict, the words of the IR."""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys


def main():
    source, tools, output = map(pathlib.Path, sys.argv[1:4])
    work = output / "work"
    work.mkdir(parents=True, exist_ok=True)

    def add(target, name, data):
        folder = output / target
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())

    def run(tool, *arguments):
        subprocess.run([str(tools / tool), *map(str, arguments)], check=True, stdout=subprocess.PIPE)

    words = set()
    texts = sorted((source / "test").rglob("*.mlir"))
    for path in texts:
        for i, piece in enumerate(path.read_text().split("// -----")):
            piece = re.sub(r"^ *//.*\n", "", piece, flags=re.M)
            # Kernels and other dialects are not what the tools read.
            if len(piece) > 20000 or not re.search(r"\b(oqat|bitpack)\.", piece):
                continue
            add("ir", f"{path.stem}-{i}", piece)
            words.update(re.findall(r"(?:oqat|bitpack)\.[a-z_0-9]+|\b[a-z_]{3,}\b|!quant\.uniform<[iu]8", piece))
    for seed in range(1, 9):
        network = work / f"net{seed}.mlir"
        run("oqat-translate", f"--generate-random-network={seed}", "-o", network)
        subnet, text = network.read_text().split("\n", 1)
        add("ir", f"random-{seed}", text)
        add("subnet", f"random-{seed}", subnet[3:])
        run("oqat-compile", network, "--subnet=" + subnet[3:], f"--random-weights={seed}", "-o", work / "net")
        add("manifest", f"random-{seed}", (work / "net.json").read_bytes())
        if seed == 1:
            run("oqat-compile", network, "--subnet=" + subnet[3:], "--random-weights=1", "--target=generic,avx2", "-o",
                work / "several")
            add("manifest", "several", (work / "several.json").read_bytes())
        for phase in ("subnet", "integer", "packed"):
            run("oqat-compile", network, "--subnet=" + subnet[3:], f"--random-weights={seed}", f"--compile-to={phase}",
                "-o", work / "phase.mlir")
            lowered = (work / "phase.mlir").read_bytes()
            if len(lowered) < 60000:
                add("ir", f"random-{seed}-{phase}", lowered)
    small = source / "test" / "Inputs" / "small-supernet.mlir"
    run("oqat-compile", small, "--emit=training-plan", "-o", work / "plan")
    graph = (work / "plan" / "graph.json").read_text()
    add("plan", "small", graph)
    add("plan", "compact", json.dumps(json.loads(graph)))
    published = json.loads((source / "test" / "Inputs" / "published-subnets.json").read_text())
    add("subnet", "list", json.dumps({"subnets": [dict(published["subnets"][0], id="a")]}))
    for i, subnet in enumerate(published["subnets"][:4]):
        add("subnet", f"published-{i}", json.dumps(subnet))
    for i, header in enumerate((
            {}, {"a": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]}},
            {"__metadata__": {"k": "v"}, "b": {"dtype": "I64", "shape": [], "data_offsets": [0, 8]},
             "c": {"dtype": "U8", "shape": [3], "data_offsets": [8, 11]}})):
        text = json.dumps(header).encode()
        size = max([v["data_offsets"][1] for v in header.values() if "data_offsets" in v], default=0)
        add("safetensors", f"header-{i}", struct.pack("<Q", len(text)) + text + bytes(range(size)))
    # What is measured is not the same twice; these are.
    times = [{"name": f"pmaddwd-{i}x4", "minUs": us} for i, us in enumerate((425.9, 1, 1e-300, 2**53))]
    layers = [{"layer": f"avx2 conv2d stride={i} -> tensor<1xf32> by pmaddwd", "kernels": times[i:]} for i in range(4)]
    for name, machines in (("none", []), ("one", [("a CPU", layers[:1])]), ("two", [("a CPU", layers), ("other", [])])):
        add("tuning", name, json.dumps({"format": "oqat-tuning", "formatVersion": 1, "machines": [
            {"machine": machine, "layers": list(of)} for machine, of in machines]}))
    lines = sorted(w for w in words if '"' not in w and "\\" not in w)
    (output / "ir.dict").write_text("".join(f'"{word}"\n' for word in lines))


main()
