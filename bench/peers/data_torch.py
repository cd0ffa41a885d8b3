# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Training batches by torchvision on Pillow in a DataLoader, the peer of `oqat-bench-data` in bench/data.py. Views are
bytes, as ours (no division, no normalisation). No worker processes: nothing is spent on passing batches between them.

  data_torch.py pil|draft FOLDER SIZE BATCH

`draft` lets libjpeg decode at a fraction of the size where the whole picture then still has SIZE pixels both ways.
Reads counts of batches, one a line, and answers each with the milliseconds that they took.
"""
import sys
import time

import torch
from PIL import Image
from torchvision import datasets, transforms

form, folder, size, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(1)


def load(path):
    with open(path, "rb") as file:
        picture = Image.open(file)
        if form == "draft":
            picture.draft("RGB", (size, size))
        return picture.convert("RGB")


views = transforms.Compose([transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip(),
                            transforms.PILToTensor()])
data = torch.utils.data.DataLoader(datasets.ImageFolder(folder, views, loader=load), batch_size=batch, shuffle=True,
                                   drop_last=True, num_workers=0)


def batches():
    while True:
        yield from data


stream = batches()
for line in sys.stdin:
    started = time.perf_counter()
    for _ in range(int(line)):
        next(stream)
    print(1e3 * (time.perf_counter() - started), flush=True)
