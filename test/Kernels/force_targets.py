# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""force_targets.py <integer.mlir...>: compiles for every target that oqat-compile knows and checks the objects: as they
are where this CPU has the instructions, with emulated intrinsics everywhere. A target that this CPU lacks must be
refused by its own object."""
import json
import re
import subprocess
import sys


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def check(module, target, *options):
    """The outcomes of an object with one thread and with several."""
    compiled = run("oqat-compile", module, "--compile-from=integer", f"--target={target}", "-o", "net", *options)
    if compiled.returncode:
        sys.exit(f"{target}: {compiled.stderr}")
    with open("net.json") as file:
        if json.load(file).get("emulated", False) != bool(options):
            sys.exit(f"{target}: the manifest says otherwise")
    for threads in (1, 3):
        checked = run("oqat-run", "net.so", "--check=2", f"--threads={threads}")
        if "this CPU lacks features" in checked.stderr and not options:
            yield "not on this CPU"
        elif checked.returncode:
            sys.exit(f"{target} {' '.join(options)}: {checked.stderr}")
        else:
            yield "equal"


listing = run("oqat-compile", sys.argv[1], "--compile-from=integer", "--target=?", "-o", "net")
targets = re.findall(r"[\w-]+", listing.stderr.split("known are:")[1])
for target in targets:
    for how, options in (("native", ()), ("emulated", ("--emulate-target-intrinsics",))):
        outcomes = {outcome for module in sys.argv[1:] for outcome in check(module, target, *options)}
        if len(outcomes) != 1:
            sys.exit(f"{target}: {outcomes}")
        print(f"{target}: {how}: {outcomes.pop()}")
print(f"{len(targets)} targets ran, none differs")
