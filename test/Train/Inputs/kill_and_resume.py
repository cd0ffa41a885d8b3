# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""kill_and_resume.py PLAN RECIPE DATA: a run killed again and again ends as one never killed.

Kills at random moments of a seeded stream, and once each in the middle of an epoch (a checkpoint
of a step inside it has just appeared) and while a checkpoint is being written (its temporary file
is there). Compares the files of all phases byte by byte.
"""
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

plan, recipe, data = sys.argv[1:4]


def start(out, resume):
    command = ["oqat-train", "train", "--plan", plan, "--recipe", recipe, "--data", data, "-o", out]
    return subprocess.Popen(command + (["--resume"] if resume else []), stderr=subprocess.DEVNULL)


def checkpoints(out):
    return set(glob.glob(out + "/step-*.safetensors"))


def wait_for(process, condition):
    """Whether the condition held before the process ended."""
    while process.poll() is None:
        if condition():
            return True
    return False


def compare():
    for path in sorted(glob.glob("whole/*.safetensors")):
        other = path.replace("whole", "killed", 1)
        with open(path, "rb") as first, open(other, "rb") as second:
            assert first.read() == second.read(), other + " differs"
    assert not glob.glob("killed/*.tmp.*"), "a half-written file is left"


started = time.monotonic()
assert start("whole", False).wait() == 0
whole_seconds = time.monotonic() - started

kills = {"mid-epoch": 0, "during a write": 0, "random": 0}
stream = random.Random(5)
for attempt in range(300):
    kind = list(kills)[attempt % 3]
    before = checkpoints("killed")
    process = start("killed", os.path.isdir("killed"))
    if kind == "mid-epoch":
        hit = wait_for(process, lambda: checkpoints("killed") - before)
    elif kind == "during a write":
        hit = wait_for(process, lambda: glob.glob("killed/step-*.safetensors.tmp.*"))
    else:
        deadline = time.monotonic() + whole_seconds * stream.uniform(0.1, 0.5)
        hit = wait_for(process, lambda: time.monotonic() > deadline)
    if hit:
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills[kind] += 1
        continue
    assert process.wait() == 0
    compare()
    if sum(kills.values()) >= 5 and all(kills.values()):
        break
    shutil.rmtree("killed")
else:
    sys.exit("too few kills: " + json.dumps(kills))
print("same after", json.dumps(kills))
