#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A training step of the `mbv3-cifar` supernet by `oqat-train` against PyTorch, eager and compiled, in turns on the same
cores: the largest, the smallest and two other subnets, 4 bits, 32x32 pictures, batch 128. Ours draws two random subnets
and decodes and augments its pictures within the step; the peers' are two in between (see bench/peers/supernet_step.py)
on tensors that are there. Prints one JSON object: milliseconds a step, and peers' over ours.

  python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt
  peers/bin/python bench/train_step.py --data DIR [--build DIR] [--threads 2] [--rounds 5] [--steps 5]
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH, BITS = 128, 4


def recipe(options, pictures):
    steps_per_epoch = max(1, pictures // BATCH)
    return {"format": "oqat-recipe", "formatVersion": 1, "seed": 1, "checkpointSeconds": 0, "phases": [{
        "name": f"w{BITS}", "bits": BITS, "from": "scratch", "epochs": options.steps / steps_per_epoch, "batch": BATCH,
        "lr": 0.001, "labelSmoothing": 0.05, "distill": 0.5, "fullSizeChance": 1,
        "subnetsPerStep": {"max": 1, "min": 1, "random": 2}}]}


class Ours:
    def __init__(self, options, folder):
        self.bin, self.folder, self.options = os.path.join(options.build, "bin"), folder, options
        self.supernet, self.recipe = os.path.join(folder, "supernet.mlir"), os.path.join(folder, "recipe.json")
        subprocess.run([os.path.join(self.bin, "oqat-translate"), "--generate-supernet=mbv3-cifar", "-o", self.supernet],
                       check=True)
        pictures = sum(len(files) for _, _, files in os.walk(os.path.join(options.data, "train")))
        with open(self.recipe, "w") as file:
            json.dump(recipe(options, pictures), file)
        self.runs = 0

    def time(self):
        self.runs += 1
        out = os.path.join(self.folder, f"run{self.runs}")
        subprocess.run([os.path.join(self.bin, "oqat-train"), f"--threads={self.options.threads}", "train", self.supernet,
                        "--recipe", self.recipe, "--data", self.options.data, "-o", out], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(os.path.join(out, "metrics.jsonl")) as file:
            return next(r["msPerStep"] for r in map(json.loads, file) if r["event"] == "train")


class Peer:
    def __init__(self, options, form):
        self.steps = options.steps
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "bench/peers/supernet_step.py"), form, "--threads", str(options.threads),
             "--bits", str(BITS), "--batch", str(BATCH)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2):  # the first steps, with what is compiled
            self.answer()
        self.process.send_signal(signal.SIGSTOP)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a peer ended: {self.process.args}")
        return json.loads(line)

    def time(self):
        self.process.send_signal(signal.SIGCONT)
        print(self.steps, file=self.process.stdin, flush=True)
        times = self.answer()
        self.process.send_signal(signal.SIGSTOP)
        return sum(times) / len(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--forms", default="eager,compile")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runners = {"oqat": Ours(options, folder), **{form: Peer(options, form) for form in options.forms.split(",")}}
        rounds = {name: [] for name in runners}
        for _ in range(options.rounds):
            for name, runner in runners.items():
                rounds[name].append(runner.time())
        for runner in runners.values():
            if isinstance(runner, Peer):
                runner.process.kill()
                runner.process.wait()
    result = {"threads": options.threads, "batch": BATCH, "bits": BITS}
    for name, times in rounds.items():
        result[name] = {"minMs": round(min(times), 1), "medianMs": round(statistics.median(times), 1)}
        if name != "oqat":
            result[name]["overOurs"] = round(min(times) / min(rounds["oqat"]), 2)
            result[name]["overOursMedian"] = round(
                statistics.median(t / o for t, o in zip(times, rounds["oqat"])), 2)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
