#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interestingness test for oqat-reduce: exits with 1 while a command changes what a
module computes, as the interpreter sees it, and with 0 otherwise.

oqat-reduce calls a test with one argument, so wrap it:

  cat > test.sh <<'EOF'
  #!/bin/sh
  exec tools/oqat-reduce/computes-differently.py --command 'oqat-opt {in} -canonicalize -o {out}' "$1"
  EOF
  chmod +x test.sh
  oqat-reduce net.mlir --oqat-reduce-network=test=$PWD/test.sh

A module that the interpreter or the command refuses isn't interesting. With
--may-fail, one that the command refuses (and the interpreter runs) is.
"""
import argparse
import os
import shlex
import subprocess
import sys
import tempfile


def interpret(oqat_opt, module, options):
    """The digests of all tensors, or None where the module can't be run."""
    command = [oqat_opt, module, f"-oqat-interpret={options}", "-o", os.devnull]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.stdout if run.returncode == 0 and run.stdout else None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", nargs="+", help="the module; only the last one counts")
    parser.add_argument("--command", required=True, help="makes {out} from {in}")
    parser.add_argument("--interpret", default="pictures=2 seed=1",
                        help="options of --oqat-interpret")
    parser.add_argument("--oqat-opt", default="oqat-opt")
    parser.add_argument("--may-fail", action="store_true")
    args = parser.parse_args()
    module = args.module[-1]
    expected = interpret(args.oqat_opt, module, args.interpret)
    if expected is None:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.mlir")
        command = args.command.replace("{in}", shlex.quote(module)).replace("{out}", out)
        run = subprocess.run(command, shell=True, capture_output=True)
        if run.returncode:
            return int(args.may_fail)
        actual = interpret(args.oqat_opt, out, args.interpret)
    return int(actual is not None and actual != expected)


if __name__ == "__main__":
    sys.exit(main())
