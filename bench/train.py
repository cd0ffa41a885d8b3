#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What training on the CPU is wanted to reach and what it reaches on this machine, as one table and one JSON object.

  python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements-data.txt
  ninja -C build oqat-bench-data oqat-bench-chains
  peers/bin/python bench/train.py [--rows step,qat,memory,kernels,data] [--threads 2] [--rounds 5] [--steps 5]
                                  [--compile-cache DIR] [-o FILE]
                                  [--device cuda [--plan DIR] [--qat-plan DIR]]

Rows that were not measured keep what FILE has. --table FILE prints its table and measures nothing.

Everything takes turns with its peers, so that whatever else the machine does meets all of them.
* step: one OQAT step of `mbv3-cifar`, see bench/train_step.py.
* qat: one plain 4-bit step of MobileNetV3-Large at 224, batch 32, against bench/peers/mobilenet_step.py. Ours reads,
  decodes and augments its pictures (500x375 JPEG) within the step, the peers' tensors are there.
* memory: of that step. Peers: resident memory at most in steps after the first two, less what is resident before them
  (with parameters and momentum; malloc_trim has given back the rest). Ours: that of the whole process with 32
  pictures less that with 2, times 32/30.
* kernels: the fused chains out of the plan's object on buffers larger than caches, as a share of what copying reaches
  in the same rounds. A round's time is that of its median picture, times threads. Bytes of an element: a copy reads 4
  and writes 4, forward reads 4 and writes 1, backward reads 8 and writes 4; that a plain store reads its line first
  is not counted. All results are written before any is read, and kernels are told so: they write past the caches. The
  copy is the fastest of memcpy, plain stores and non-temporal stores; `read` is what adding up a buffer reaches, 4
  bytes an element.
* data: training views out of JPEG files on one core, see bench/data.py.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import train_step
from train_step import MORE, ROOT, Ours, Peer, take_turns

ROWS = ("step", "qat", "memory", "kernels", "data")
QAT_BATCH, CLASSES, FILES = 32, 1000, 32
COPIES = ("memcpy", "copy", "copy_nontemporal")
# What is wanted: ours over the peer's rate, or a share of the copy's, or (negative) at most that.
WANTED = {"step": {"eager": 3, "compile": 1.5}, "qat": {"eager": 2, "compile": 1.3}, "memory": {"compile": -0.7},
          "kernels": {"quantize_forward": 0.8, "quantize_backward": 0.7}, "data": {"pil": 2, "draft": 2}}
WANTED_ON_GPU = {"step": {"eager": 2.5, "compile": 1.5}, "qat": {"eager": 2, "compile": 1.3}}
# Why a row may be short; what is in the name of a row is the key.
WHY = {
    "QAT step": "every layer is several passes over memory; products of matrices are a third (perf)",
    "peak memory": "accumulators (4 bytes) and codes (1) of all layers are kept for backward",
    "_forward": "one core reads one stream at what `read` says: 4 of the 5 bytes of an element",
    "JPEG": "libjpeg-turbo's entropy decoder passes all rows down to the crop's last",
}


def measure_step(options, folder):
    with tarfile.open(os.path.join(ROOT, "train/data/cifar10-small.tar.xz")) as archive:
        archive.extractall(folder, filter="data")
    return train_step.measure(argparse.Namespace(**vars(options), data=folder))


def write_imagenet(folder):
    """A class per folder with one picture each, all out of a few files."""
    import data  # wants Pillow
    data.write_pictures(folder, 500, 375, FILES)
    for label in range(CLASSES):
        os.makedirs(os.path.join(folder, "train", f"{label:03}"))
        os.link(os.path.join(folder, "class", f"{label % FILES}.jpg"),
                os.path.join(folder, "train", f"{label:03}", "picture.jpg"))


def qat_step(options, folder, batch, steps):
    work = os.path.join(folder, f"batch{batch}-steps{steps}")
    of_network = argparse.Namespace(**{**vars(options), "plan": options.qat_plan})
    return Ours(of_network, work, "mobilenetv3-large", folder, steps, batch, distill=0,
                subnetsPerStep={"max": 1, "min": 0, "random": 0})


def measure_qat(options, folder, rows):
    write_imagenet(folder)
    ours, longer = (qat_step(options, folder, QAT_BATCH, steps) for steps in (options.steps, options.steps + MORE))
    peers = {form: Peer(options, "mobilenet_step.py", form, options.steps, QAT_BATCH)
             for form in options.forms.split(",")}
    rounds = options.rounds if "qat" in rows else 1
    report = {"device": options.device, "threads": options.threads, "batch": QAT_BATCH, **take_turns(ours, longer, peers, rounds)}
    for peer in peers.values():
        peer.end()
    if "memory" in rows:
        peak, of_two = ours.peak(), qat_step(options, folder, 2, 1).peak()
        above = (peak - of_two) * QAT_BATCH / (QAT_BATCH - 2)
        report["oqat"].update(aboveLoadedMiB=round(above), peakMiB=round(peak), peakOfTwoPicturesMiB=round(of_two))
        for form in peers:
            report[form]["oursOverItsMemory"] = round(above / report[form]["aboveLoadedMiB"], 2)
    return report


