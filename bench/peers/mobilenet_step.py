# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A quantization-aware training step of MobileNetV3-Large at 224x224 in plain PyTorch, the peer of `oqat-train` in
bench/train.py. Channels-last, LSQ with a step per tensor for inputs and weights of all convolutions but the stem's and
squeeze-excite's (those and the classifier stay float), batch norm with the batch's own statistics, residuals in float:
what `oqat-translate --generate-supernet=mobilenetv3-large` gives. `eager` has LSQ as an autograd function, `compile`
has it composed of differentiable operations, the network compiled as a whole.

  mobilenet_step.py eager|compile|graphs --threads N --bits B --batch N [--device cuda]

Reads counts of steps as bench/peers/supernet_step.py does.
"""
import argparse

import torch
from torch import nn
from torch.nn import functional as F

from cifar_eager import Lsq
from supernet_step import Quantizer, add_options, compiled, composed_lsq, serve, set_up

# kernel, middle, width, squeeze-excite, activation, stride: table 1 of the MobileNetV3 paper
ROWS = [(3, 16, 16, False, F.relu, 1), (3, 64, 24, False, F.relu, 2), (3, 72, 24, False, F.relu, 1),
        (5, 72, 40, True, F.relu, 2), (5, 120, 40, True, F.relu, 1), (5, 120, 40, True, F.relu, 1),
        (3, 240, 80, False, F.hardswish, 2), (3, 200, 80, False, F.hardswish, 1), (3, 184, 80, False, F.hardswish, 1),
        (3, 184, 80, False, F.hardswish, 1), (3, 480, 112, True, F.hardswish, 1), (3, 672, 112, True, F.hardswish, 1),
        (5, 672, 160, True, F.hardswish, 2), (5, 960, 160, True, F.hardswish, 1), (5, 960, 160, True, F.hardswish, 1)]


class Conv(nn.Module):
    """Quantizers where there are any, convolution, batch norm, activation."""

    def __init__(self, inputs, outputs, kernel, stride, act, quantizer, groups=1, norm=True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs, track_running_stats=False) if norm else None
        self.quantizers = nn.ModuleList([quantizer(False), quantizer(True)]) if quantizer else None
        self.act = act

    def forward(self, x):
        weight = self.conv.weight
        if self.quantizers:
            x, weight = self.quantizers[0](x), self.quantizers[1](weight)
        x = F.conv2d(x, weight, None, self.conv.stride, self.conv.padding, 1, self.conv.groups)
        x = self.norm(x) if self.norm else x
        return self.act(x) if self.act else x


class Block(nn.Module):
    def __init__(self, inputs, row, quantizer):
        super().__init__()
        kernel, middle, width, has_gate, act, stride = row
        self.expand = Conv(inputs, middle, 1, 1, act, quantizer) if middle > inputs else None
        self.depthwise = Conv(middle, middle, kernel, stride, act, quantizer, groups=middle)
        self.project = Conv(middle, width, 1, 1, None, quantizer)
        squeeze = (middle // 4 + 4) // 8 * 8
        self.reduce = nn.Conv2d(middle, squeeze, 1) if has_gate else None
        self.gate = nn.Conv2d(squeeze, middle, 1) if has_gate else None
        self.residual = stride == 1 and inputs == width

    def forward(self, x):
        y = self.depthwise(self.expand(x) if self.expand else x)
        if self.gate:
            y = y * F.hardsigmoid(self.gate(F.relu(self.reduce(y.mean((2, 3), keepdim=True)))))
        y = self.project(y)
        return x + y if self.residual else y


class MobileNet(nn.Module):
    def __init__(self, bits, lsq):
        super().__init__()
        quantizer = lambda signed: Quantizer(bits, signed, lsq)
        self.stem = Conv(3, 16, 3, 2, F.hardswish, None)
        self.blocks, inputs = nn.ModuleList(), 16
        for row in ROWS:
            self.blocks.append(Block(inputs, row, quantizer))
            inputs = row[2]
        self.last = Conv(160, 960, 1, 1, F.hardswish, quantizer)
        self.mix = Conv(960, 1280, 1, 1, F.hardswish, quantizer, norm=False)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.classifier(self.mix(self.last(x).mean((2, 3), keepdim=True)).flatten(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, batch=32)
    args = parser.parse_args()
    set_up(args)
    net = MobileNet(args.bits, Lsq.apply if args.form == "eager" else composed_lsq)
    net = net.to(args.device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, nesterov=True, weight_decay=1e-4)
    x = torch.randn(args.batch, 3, 224, 224).to(args.device, memory_format=torch.channels_last)
    labels = torch.randint(0, 1000, (args.batch,)).to(args.device)
    forward = compiled(net, args.form)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(forward(x), labels, label_smoothing=0.05).backward()
        optimizer.step()

    serve(step, args.device)


if __name__ == "__main__":
    main()
