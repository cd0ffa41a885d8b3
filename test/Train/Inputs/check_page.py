# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_page.py PAGE METRICS: a page is well-formed, its charts have a point per record, and nothing is fetched."""
import json
import sys
import xml.etree.ElementTree as tree

with open(sys.argv[1]) as file:
    text = file.read()
root = tree.fromstring(text.removeprefix("<!doctype html>").replace('<meta charset="utf-8">', ""))
with open(sys.argv[2]) as file:
    records = [json.loads(line) for line in file]
steps = sum(record["event"] == "train" for record in records)
curves = [len(line.get("points").split()) for line in root.iter("polyline")]
# Three losses, two accuracies, two learning rates, the speed and the front.
assert curves == [steps] * 3 + [len(records) - steps] * 2 + [steps] * 3 + [1], curves
assert len(list(root.iter("table"))) == 2
assert "http" not in text and "src=" not in text
