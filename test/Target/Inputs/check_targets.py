# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_targets.py <net.so>: checks an object with each of its targets, and with the one that it chooses, which must be
the first that this CPU has."""
import json
import subprocess
import sys

path = sys.argv[1]
with open(path.removesuffix(".so") + ".json") as file:
    manifest = json.load(file)
outcomes = {}


def check(*options):
    """What --check says behind the comparison, or nothing where the CPU lacks the target."""
    done = subprocess.run(["oqat-run", path, "--check=2", *options], capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout.strip().split(" tensors equals the interpreter's, on ")[1]
    if "this CPU lacks features" in done.stderr:
        return None
    sys.exit(done.stderr)


for target in manifest["targets"]:
    says = check(f"--target={target['name']}", "--threads=2")
    if says not in (None, target["name"] + (" (emulated)" if target.get("emulated") else "")):
        sys.exit(f"{target['name']}: {says}")
    outcomes[target["name"]] = says
    print(f"{target['name']}: {'equal' if says else 'not on this CPU'}")
chosen = check()
if chosen != next((says for says in outcomes.values() if says), None):
    sys.exit(f"chosen: {chosen}")
print(f"chosen: {chosen}")
