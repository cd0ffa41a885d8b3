#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole networks against other engines' int8, in turns on the same cores, so that whatever else the machine does meets
all of them; then what our kernels reach of the machine's int8 peak. Prints tables, and writes one JSON object with -o.

  python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements-networks.txt
  peers/bin/python bench/networks.py [--build DIR] [--models DIR] [--networks oqa_m,oqa_s,resnet18_224] [--rounds 7]
                                     [--engines onnxruntime,openvino,tflite] [--threads 1,2] [--core 1] [-o FILE]

Engines run the int8 networks of bench/peers/engine_networks.py: stem, squeeze-excite and classifier included. Ours are the same
architectures at 2, 4 and 8 bits: `oqat-N` has 8-bit ends and an 8-bit residual stream as they have, `oqat-N-papers` float
ends and a float stream; weights are random, in the steps that LSQ starts from. One thread is pinned to --core; several may use all cores. A ratio is the fastest engine's time
over ours: of the best rounds, and the median over rounds.
"""
import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "bench", "peers"))
sys.path.insert(0, os.path.join(ROOT, "bench"))
from kernels import int8_peak

FILES = {"onnxruntime": ".int8.onnx", "openvino": ".int8.onnx", "tflite": ".int8.tflite"}
BITS = (2, 4, 8)
# Ratios that are wanted with one thread on a CPU with AVX-512 VBMI.
WANTED = {("oqa_m", 2): 4, ("oqa_m", 4): 2.3, ("oqa_m", 8): 2, ("oqa_s", 2): 2.5, ("oqa_s", 4): 1.7, ("oqa_s", 8): 1.4,
          ("resnet18_224", 2): 2, ("resnet18_224", 4): 1.5}


# --- Other engines: one process each, stopped while another one runs.

def make_engine(engine, path, threads, picture):
    """A function that classifies one picture."""
    if engine == "onnxruntime":
        import onnxruntime
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads, settings.inter_op_num_threads = threads, 1
        session = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        binding = session.io_binding()
        binding.bind_cpu_input("input", picture)
        binding.bind_output("logits", "cpu")
        return lambda: session.run_with_iobinding(binding)
    if engine == "openvino":
        import openvino
        compiled = openvino.Core().compile_model(path, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32"})
        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(picture))
        return request.infer
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=path, num_threads=threads)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture.transpose(0, 2, 3, 1).copy())
    return interpreter.invoke


def serve(engine, path, threads, size):
    """Times as many seconds of runs as every line of the input says."""
    import numpy as np
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print doesn't belong to the protocol
    start = time.perf_counter()
    run = make_engine(engine, path, threads, np.random.default_rng(1).normal(0, 1, (1, 3, size, size)).astype("f4"))
    run()
    print(json.dumps({"loadMs": 1e3 * (time.perf_counter() - start)}), file=answers, flush=True)
    for line in sys.stdin:
        end, times = time.perf_counter() + float(line), []
        run()
        while time.perf_counter() < end or len(times) < 5:
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
        print(json.dumps({"minMs": min(times), "medianMs": statistics.median(times)}), file=answers, flush=True)


class Engine:
    def __init__(self, name, path, threads, size, cores):
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, sys.executable, os.path.abspath(__file__), "--serve", name, path, str(threads),
             str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads)})
        self.load = self.answer()
        self.process.send_signal(signal.SIGSTOP)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"an engine ended: {self.process.args}")
        return json.loads(line)

    def time(self, seconds):
        self.process.send_signal(signal.SIGCONT)
        print(seconds, file=self.process.stdin, flush=True)
        result = self.answer()
        self.process.send_signal(signal.SIGSTOP)
        return result

    def close(self):
        self.process.kill()
        self.process.wait()


# --- Ours.

def tool(options, name, *arguments):
    return subprocess.run([os.path.join(options.build, "bin", name), *arguments], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True).stdout


class Object:
    load = {}

    def __init__(self, options, path, threads, cores):
        self.command = ["taskset", "-c", cores, os.path.join(options.build, "bin", "oqat-run"), path + ".so", "--bench",
                        f"--threads={threads}"]

    def time(self, seconds):
        result = json.loads(subprocess.run(self.command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        self.load = {"firstResultMs": min(result["firstResultMs"], self.load.get("firstResultMs", float("inf")))}
        return result

    def close(self):
        pass


def compile_objects(options, name, supernet, keys, macs):
    """{"oqat-2": path, ...} with seconds of compilation, without a cache and with all layers in one, and bytes."""
    objects, facts = {}, {}
    source = os.path.join(options.models, supernet + ".mlir")
    tool(options, "oqat-translate", f"--generate-supernet={supernet}", "-o", source)
    for bits in BITS:
        for policy, more in (("", {"bits_ends": 8, "residual": "i8"}), ("-papers", {})):
            label = f"oqat-{bits}{policy}"
            path = os.path.join(options.models, f"{name}.{label}").replace("-", "_")
            with open(path + ".subnet.json", "w") as file:
                json.dump({**keys, "bits_w": bits, "bits_a": bits, **more}, file)
            # Values for the parameters once, so that finding them isn't part of the compilation.
            tool(options, "oqat-opt", source, "-o", os.devnull, "--pass-pipeline=builtin.module(oqat-materialize-subnet"
                 f"{{subnet-file={path}.subnet.json}},oqat-randomize-weights{{seed=1 all-codes=false}},oqat-save-weights"
                 f"{{file={path}.safetensors}})")
            seconds = []
            for cache in ("--no-cache", f"--cache-dir={path}.cache", f"--cache-dir={path}.cache"):
                start = time.perf_counter()
                tool(options, "oqat-compile", source, f"--subnet={path}.subnet.json", f"--weights={path}.safetensors",
                     f"--target={options.target}", cache, "-o", path)
                seconds.append(round(time.perf_counter() - start, 2))
            with open(path + ".json") as file:
                manifest = json.load(file)
            if sum(layer["macs"] for layer in manifest["layers"]) != macs:
                raise SystemExit(f"{name}: the engines' network has {macs} MACs, ours another number")
            objects[label] = path
            facts[label] = {"compileSeconds": seconds[0], "cachedSeconds": seconds[-1],
                            "objectBytes": os.path.getsize(path + ".so"), "target": manifest["target"],
                            "weightBytes": manifest["weightBytes"]}
    return objects, facts


# --- Tables.

def compare(options, name, net, objects, threads):
    """{label: {"minMs", "medianMs", "rounds"}} of all engines and ours, in turns."""
    cores = str(options.core) if threads == 1 else f"0-{os.cpu_count() - 1}"
    runners = {engine: Engine(engine, os.path.join(options.models, name) + FILES[engine], threads, net.size, cores)
               for engine in options.engines}
    runners.update({label: Object(options, path, threads, cores) for label, path in objects.items()})
    rounds = {label: [] for label in runners}
    for index in range(options.rounds):
        for label in list(runners)[::-1 if index % 2 else 1]:
            rounds[label].append(runners[label].time(1.0))
    for runner in runners.values():
        runner.close()
    return {label: {"minMs": min(r["minMs"] for r in all), "medianMs": statistics.median(r["medianMs"] for r in all),
                    "rounds": all, **getattr(runners[label], "load", {})} for label, all in rounds.items()}


def print_networks(name, threads, results, engines):
    fastest = min(engines, key=lambda engine: results[engine]["minMs"])
    print(f"\n{name}, {threads} thread{'s' * (threads > 1)}; ratios to {fastest}\n\n"
          "| | min ms | median ms | ratio, best | ratio, median | wanted |\n|---|---|---|---|---|---|")
    for label, result in results.items():
        best = results[fastest]["minMs"] / result["minMs"]
        median = statistics.median(theirs["medianMs"] / own["medianMs"]
                                   for theirs, own in zip(results[fastest]["rounds"], result["rounds"]))
        result["ratioBest"], result["ratioMedian"] = round(best, 3), round(median, 3)
        wanted = WANTED.get((name, int(label[5:])), "") if threads == 1 and label[5:].isdigit() else ""
        print(f"| {label} | {result['minMs']:.3f} | {result['medianMs']:.3f} | {best:.2f} | {median:.2f} | {wanted} |")


def print_kernels(options, name, objects, peak):
    """Of each kind of quantized layer, all of them together: GMAC/s, and the best layer's share of the peak."""
    print(f"\n{name}, kernels; int8 peak {peak:.0f} GMAC/s\n\n| | kind | layers | GMAC/s | of peak | best layer | of peak |"
          "\n|---|---|---|---|---|---|---|")
    result = {}
    for label, path in objects.items():
        profile = json.loads(subprocess.run(
            ["taskset", "-c", str(options.core), os.path.join(options.build, "bin", "oqat-run"), path + ".so",
             "--profile", "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout)
        for kind in ("conv2d", "depthwise_conv2d"):
            layers = [layer for layer in profile["layers"] if layer["kind"] == kind and layer.get("minUs")]
            if not layers:
                continue
            rates = {layer["name"]: layer["macs"] / layer["minUs"] / 1e3 for layer in layers}
            rate = sum(layer["macs"] for layer in layers) / sum(layer["minUs"] for layer in layers) / 1e3
            best = max(rates, key=rates.get)
            result[f"{label}.{kind}"] = {"gmacsPerSecond": rate, "ofPeak": rate / peak, "best": best,
                                         "bestOfPeak": rates[best] / peak}
            print(f"| {label} | {kind} | {len(layers)} | {rate:.1f} | {rate / peak:.2f} | {best} | "
                  f"{rates[best] / peak:.2f} |")
    return result


def measure(options):
    import engine_networks
    _, peak = int8_peak(options)
    report = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count(), "int8Peak": peak,
              "networks": {}}
    with open("/proc/cpuinfo") as file:
        report["machine"] = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    print(f"{report['machine']}, {os.cpu_count()} cores, int8 peak of one {peak:.0f} GMAC/s")
    for name in options.networks:
        subprocess.run([sys.executable, os.path.join(ROOT, "bench/peers/engine_networks.py"), options.models, name], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        net = engine_networks.build(name)
        objects, facts = compile_objects(options, name, *engine_networks.SUBNETS[name], net.macs)
        entry = report["networks"][name] = {"macs": net.macs, "objects": facts}
        for threads in options.threads:
            entry[f"threads{threads}"] = compare(options, name, net, objects, threads)
            print_networks(name, threads, entry[f"threads{threads}"], options.engines)
        entry["kernels"] = print_kernels(options, name, objects, peak)
        print("\ncompiled in (seconds), and again with all layers cached: " + ", ".join(
            f"{label} {fact['compileSeconds']}, {fact['cachedSeconds']}" for label, fact in facts.items()))
    return report


def add_options(parser):
    names = lambda text: text.split(",")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--models", default=os.path.join(tempfile.gettempdir(), "oqat-peers"))
    parser.add_argument("--networks", type=names, default=["oqa_m", "oqa_s", "resnet18_224"])
    parser.add_argument("--engines", type=names, default=list(FILES))
    parser.add_argument("--threads", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--core", type=int, default=1)
    parser.add_argument("--target", default="native")
    parser.add_argument("-o", dest="output")


def main():
    if sys.argv[1:2] == ["--serve"]:
        engine, path, threads, size = sys.argv[2:]
        return serve(engine, path, int(threads), int(size))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    options = parser.parse_args()
    os.makedirs(options.models, exist_ok=True)
    report = measure(options)
    if options.output:
        with open(options.output, "w") as file:
            json.dump(report, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
