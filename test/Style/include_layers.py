#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads every #include line and checks who may include whom (docs/Architecture.md).

  include_layers.py SOURCE_DIR

A file may include files of its own area and of areas with a smaller rank. Areas below
"no LLVM" may not include llvm/ or mlir/ headers; only train/ may include LibTorch.
"""
import os
import re
import sys

RANK = {"Numerics": 0, "Formats": 0.5, "Solver": 1, "Image": 1, "Runtime": 1, "Support": 2, "dialects": 3,
        "Analysis": 4, "Interpreter": 4, "Transforms": 5, "Autodiff": 5, "Conversion": 5, "Import": 5,
        "Target": 6, "Export": 7, "Pipelines": 8, "train": 8, "tools": 9}
NO_LLVM = {"Numerics", "Formats", "Solver", "Image", "Runtime", "train"}
TORCH = re.compile(r"^(torch|ATen|c10|caffe2)/")
LLVM = re.compile(r"^(llvm|mlir)(-c)?/")


def area_of(path):
    """The area that a repository path, or an include written as one, belongs to."""
    parts = path.split("/")
    if parts[:2] == ["include", "oqat"] and len(parts) > 3:
        return parts[2]
    if parts[0] == "oqat" and len(parts) > 2:
        return parts[1]
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    if parts[0] in ("dialects", "train", "tools"):
        return parts[0]
    return None


def main():
    root, errors, files = sys.argv[1], [], 0
    for top in ("include", "lib", "dialects", "train", "tools"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if not name.endswith((".h", ".cpp", ".c")):
                    continue
                path = os.path.relpath(os.path.join(folder, name), root)
                area = area_of(path)
                files += 1
                if area not in RANK:
                    errors.append(f"{path}: no rank is set for this area")
                    continue
                trainer = area == "train" or path.startswith(("tools/oqat-train", "tools/oqat-search"))
                with open(os.path.join(folder, name)) as file:
                    for number, line in enumerate(file, 1):
                        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
                        if not match:
                            continue
                        header, other = match[1], area_of(match[1])
                        place = f"{path}:{number}: '{header}'"
                        if other in RANK and other != area and RANK[other] >= RANK[area]:
                            errors.append(f"{place}: {area} may not include {other}")
                        if LLVM.match(header) and (area in NO_LLVM or trainer):
                            errors.append(f"{place}: {area} compiles without LLVM")
                        if TORCH.match(header) and not trainer:
                            errors.append(f"{place}: only the trainer may include LibTorch")
    print("\n".join(errors) if errors else f"{files} files keep the layers")
    return bool(errors) or files == 0


if __name__ == "__main__":
    sys.exit(main())
