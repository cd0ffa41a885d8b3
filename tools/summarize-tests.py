#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints "N passed, N failed" of a lit result file; exit code 1 on any failure.

  summarize-tests.py results.json
"""
import collections
import json
import sys


def main():
    try:
        with open(sys.argv[1]) as file:
            tests = json.load(file)["tests"]
    except (OSError, ValueError, KeyError) as error:
        print(f"no test results: {error}")
        print("0 passed, 1 failed")
        return 1
    codes = collections.Counter(test["code"] for test in tests)
    passed = codes["PASS"] + codes["XFAIL"] + codes["FLAKYPASS"]
    skipped = codes["UNSUPPORTED"] + codes["SKIPPED"] + codes["EXCLUDED"]
    failed = len(tests) - passed - skipped
    for test in tests:
        if test["code"] == "UNSUPPORTED":
            print(f"skipped on this machine: {test['name']}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main())
