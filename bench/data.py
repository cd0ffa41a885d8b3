#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Training views (RandomResizedCrop, mirror) out of JPEG files, by `oqat-train`'s data pipeline and by torchvision on
Pillow, in turns on one core. The pictures are synthetic: noise whose spectrum falls as that of photographs does, of a
seed, quality 90. Prints one JSON object: pictures a second of the fastest round and in the median, and ours over
the peers'.

  python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements-data.txt
  ninja -C build oqat-bench-data && peers/bin/python bench/data.py [--size 224] [--picture 500x375] [--rounds 9]
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

import numpy
from PIL import Image

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH, PICTURES = 32, 64


def synthesise(width, height, random):
    """Noise with an amplitude of 1 / frequency, its colours alike as those of photographs are."""
    fy, fx = numpy.fft.fftfreq(height)[:, None], numpy.fft.rfftfreq(width)[None, :]
    falling = 1 / numpy.maximum(numpy.hypot(fy, fx), 1 / max(width, height))
    layers = []
    for _ in range(4):
        spectrum = numpy.fft.rfft2(random.standard_normal((height, width))) * falling
        layer = numpy.fft.irfft2(spectrum, (height, width))
        layers.append(layer / layer.std())
    rgb = numpy.stack([layers[0] + 0.3 * layer for layer in layers[1:]], axis=2)
    return Image.fromarray(numpy.clip(127 + 50 * rgb, 0, 255).astype(numpy.uint8))


def write_pictures(folder, width, height, count=PICTURES):
    os.makedirs(os.path.join(folder, "class"))
    random = numpy.random.default_rng(1)
    for i in range(count):
        synthesise(width, height, random).save(os.path.join(folder, "class", f"{i}.jpg"), quality=90)
    sizes = [entry.stat().st_size for entry in os.scandir(os.path.join(folder, "class"))]
    return sum(sizes) // len(sizes)


class Runner:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer(1)
        self.process.send_signal(signal.SIGSTOP)

    def answer(self, count):
        print(count, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"ended: {self.process.args}")
        return float(line)

    def time(self, count):
        self.process.send_signal(signal.SIGCONT)
        milliseconds = self.answer(count)
        self.process.send_signal(signal.SIGSTOP)
        return 1e3 * count * BATCH / milliseconds

    def end(self):
        self.process.kill()
        self.process.wait()


def measure(options):
    """Binds this process to a core."""
    width, height = map(int, options.picture.split("x"))
    os.sched_setaffinity(0, {options.core})
    with tempfile.TemporaryDirectory() as folder:
        mean_bytes = write_pictures(folder, width, height)
        arguments = [folder, str(options.size), str(BATCH)]
        peer = os.path.join(ROOT, "bench/peers/data_torch.py")
        runners = {"oqat": Runner([os.path.join(options.build, "bin", "oqat-bench-data"), *arguments])}
        for form in ("pil", "draft"):
            runners[form] = Runner([sys.executable, peer, form, *arguments])
        rounds = {name: [] for name in runners}
        for _ in range(options.rounds):
            for name, runner in runners.items():
                rounds[name].append(runner.time(options.batches))
        for runner in runners.values():
            runner.end()
    result = {"picture": options.picture, "meanFileBytes": mean_bytes, "size": options.size, "cores": 1,
              "rounds": options.rounds}
    ours = rounds["oqat"]
    for name, rates in rounds.items():
        result[name] = {"fastest": round(max(rates), 1), "median": round(statistics.median(rates), 1)}
        if name != "oqat":
            result[name]["oursOverFastest"] = round(max(ours) / max(rates), 2)
            result[name]["oursOverMedian"] = round(statistics.median(o / r for o, r in zip(ours, rates)), 2)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--picture", default="500x375")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batches", type=int, default=4, help="of 32 pictures, per round")
    parser.add_argument("--core", type=int, default=0)
    print(json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
