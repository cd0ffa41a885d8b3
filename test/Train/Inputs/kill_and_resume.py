# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""kill_and_resume.py PLAN RECIPE DATA [--faults N] [--seed S]: a run stopped and damaged again and again ends as one
that never was.

Faults, in turns, at moments of a seeded stream:
  random          kill -9 at any time
  mid-epoch       kill -9 right after a checkpoint of a step inside an epoch
  during a write  kill -9 while a checkpoint is being written (its temporary file is there)
  signal          SIGTERM or SIGINT: the run must say where it goes on, and exit with 128 + its number
  damage          the newest checkpoint is cut off or has a byte changed, where there is one before it: resuming must
                  name it and take that one
Compares the files of all phases byte by byte.
"""
import argparse
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

parser = argparse.ArgumentParser()
parser.add_argument("inputs", nargs=3)
parser.add_argument("--faults", type=int, default=5)
parser.add_argument("--seed", type=int, default=5)
options = parser.parse_args()
plan, recipe, data = options.inputs
stream = random.Random(options.seed)
print("seed", options.seed, flush=True)
LOG = "killed.log"


def start(out, resume):
    command = ["oqat-train", "train", "--plan", plan, "--recipe", recipe, "--data", data, "-o", out]
    with open(LOG, "w") as log:
        return subprocess.Popen(command + (["--resume"] if resume else []), stderr=log)


def said():
    with open(LOG, errors="replace") as file:  # a message may quote a damaged byte
        return file.read()


def checkpoints(out="killed"):
    return sorted(glob.glob(out + "/step-*.safetensors"), key=lambda path: int(re.sub(r"\D", "", path)))


def wait_for(process, condition):
    """Whether the condition held before the process ended."""
    while process.poll() is None:
        if condition():
            return True
    return False


def read(path):
    with open(path, "rb") as file:
        return file.read()


def compare():
    paths = sorted(glob.glob("whole/*.safetensors"))
    assert paths
    for path in paths:
        other = path.replace("whole", "killed", 1)
        assert read(path) == read(other), other + " differs"
    assert not glob.glob("killed/*.tmp.*"), "a half-written file is left"


def damage(path):
    content = bytearray(read(path))
    at = stream.randrange(len(content))
    if stream.random() < 0.5:
        del content[at:]
    else:
        content[at] ^= 1 << stream.randrange(8)
    with open(path, "wb") as file:
        file.write(content)
    return bytes(content)


def is_due(kind):
    """What the fault waits for."""
    if kind == "none":
        return lambda: False
    if kind == "mid-epoch":
        before = set(checkpoints())
        return lambda: set(checkpoints()) - before
    if kind == "during a write":
        return lambda: glob.glob("killed/step-*.safetensors.tmp.*")
    deadline = time.monotonic() + whole_seconds * stream.uniform(0.1, 0.5)
    if kind == "signal":  # From the first record on, signals are caught.
        return lambda: time.monotonic() > deadline and glob.glob("killed/tensorboard/*.%d" % process.pid)
    return lambda: time.monotonic() > deadline


def interrupt(kind):
    """Ends the process; whether the fault has happened."""
    if kind != "signal":
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    number = stream.choice([signal.SIGTERM, signal.SIGINT])
    process.send_signal(number)
    if process.wait() == 0:  # It was done already.
        return False
    assert process.returncode == 128 + number, process.returncode
    found = re.search(r"stopped by (\w+); --resume goes on from (\S+)\n", said())
    assert found and found[1] == number.name and found[2] == checkpoints()[-1], said()
    return True


started = time.monotonic()
assert start("whole", False).wait() == 0
whole_seconds = time.monotonic() - started

kinds = ["mid-epoch", "during a write", "random", "signal", "damage"]
faults = dict.fromkeys(kinds, 0)
damaged, spoiled = None, b""
for attempt in range(100 * options.faults):
    is_enough = sum(faults.values()) >= options.faults and all(faults.values())
    kind = "none" if is_enough else kinds[attempt % len(kinds)]
    if kind == "damage":
        if len(checkpoints()) > 1 and read(checkpoints()[-1]) != spoiled:
            damaged = checkpoints()[-1]
            spoiled = damage(damaged)
            faults[kind] += 1
        continue
    process = start("killed", os.path.isdir("killed"))
    hit = wait_for(process, is_due(kind)) and interrupt(kind)
    process.wait()
    if damaged and "resuming phase" in said():
        assert damaged in said() and "taking the checkpoint before it" in said(), said()
        damaged = None
    if hit:
        faults[kind] += 1
        continue
    assert process.returncode == 0, said()
    compare()
    if is_enough:
        break
    shutil.rmtree("killed")
    damaged = None
else:
    raise SystemExit("too few faults: " + json.dumps(faults))
print("same after", json.dumps(faults))
