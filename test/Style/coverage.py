#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looks for what the lit suite leaves out.

  coverage.py SOURCE_DIR

* Every operation occurs in an ops test, and every one with a verifier numbers its constraints.
* Every message of the dialects occurs in an expected-error or CHECK line.
* Every pass, and every option of it, occurs in a RUN line.
"""
import pathlib
import re
import sys

# Messages that guard what a verifier or a caller has ensured already.
GUARDS = {"expected readable values of '", "has no value for choice '", "has no entry ", " in the list of choice '",
          " block slots, but the depth is "}


def statements(text):
    """Line and arguments of every statement that reports an error."""
    text = re.sub(r"//.*", "", text)
    for match in re.finditer(r"\bemit(?:Op)?Error\s*\(", text):
        end, quoted = match.end(), False
        while quoted or text[end] != ";":
            quoted ^= text[end] == '"' and text[end - 1] != "\\"
            end += 1
        yield text.count("\n", 0, match.start()) + 1, re.sub(r'"\s*"', "", text[match.end():end])


def fragments(statement):
    literals = [text.replace('\\"', '"') for text in re.findall(r'"((?:[^"\\]|\\.)*)"', statement)]
    return [text for text in literals if len(text.strip(" '")) > 5 and not text.startswith((", but got", "', but got"))]


def check(root):
    tests = {path: path.read_text(errors="replace") for path in sorted((root / "test").rglob("*"))
             if path.suffix in (".mlir", ".test", ".py")}
    runs = "\n".join("\n".join(line for line in text.splitlines() if "RUN:" in line or path.suffix == ".py")
                     for path, text in tests.items())
    expected = "\n".join(line for text in tests.values() for line in text.splitlines()
                         if re.search(r"expected-error|[A-Z][A-Z0-9_-]*: ", line))
    counts = {"operations": 0, "messages": 0, "passes": 0, "options": 0}
    errors = []

    for path in sorted((root / "dialects").rglob("*Ops.td")):
        dialect = path.parent.name
        shown = "\n".join(text for file, text in tests.items() if "invalid" not in file.name and "Dialect" in file.parts)
        for definition in re.split(r"^(?=def )", path.read_text(), flags=re.M)[1:]:
            match = re.match(r'def \w+ : \w+<"(\w+)"', definition)
            if not match:
                continue
            counts["operations"] += 1
            name = f"{dialect}.{match[1]}"
            if not re.search(re.escape(name) + r"\b", shown):
                errors.append(f"{name}: in no test of its dialect")
            verified = re.search(r"has\w*Verifier = 1|SymbolUserOpInterface", definition)
            if verified and not re.search(r"\bC1\b", definition):
                errors.append(f"{name}: its constraints have no numbers")

    for path in sorted((root / "dialects").rglob("*.cpp")):
        for line, statement in statements(path.read_text()):
            for fragment in fragments(statement):
                counts["messages"] += 1
                told = re.sub(r"[,' ]*(but got)?[ ']*$", "", fragment)
                if told not in expected and fragment not in GUARDS:
                    errors.append(f"{path.relative_to(root)}:{line}: no test expects '{told}'")

    for path in sorted((root / "include").rglob("Passes.td")):
        for definition in re.split(r"^def ", path.read_text(), flags=re.M)[1:]:
            match = re.search(r'Pass<"([\w-]+)"', definition)
            if not match:
                continue
            counts["passes"] += 1
            used = [line for line in runs.splitlines() if re.search(f"-{match[1]}(?![\\w-])", line)]
            if not used:
                errors.append(f"--{match[1]}: in no test")
            for option in re.findall(r'Option<"\w+", "([\w-]+)"', definition):
                counts["options"] += 1
                if not any(re.search(f"-{match[1]}=.*\\b{option}(?![\\w-])", line) for line in used):
                    errors.append(f"--{match[1]}: no test gives its option '{option}'")
    return counts, errors


def main():
    counts, errors = check(pathlib.Path(sys.argv[1]))
    for error in errors:
        print(error)
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f", {len(errors)} left out")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
