# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ranks.py [FAULT] COUNT COMMAND...: runs COMMAND as COUNT ranks on this machine, as torchrun would.

FAULT is what happens once RUN holds three more checkpoints (RUN follows -o in COMMAND):
  --kill=R  kill -9 of rank R
  --term=R  SIGTERM to rank R
  --hang=R  rank R stops without ending
Prints what rank 0 writes to standard output, then a line per rank: how it ended, and what it wrote to standard error.
Fails where a rank has not ended 60 s after a fault. Exit code: 0 where all ranks of a run without fault give 0.
"""
import argparse
import glob
import os
import signal
import socket
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
for fault in ("--kill", "--term", "--hang"):
    parser.add_argument(fault, type=int)
parser.add_argument("count", type=int)
parser.add_argument("command", nargs=argparse.REMAINDER)
options = parser.parse_args()
command = options.command


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def start(rank):
    environment = dict(os.environ, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(options.count),
                       LOCAL_WORLD_SIZE=str(options.count), MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    with open("rank%d.out" % rank, "w") as out, open("rank%d.log" % rank, "w") as log:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=log)


def read(name):
    with open(name, errors="replace") as file:
        return file.read()


def checkpoints():
    return set(glob.glob(command[command.index("-o") + 1] + "/step-*.safetensors"))


def wait_for_checkpoints(count):
    seen = checkpoints()
    known = len(seen)
    while len(seen) < known + count and all(process.poll() is None for process in ranks):
        seen |= checkpoints()
        time.sleep(0.0002)  # So soon that ranks still wait for the first one, which has written it.


port = free_port()
ranks = [start(rank) for rank in range(options.count)]
victim = None
for name, number in (("kill", signal.SIGKILL), ("term", signal.SIGTERM), ("hang", signal.SIGSTOP)):
    if getattr(options, name) is not None:
        victim = ranks[getattr(options, name)]
        wait_for_checkpoints(3)
        victim.send_signal(number)
deadline = time.monotonic() + (600 if victim is None else 60)
for process in ranks:
    if process is victim and options.hang is not None:
        continue
    process.wait(timeout=deadline - time.monotonic())
if options.hang is not None:
    victim.kill()
    victim.wait()
sys.stdout.write(read("rank0.out"))
for rank, process in enumerate(ranks):
    print("rank %d: %s: %s" % (rank, process.returncode, read("rank%d.log" % rank).replace("\n", " | ")))
sys.exit(victim is None and any(process.returncode for process in ranks))
