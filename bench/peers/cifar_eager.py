#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The quickstart's task in plain eager PyTorch: the peer of `oqat-train`.

Trains ONE network, the largest subnet of `mbv3-cifar` (kernel 5, expand 4, depth 2,
32x32 pictures; stem, squeeze-excite and classifier stay float), first in float, then with
LSQ quantizers (a step per tensor, gradient scale 1/sqrt(N Qp)) at the bit-widths asked for.
The step is doubled from one bit-width to the next. Channels-last throughout, because the
default layout is about five times slower and would flatter us.

  cifar_eager.py --data DIR [--schedule 32:15,4:6] [--threads 2] [--seed 0] [--device cpu]

--schedule: comma-separated bits:epochs. Prints one JSON line per stage: test accuracy,
seconds per epoch and wall time since the start of training. Accuracy is a matter of the
schedule, not of the device: with --device cuda, schedules that fill a CPU's time run quickly.
"""
import argparse
import json
import math
import os
import time

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

STAGES = [(16, 1, nn.ReLU, False), (24, 2, nn.ReLU, True),
          (40, 2, nn.Hardswish, False), (64, 1, nn.Hardswish, True)]


def load(folder):
    classes = sorted(os.listdir(folder))
    pictures, labels = [], []
    for label, name in enumerate(classes):
        for file in sorted(os.listdir(os.path.join(folder, name))):
            with Image.open(os.path.join(folder, name, file)) as picture:
                pictures.append(np.asarray(picture.convert("RGB")))
            labels.append(label)
    x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(1, 3, 1, 1)
    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(1, 3, 1, 1)
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last), torch.tensor(labels)


class Lsq(torch.autograd.Function):
    @staticmethod
    def forward(ctx, v, step, low, high, scale):
        u = v / step.abs()
        clipped = u.clamp(low, high)
        ctx.save_for_backward(u, step)
        ctx.low, ctx.high, ctx.scale = low, high, scale
        return clipped.round() * step.abs()

    @staticmethod
    def backward(ctx, grad):
        u, step = ctx.saved_tensors
        inside = (u > ctx.low) & (u < ctx.high)
        term = torch.where(inside, u.round() - u, u.clamp(ctx.low, ctx.high))
        return grad * inside, (grad * term).sum().view(1) * ctx.scale * step.sign(), None, None, None


class Quantizer(nn.Module):
    def __init__(self, signed):
        super().__init__()
        self.signed, self.bits = signed, 32
        self.step = nn.Parameter(torch.zeros(1))

    def forward(self, v):
        if self.bits == 32:
            return v
        low = -2 ** (self.bits - 1) if self.signed else 0
        high = 2 ** (self.bits - 1) - 1 if self.signed else 2 ** self.bits - 1
        if self.step.item() == 0:
            self.step.data.fill_(2 * v.detach().abs().mean() / math.sqrt(high))
        return Lsq.apply(v, self.step, low, high, 1 / math.sqrt(v.numel() * high))


class QuantConv(nn.Conv2d):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, bias=False, **kwargs)
        self.input_quantizer, self.weight_quantizer = Quantizer(False), Quantizer(True)

    def forward(self, x):
        return F.conv2d(self.input_quantizer(x), self.weight_quantizer(self.weight), None,
                        self.stride, self.padding, 1, self.groups)


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        squeeze = max(8, int(channels // 4 + 4) // 8 * 8)
        self.reduce, self.expand = nn.Conv2d(channels, squeeze, 1), nn.Conv2d(squeeze, channels, 1)

    def forward(self, x):
        gate = self.expand(F.relu(self.reduce(x.mean((2, 3), keepdim=True))))
        return x * F.hardsigmoid(gate)


class Block(nn.Module):
    def __init__(self, cin, cout, expand, kernel, stride, act, se):
        super().__init__()
        mid = cin * expand
        layers = []
        if expand > 1:
            layers += [QuantConv(cin, mid, 1), nn.BatchNorm2d(mid), act()]
        layers += [QuantConv(mid, mid, kernel, stride=stride, padding=kernel // 2, groups=mid),
                   nn.BatchNorm2d(mid), act()]
        if se:
            layers.append(SqueezeExcite(mid))
        layers += [QuantConv(mid, cout, 1), nn.BatchNorm2d(cout)]
        self.body = nn.Sequential(*layers)
        self.residual = stride == 1 and cin == cout

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def network():
    layers = [nn.Conv2d(3, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.Hardswish(),
              Block(16, 16, 1, 3, 1, nn.ReLU, False)]
    channels = 16
    for width, stride, act, se in STAGES:
        for index in range(2):
            layers.append(Block(channels, width, 4, 5, stride if index == 0 else 1, act, se))
            channels = width
    layers += [QuantConv(channels, 256, 1), nn.BatchNorm2d(256), nn.Hardswish(), nn.AdaptiveAvgPool2d(1),
               QuantConv(256, 384, 1), nn.Hardswish(), nn.Flatten(), nn.Linear(384, 10)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def augment(x, generator):
    flip = torch.rand(len(x), generator=generator) < 0.5
    x = torch.where(flip.view(-1, 1, 1, 1).to(x.device), x.flip(3), x)
    padded = F.pad(x, (4, 4, 4, 4))
    dy, dx = torch.randint(0, 9, (2,), generator=generator).tolist()
    return padded[:, :, dy:dy + 32, dx:dx + 32].contiguous(memory_format=torch.channels_last)


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        hits = sum((net(x[i:i + 200]).argmax(1) == y[i:i + 200]).sum().item() for i in range(0, len(x), 200))
    return 100 * hits / len(x)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--schedule", default="32:15,4:6")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    generator = torch.Generator().manual_seed(args.seed)
    train_x, train_y = (t.to(args.device) for t in load(os.path.join(args.data, "train")))
    test_x, test_y = (t.to(args.device) for t in load(os.path.join(args.data, "test")))
    net, batch, start = network().to(args.device), 128, time.time()
    previous = 32
    for stage in args.schedule.split(","):
        bits, epochs = map(int, stage.split(":"))
        for module in net.modules():
            if isinstance(module, Quantizer):
                module.bits = bits
                if previous != 32 and bits == previous - 1:
                    module.step.data.mul_(2)
        lr = args.lr if bits == 32 else args.lr / 2
        groups = [{"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": 1e-4},
                  {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0}]
        optimizer = torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True)
        steps = epochs * (len(train_x) // batch)
        warm = max(1, steps // 20)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(
            (s + 1) / warm, 0.5 * (1 + math.cos(math.pi * s / steps))))
        begin = time.time()
        for _ in range(epochs):
            net.train()
            order = torch.randperm(len(train_x), generator=generator)
            for i in range(0, len(order) - batch + 1, batch):
                pick = order[i:i + batch].to(args.device)
                loss = F.cross_entropy(net(augment(train_x[pick], generator)), train_y[pick], label_smoothing=0.1)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        print(json.dumps({"device": args.device, "seed": args.seed, "bits": bits, "epochs": epochs, "top1": round(accuracy(net, test_x, test_y), 2),
                          "secondsPerEpoch": round((time.time() - begin) / max(epochs, 1), 2),
                          "wallSeconds": round(time.time() - start, 1)}), flush=True)
        previous = bits


if __name__ == "__main__":
    main()
