#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A training step of the `mbv3-cifar` supernet by `oqat-train` against PyTorch, eager and compiled, in turns on the same
cores: the largest, the smallest and two other subnets, 4 bits, 32x32 pictures, batch 128. Ours draws two random subnets
and decodes and augments its pictures within the step; the peers' are two in between (see bench/peers/supernet_step.py)
on tensors that are there. The first two steps of each count for none. Prints one JSON object: milliseconds a step, and
peers' over ours. With --device cuda all run on a GPU; a machine that has no compiler takes a ready --plan.

  python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt
  peers/bin/python bench/train_step.py --data DIR [--build DIR] [--threads 2] [--rounds 5] [--steps 5]
                                       [--compile-cache DIR] [--device cuda [--plan DIR]]
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH, BITS = 128, 4
MORE = 10  # steps by which two runs differ for processor time: starting varies more than a step takes


def phase(name, steps, pictures, batch, **more):
    return {"name": name, "bits": BITS, "from": "scratch", "epochs": steps / max(1, pictures // batch), "batch": batch,
            "lr": 0.001, "labelSmoothing": 0.05, "fullSizeChance": 1, **more}


class Ours:
    """A phase of two steps, then the one whose steps count."""

    def __init__(self, options, folder, network, data, steps, batch, **more):
        self.bin, self.folder = os.path.join(options.build, "bin"), folder
        self.data, self.threads, self.steps, self.device = data, options.threads, steps, options.device
        os.makedirs(folder)
        self.recipe = os.path.join(folder, network + ".json")
        self.network = ["--plan", options.plan] if options.plan else [os.path.join(folder, network + ".mlir")]
        if not options.plan:
            translate = os.path.join(self.bin, "oqat-translate")
            subprocess.run([translate, "--generate-supernet=" + network, "-o", self.network[0]], check=True)
        pictures = sum(len(files) for _, _, files in os.walk(os.path.join(data, "train")))
        phases = [phase("first", 2, pictures, batch, **more),
                  phase("timed", steps, pictures, batch, **{**more, "from": "previous"})]
        with open(self.recipe, "w") as file:
            json.dump({"format": "oqat-recipe", "formatVersion": 1, "seed": 1, "checkpointSeconds": 0,
                       "phases": phases}, file)

    def command(self, out):
        return [os.path.join(self.bin, "oqat-train"), f"--threads={self.threads}", "train", *self.network, "--recipe",
                self.recipe, "--data", self.data, "--device", self.device, "-o", out]

    def time(self):
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            subprocess.run(self.command(out), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with open(os.path.join(out, "metrics.jsonl")) as file:
                records = [r for r in map(json.loads, file) if r["event"] == "train" and r["phase"] == "timed"]
                return records[-1]["msPerStep"]

    def usage(self):
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            process = subprocess.Popen(self.command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"failed: {self.command(out)}")
        return usage

    def peak(self):
        """MiB of the whole process at most."""
        return self.usage().ru_maxrss / 1024

    def processor_ms(self, shorter):
        """Of all threads, per step: by one of the same kind with fewer steps."""
        first, second = shorter.usage(), self.usage()
        difference = second.ru_utime + second.ru_stime - first.ru_utime - first.ru_stime
        return 1e3 * difference / (self.steps - shorter.steps)


class Peer:
    """One of bench/peers that waits, stopped, until it is its turn."""

    def __init__(self, options, script, form, steps, batch):
        environment = dict(os.environ, TORCHINDUCTOR_COMPILE_THREADS=str(options.threads))
        if options.compile_cache:
            environment["TORCHINDUCTOR_CACHE_DIR"] = os.path.abspath(options.compile_cache)
        started = time.monotonic()
        self.steps, self.processor = steps, []
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "bench/peers", script), form, "--threads", str(options.threads),
             "--bits", str(BITS), "--batch", str(batch), "--device", options.device],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.answer()
        self.first_step_s = time.monotonic() - started  # with what is compiled
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
        self.last = self.answer()
        self.processor.append(self.last["processorMs"])
        self.process.send_signal(signal.SIGSTOP)
        return sum(self.last["ms"]) / len(self.last["ms"])

    def end(self):
        self.process.kill()
        self.process.wait()


def take_turns(ours, longer, peers, count):
    """Milliseconds a step, and peers' over ours: of the best rounds, and the median over rounds. Processor time
    besides, which hardly depends on what else the machine does."""
    runners = {"oqat": ours, **peers}
    rounds = {name: [] for name in runners}
    for _ in range(count):
        for name, runner in runners.items():
            rounds[name].append(runner.time())
    result = {}
    for name, times in rounds.items():
        result[name] = {"minMs": round(min(times), 1), "medianMs": round(statistics.median(times), 1)}
        if name == "oqat":
            result[name]["processorMs"] = round(longer.processor_ms(ours), 1)
        if name != "oqat":
            result[name]["overOurs"] = round(min(times) / min(rounds["oqat"]), 2)
            result[name]["overOursMedian"] = round(
                statistics.median(t / o for t, o in zip(times, rounds["oqat"])), 2)
            processor = statistics.median(peers[name].processor)
            result[name]["processorMs"] = round(processor, 1)
            result[name]["processorOverOurs"] = round(processor / result["oqat"]["processorMs"], 2)
            result[name]["startAndFirstStepSeconds"] = round(peers[name].first_step_s, 1)
            result[name]["aboveLoadedMiB"] = peers[name].last["peakMiB"] - peers[name].last["loadedMiB"]
            result[name]["peakMiB"] = peers[name].last["peakMiB"]
    return result


def measure(options):
    with tempfile.TemporaryDirectory() as folder:
        ours, longer = (Ours(options, os.path.join(folder, name), "mbv3-cifar", options.data, steps, BATCH,
                              distill=0.5, subnetsPerStep={"max": 1, "min": 1, "random": 2})
                         for name, steps in (("ours", options.steps), ("longer", options.steps + MORE)))
        peers = {form: Peer(options, "supernet_step.py", form, options.steps, BATCH)
                 for form in options.forms.split(",")}
        result = {"device": options.device, "threads": options.threads, "batch": BATCH, "bits": BITS,
                  **take_turns(ours, longer, peers, options.rounds)}
        for peer in peers.values():
            peer.end()
    return result


def add_options(parser):
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=5, help="of a round")
    parser.add_argument("--forms", default="eager,compile")
    parser.add_argument("--compile-cache", help="folder of what torch.compile makes; its first use takes minutes")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--plan", help="of the network that is trained; default: made here")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    add_options(parser)
    print(json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