def measure_kernels(options, folder):
    """Of one thread and of all."""
    net, plan = os.path.join(folder, "net.mlir"), os.path.join(folder, "plan")
    run = lambda tool, *arguments: subprocess.run(
        [os.path.join(options.build, "bin", tool), *arguments], check=True, capture_output=True, text=True).stdout
    run("oqat-translate", "--generate-supernet=mobilenetv3-large", "-o", net)
    run("oqat-compile", net, "--emit=training-plan", "-o", plan)
    report = {"images": options.kernel_images}
    for threads in sorted({1, options.threads}):
        lines = run("oqat-bench-chains", plan, str(threads), str(options.kernel_images), str(options.kernel_rounds))
        measured = {m["name"]: m for m in map(json.loads, lines.splitlines())}
        rates = {name: [threads * m["bytes"] / us / 1e3 for us in m["us"]] for name, m in measured.items()}
        copies = [name for name in COPIES if name in rates]
        copy = max(copies, key=lambda name: max(rates[name]))
        report[f"threads{threads}"] = {"fastestCopy": copy}
        for name, of in rates.items():
            entry = {"fastestGBs": round(max(of), 2), "medianGBs": round(statistics.median(of), 2)}
            if "forward" in name or "backward" in name:
                entry["share"] = round(max(of) / max(rates[copy]), 3)
                entry["shareMedian"] = round(statistics.median(a / b for a, b in zip(of, rates[copy])), 3)
            report[f"threads{threads}"][name] = entry
    return report


def measure_data(options):
    """In a process of its own, since it keeps to one core."""
    command = [sys.executable, os.path.join(ROOT, "bench/data.py"), "--build", options.build, "--rounds",
               str(options.data_rounds)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def table(report):
    """(what, wanted, reached by the best rounds, by the median of rounds)"""
    for row, what in (("step", "OQAT step, mbv3-cifar"), ("qat", "4-bit QAT step, MobileNetV3-Large")):
        on_gpu = report.get(row, {}).get("device", "cpu") != "cpu"
        for form, wanted in (WANTED_ON_GPU if on_gpu else WANTED)[row].items():
            if form in report.get(row, {}):
                of = report[row][form]
                yield f"{what}: times faster than {form}", wanted, of["overOurs"], of["overOursMedian"]
                if "processorOverOurs" in of:
                    yield f"{what}: processor time of {form} over ours", None, of["processorOverOurs"], None
    for form in ("eager", "compile"):
        ratio = report.get("qat", {}).get(form, {}).get("oursOverItsMemory")
        if ratio is not None:
            yield f"its peak memory over that of {form}", WANTED["memory"].get(form), ratio, None
    for threads, kernels in report.get("kernels", {}).items():
        if threads.startswith("threads"):
            for name, entry in kernels.items():
                if isinstance(entry, dict) and "share" in entry:
                    yield (f"{name}, {threads[7:]} thread(s): share of {kernels['fastestCopy']}",
                           WANTED["kernels"].get(name), entry["share"], entry["shareMedian"])
    for form, wanted in WANTED["data"].items():
        if form in report.get("data", {}):
            of = report["data"][form]
            yield f"JPEG pipeline, 224: times faster than {form}", wanted, of["oursOverFastest"], of["oursOverMedian"]


def why(what):
    return next((reason for start, reason in WHY.items() if start in what), "")


def print_table(report):
    print("\n| what | wanted | best rounds | median | | why |\n|---|---|---|---|---|---|")
    for what, wanted, best, median in table(report):
        bound, verdict = "", ""
        if wanted is not None:
            bound = f"<= {-wanted:g}" if wanted < 0 else f">= {wanted:g}"
            verdict = "yes" if (best <= -wanted if wanted < 0 else best >= wanted) else "short"
        middle = "" if median is None else f"{median:.2f}"
        print(f"| {what} | {bound} | {best:.2f} | {middle} | {verdict} | {why(what) if verdict == 'short' else ''} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    train_step.add_options(parser)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--kernel-images", type=int, default=32, help="of 3.2 MB per buffer")
    parser.add_argument("--kernel-rounds", type=int, default=9)
    parser.add_argument("--data-rounds", type=int, default=9)
    parser.add_argument("--qat-plan", help="of the row qat; default: made here")
    parser.add_argument("-o", "--output")
    parser.add_argument("--table", metavar="FILE", help="print the table of an earlier run and measure nothing")
    options = parser.parse_args()
    if options.table:
        with open(options.table) as file:
            return print_table(json.load(file))
    rows = options.rows.split(",")
    if unknown := set(rows) - set(ROWS):
        parser.error(f"unknown row '{unknown.pop()}', expected some of {', '.join(ROWS)}")
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    report = {}
    if options.output and os.path.exists(options.output):
        with open(options.output) as file:
            report = json.load(file)
    report.update(cpu=cpu, cores=os.cpu_count())
    with tempfile.TemporaryDirectory() as folder:
        if "kernels" in rows:
            report["kernels"] = measure_kernels(options, folder)
        if "data" in rows:
            report["data"] = measure_data(options)
        if "step" in rows:
            report["step"] = measure_step(options, folder)
    if "qat" in rows or "memory" in rows:
        with tempfile.TemporaryDirectory() as folder:
            report["qat"] = measure_qat(options, folder, rows)
    print(json.dumps(report, indent=1))
    print_table(report)
    if options.output:
        with open(options.output, "w") as file:
            json.dump(report, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
