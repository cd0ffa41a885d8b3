#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the commands of a page, none of which may fail, and compares what they print with
what the page shows.

A block of the page that begins with ```console holds commands, each behind `$ `, and what
they print. All run in one fresh folder, with docs/ as $DOCS and build/bin in the PATH.

  check-tutorial.py PAGE --tools build/bin [--update]

--update writes what the commands print into the page instead of comparing.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"```console\n(.*?)```", re.S)


def run(command, folder, env):
    # A command may go on in the next line behind a backslash.
    done = subprocess.run(["bash", "-c", command.replace("\\\n", " ")], cwd=folder, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def split(block):
    """The commands of a block with what each is said to print."""
    steps, lines, i = [], block.splitlines(keepends=True), 0
    while i < len(lines):
        if not lines[i].startswith("$ "):
            sys.exit(f"expected a line that starts with '$ ', but got '{lines[i].strip()}'")
        command = lines[i][2:]
        while command.endswith("\\\n"):
            i += 1
            command += lines[i]
        i += 1
        printed = ""
        while i < len(lines) and not lines[i].startswith("$ "):
            printed += lines[i]
            i += 1
        steps.append((command.rstrip("\n"), printed))
    return steps


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page")
    parser.add_argument("--tools", required=True)
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    with open(args.page) as file:
        page = file.read()
    env = dict(os.environ, DOCS=os.path.dirname(os.path.abspath(args.page)),
               PATH=os.path.abspath(args.tools) + os.pathsep + os.environ["PATH"])
    commands = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        def execute(match):
            nonlocal commands, wrong
            text = "```console\n"
            for command, printed in split(match.group(1)):
                commands += 1
                code, actual = run(command, folder, env)
                text += f"$ {command}\n{actual}"
                if code:
                    wrong += 1
                    print(f"$ {command}\nends with exit code {code}:\n{actual}")
                elif actual != printed and not args.update:
                    wrong += 1
                    print(f"$ {command}\nthe page says:\n{printed}but it prints:\n{actual}")
            return text + "```"
        updated = BLOCK.sub(execute, page)
    if args.update:
        with open(args.page, "w") as file:
            file.write(updated)
    print(f"{commands} commands, {wrong} fail or print something else")
    return int(wrong > 0 or commands == 0)


if __name__ == "__main__":
    sys.exit(main())
