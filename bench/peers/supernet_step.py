# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One training step of the `mbv3-cifar` supernet in plain PyTorch, the peer of `oqat-train` in bench/train_step.py: the
largest subnet, whose softened answers teach the others, the smallest, and two in between, all with one set of weights.
Channels-last, LSQ with a step per tensor, batch norm with the batch's own statistics, stem, squeeze-excite and
classifier in float. `eager` has LSQ as an autograd function; `compile` has it composed of differentiable operations,
the four subnets compiled once each (a random subnet would be compiled anew); `graphs` runs these as CUDA graphs.

  supernet_step.py eager|compile|graphs --threads N --bits B --batch N [--device cuda]

Reads counts of steps, one a line, and answers each with a JSON line: the milliseconds that the steps took, those of
processors per step, and resident MiB before them and at most. Before the first line it answers for the first two steps.
"""
import argparse
import ctypes
import gc
import itertools
import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from cifar_eager import Lsq

# width, stride, activation, squeeze-excite
STAGES = [(16, 1, F.relu, False), (24, 2, F.relu, True), (40, 2, F.hardswish, False), (64, 1, F.hardswish, True)]
# kernel, expansion and depth: the largest, the smallest, and two in between
SUBNETS = [(5, 4, 2), (3, 2, 1), (3, 4, 2), (5, 3, 1)]


def composed_lsq(v, step, low, high, scale):
    step = (step * scale) + (step - step * scale).detach()
    u = (v / step.abs()).clamp(low, high)
    return (u + (u.round() - u).detach()) * step.abs()


class Quantizer(nn.Module):
    def __init__(self, bits, signed, lsq):
        super().__init__()
        self.low, self.high = (-2 ** (bits - 1), 2 ** (bits - 1) - 1) if signed else (0, 2 ** bits - 1)
        self.step, self.lsq = nn.Parameter(torch.full((1,), 0.05 if signed else 0.3)), lsq

    def forward(self, v):
        return self.lsq(v, self.step, self.low, self.high, 1 / math.sqrt(v.numel() * self.high))


class ElasticConv(nn.Module):
    """Convolution, batch norm; the first channels of both, the kernel's middle transformed."""

    def __init__(self, inputs, outputs, kernel, stride, depthwise, quantizer):
        super().__init__()
        fan = (1 if depthwise else inputs) * kernel ** 2
        weight = torch.randn(outputs, fan // kernel ** 2, kernel, kernel) * (2 / fan) ** 0.5
        self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last))
        self.transform = nn.Parameter(torch.eye(9)) if kernel == 5 else None
        self.gamma, self.beta = nn.Parameter(torch.ones(outputs)), nn.Parameter(torch.zeros(outputs))
        self.stride, self.depthwise = stride, depthwise
        self.quantizers = nn.ModuleList([quantizer(False), quantizer(True)]) if quantizer else None

    def forward(self, x, outputs, kernel, norm=True):
        weight = self.weight[:outputs] if self.depthwise else self.weight[:outputs, :x.shape[1]]
        if kernel < weight.shape[2]:
            middle = weight[:, :, 1:4, 1:4].reshape(-1, 9)
            weight = (middle @ self.transform).reshape(*weight.shape[:2], 3, 3)
        if self.quantizers:
            x, weight = self.quantizers[0](x), self.quantizers[1](weight)
        x = F.conv2d(x, weight, None, self.stride, kernel // 2, 1, outputs if self.depthwise else 1)
        return F.batch_norm(x, None, None, self.gamma[:outputs], self.beta[:outputs], True) if norm else x


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, act, has_gate, quantizer):
        super().__init__()
        middle = inputs * 4
        self.expand = ElasticConv(inputs, middle, 1, 1, False, quantizer)
        self.depthwise = ElasticConv(middle, middle, 5, stride, True, quantizer)
        self.project = ElasticConv(middle, outputs, 1, 1, False, quantizer)
        squeeze = max(8, (middle // 4 + 4) // 8 * 8)
        self.reduce, self.gate = (nn.Conv2d(middle, squeeze, 1), nn.Conv2d(squeeze, middle, 1)) if has_gate else (None, None)
        self.outputs, self.act, self.residual = outputs, act, stride == 1 and inputs == outputs

    def forward(self, x, kernel, expansion):
        middle = x.shape[1] * expansion
        y = self.act(self.expand(x, middle, 1))
        y = self.act(self.depthwise(y, middle, kernel))
        if self.gate:
            squeeze = max(8, (middle // 4 + 4) // 8 * 8)
            pooled = y.mean((2, 3), keepdim=True)
            hidden = F.relu(F.conv2d(pooled, self.reduce.weight[:squeeze, :middle], self.reduce.bias[:squeeze]))
            y = y * F.hardsigmoid(F.conv2d(hidden, self.gate.weight[:middle, :squeeze], self.gate.bias[:middle]))
        y = self.project(y, self.outputs, 1)
        return x + y if self.residual else y


class Supernet(nn.Module):
    def __init__(self, bits, lsq):
        super().__init__()
        quantizer = lambda signed: Quantizer(bits, signed, lsq)
        self.stem = ElasticConv(3, 16, 3, 2, False, None)
        self.first = ElasticConv(16, 16, 3, 1, True, quantizer), ElasticConv(16, 16, 1, 1, False, quantizer)
        self.first = nn.ModuleList(self.first)
        self.stages, channels = nn.ModuleList(), 16
        for width, stride, act, has_gate in STAGES:
            self.stages.append(nn.ModuleList(
                [Block(channels, width, stride, act, has_gate, quantizer), Block(width, width, 1, act, has_gate, quantizer)]))
            channels = width
        self.last = ElasticConv(64, 256, 1, 1, False, quantizer)
        self.mix = ElasticConv(256, 384, 1, 1, False, quantizer)
        self.classifier = nn.Linear(384, 10)

    def forward(self, x, kernel, expansion, depth):
        x = F.hardswish(self.stem(x, 16, 3))
        x = x + self.first[1](F.relu(self.first[0](x, 16, 3)), 16, 1)
        for stage in self.stages:
            for block in stage[:depth]:
                x = block(x, kernel, expansion)
        x = F.hardswish(self.last(x, 256, 1)).mean((2, 3), keepdim=True)
        return self.classifier(F.hardswish(self.mix(x, 384, 1, norm=False)).flatten(1))


def resident(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(key + ":"))


def compiled(function, form):
    """As the form of a peer has it."""
    if form == "eager":
        return function
    return torch.compile(function, dynamic=False, mode="reduce-overhead" if form == "graphs" else None)


def add_options(parser, batch):
    parser.add_argument("form", choices=("eager", "compile", "graphs"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bits", type=int, default=4)
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--device", default="cpu")


def set_up(args):
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    # Convolutions are TF32 there, as LibTorch has it by default, and the fastest that cuDNN finds.
    torch.backends.cudnn.benchmark = True


def serve(step, device):
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    for line in itertools.chain(["1", "1"], sys.stdin):
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # VmHWM begins anew
        loaded, times, processor = resident("VmRSS"), [], time.process_time()
        for _ in range(int(line)):
            wait()
            start = time.perf_counter()
            step()
            wait()
            times.append(1e3 * (time.perf_counter() - start))
        processor = 1e3 * (time.process_time() - processor) / len(times)
        print(json.dumps({"ms": times, "processorMs": processor, "loadedMiB": round(loaded), "peakMiB": round(resident("VmHWM"))}),
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, batch=128)
    args = parser.parse_args()
    set_up(args)
    net = Supernet(args.bits, Lsq.apply if args.form == "eager" else composed_lsq)
    net = net.to(args.device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, nesterov=True, weight_decay=1e-4)
    x = torch.randn(args.batch, 3, 32, 32).to(args.device, memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (args.batch,)).to(args.device)

    def run(subnet):
        return lambda picture: net(picture, *subnet)

    # Compiled one by one: each subnet is a graph of its own.
    forwards = [compiled(run(s), args.form) for s in SUBNETS]

    def step():
        optimizer.zero_grad()
        targets = hard = F.one_hot(labels, 10).float() * 0.95 + 0.005
        for forward in forwards:
            logits = forward(x)
            F.cross_entropy(logits, targets).backward()
            if targets is hard:
                targets = 0.5 * hard + 0.5 * logits.detach().softmax(1)
        optimizer.step()

    serve(step, args.device)


if __name__ == "__main__":
    main()
