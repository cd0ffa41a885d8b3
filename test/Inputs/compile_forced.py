# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compile_forced.py <arguments of oqat-compile>: compiles for a target that this CPU may lack, natively or else with
emulated intrinsics, and prints which, as "avx2: native"."""
import json
import subprocess
import sys


def compile_forced(*arguments):
    """The process of oqat-compile, and "native" or "emulated"."""
    done = subprocess.run(["oqat-compile", *arguments, "--emulate-target-intrinsics=missing"], capture_output=True,
                          text=True)
    if done.returncode:
        return done, None
    with open(arguments[arguments.index("-o") + 1] + ".json") as file:
        manifest = json.load(file)
    return done, "emulated" if manifest.get("emulated") else "native"


if __name__ == "__main__":
    process, how = compile_forced(*sys.argv[1:])
    sys.stderr.write(process.stderr)
    if how:
        print(f"{next(a for a in sys.argv if a.startswith('--target='))[9:]}: {how}")
    sys.exit(process.returncode)
