# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""force_targets.py <integer.mlir...>: compiles for every target that oqat-compile knows
and checks the objects; a target that this CPU lacks must be refused by its own object."""
import re
import subprocess
import sys


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


listing = run("oqat-compile", sys.argv[1], "--compile-from=integer", "--target=?", "-o", "net")
names = re.findall(r"[\w-]+", listing.stderr.split("'?'")[1])
targets = [n for n in names if n not in ("known", "targets", "target", "one", "of", "expected", "but", "are", "got", "is")]
ran = 0
for target in targets:
    outcomes = set()
    for module in sys.argv[1:]:
        compiled = run("oqat-compile", module, "--compile-from=integer", f"--target={target}", "-o", "net")
        if compiled.returncode:
            sys.exit(f"{target}: {compiled.stderr}")
        for threads in (1, 3):
            checked = run("oqat-run", "net.so", "--check=2", f"--threads={threads}")
            if "this CPU lacks features" in checked.stderr:
                outcomes.add("not on this CPU")
            elif checked.returncode:
                sys.exit(f"{target}: {checked.stderr}")
            else:
                outcomes.add("equal")
    if len(outcomes) != 1:
        sys.exit(f"{target}: {outcomes}")
    print(f"{target}: {outcomes.pop()}")
    ran += 1
print(f"{ran} targets ran, none differs")
