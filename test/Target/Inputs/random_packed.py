#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a random packed network that uses every layer and every part of an epilogue: zero points, odd weights,
reciprocals per channel, integer residual streams, tables, pools. Extents are odd, channels few or no multiple
of a vector. Half of all scales are powers of two, so that accumulators hit ties of the quantizers.

  random_packed.py SEED [--low|--narrow|--tiles|--small|--rows|--planes|--planar] > net.mlir

With --low, weights and codes have at most 2 bits and there are convolutions and few other layers, for kernels by table.
With --narrow, weights of 8 bits are of a few sizes, as trained ones are, so that some of their sums fit 16 bits.
With --tiles there are dense convolutions of planes and channels that fill tiles of 16 pixels by 16 outputs by 64 inputs
or miss that by one, some of them the highest codes times the lowest weights.
With --small, pictures are small and convolutions of 3x3 and stride 1 follow each other, for minimal filtering.
With --rows, depthwise layers have kernels of all sizes and strides, also on rows that are cut into strips, and codes of
few bits follow gates of either sign.
With --planes, the depthwise layers are of at most 2 bits.
With --planar, most of them alone read the codes of a pointwise layer of at most 2 bits.
"""
import math
import random
import struct
import sys



class Network:
    channels = [1, 2, 3, 5, 8, 16, 17, 33, 40, 65, 70]
    kernels = [1, 1, 3, 5, 7]
    weight_bits = [1, 2, 3, 4, 5, 6, 7, 8, 8]
    code_bits = [1, 2, 3, 4, 5, 6, 7, 8]
    steps = ["conv"] * 5 + ["float_conv", "max_pool", "stream", "elementwise", "map"]
    sizes, strides = None, [1, 1, 1, 2, 3]
    depthwise, extremes = 0.35, 0.15

    def __init__(self, seed):
        self.seed, self.random = seed, random.Random(seed)
        self.body, self.count, self.layers = [], 0, 0

    def chance(self, probability):
        return self.random.random() < probability

    def layer(self):
        self.layers += 1
        return f'"l{self.layers}"'

    def emit(self, text, operand, result):
        """A value is (name, (height, width, channels), bits, zero point); floats have no bits."""
        self.count += 1
        self.body.append(f"  %{self.count} = bitpack.{text} : {self.type(operand)} -> {self.type(result)}")
        return (f"%{self.count}", *result[1:])

    @staticmethod
    def type(value):
        element = {None: "f32", "image": "ui8"}.get(value[2], f"!bitpack.codes<{value[2]}>")
        return f"tensor<{'x'.join(map(str, (1, *value[1])))}x{element}>"

    @staticmethod
    def raw(data, kind, *shape):
        return f'dense<"0x{bytes(data).hex()}"> : tensor<{"x".join(map(str, shape))}x{kind}>'

    def floats(self, values, *shape):
        return self.raw(struct.pack(f"<{len(values)}f", *values), "f32", *(shape or (len(values),)))

    def power(self, value):
        """About `value`, often a power of two."""
        if self.chance(0.5):
            return value * self.random.uniform(0.6, 1.6)
        return 2.0 ** round(math.log2(value))

    def quantizer(self, channels, spread):
        bits = self.random.choice(self.code_bits)
        zero = self.random.choice([0, 2 ** (bits - 1), self.random.randrange(2 ** bits)])
        scale = 2 ** bits / (2.5 * spread)
        if self.chance(0.3):
            text = "reciprocals " + self.floats([self.power(scale) for _ in range(channels)])
        else:
            text = f"reciprocal {struct.unpack('<f', struct.pack('<f', self.power(scale)))[0]:.9e}"
        point = f" zero_point {zero}" if zero else ""
        return f' quantize {self.layer()[:-1]}.codes" {text}{point}', bits, zero

    def epilogue(self, operand, shape, scale=None, others=()):
        """The text, the operands' types and the result of an epilogue on a value of about one."""
        channels, text = shape[2], ""
        if scale is not None or self.chance(0.6):
            text += f" scale {self.floats([self.power(scale or 1) * self.random.choice([1, 1, -1]) for _ in range(channels)])}"
            text += f" bias {self.floats([self.random.randint(-8, 8) / 8 for _ in range(channels)])}"
        if self.chance(0.7):
            text += f" activation {self.random.choice(['relu', 'h_swish', 'h_sigmoid', 'relu6'])}"
        if self.chance(0.2):
            gate = self.gate(operand, channels)
            text += f" gate({gate[0]} : {self.type(gate)})"
        # A residual is of floats or an integer stream.
        same = [value for value in others if value[1] == shape and (not value[2] or value[2:] == (8, 128))]
        residual = self.random.choice(same) if same and self.chance(0.7) else None
        if residual:
            text += f" residual({residual[0]} : {self.type(residual)})"
        if residual and residual[2]:
            text += f' quantize {self.layer()[:-1]}.codes" reciprocal 32.0 zero_point 128'
            return text, (None, shape, 8, 128)
        if self.chance(0.75):
            quantizer, bits, zero = self.quantizer(channels, 2.0 if residual else 1.0)
            return text + quantizer, (None, shape, bits, zero)
        return text, (None, shape, None, 0)

    def gate(self, value, channels):
        pooled = self.pool(value)
        return self.linear(pooled, (None, (1, 1, channels), None, 0), " activation h_sigmoid")

    def pool(self, value):
        """Of codes, most of the time where there are some, or of floats."""
        text = ""
        own = random.Random(f"pool {self.seed} {self.layers}")  # leaves the draws of all else as they are
        if value[2] and own.random() < 0.7:
            text = f" step {own.choice([0.25, 0.0625, 0.1, 0.0123])}"
            if value[3]:
                text += f" input_zero_point {value[3]}"
        else:
            value, text = self.dequantize(value), " fraction 8"
        return self.emit(f"pool {self.layer()} {value[0]}{text}", value, (None, (1, 1, value[1][2]), None, 0))

    def linear(self, value, result, more=""):
        inputs, outputs = value[1][-1], result[1][-1]
        weights = self.floats([self.random.uniform(-1, 1) for _ in range(inputs * outputs)], outputs, inputs)
        bias = self.floats([self.random.uniform(-1, 1) for _ in range(outputs)])
        return self.emit(f"linear {self.layer()} {value[0]} weights {weights} bias {bias}{more}", value, result)

    def dequantize(self, value):
        if not value[2]:
            return value
        point = f" input_zero_point {value[3]}" if value[3] else ""
        scale = self.floats([2.0 ** (1 - value[2])] * value[1][2])
        return self.emit(f"elementwise {self.layer()} {value[0]}{point} scale {scale}", value, (None, value[1], None, 0))

    def quantize(self, value):
        quantizer, bits, zero = self.quantizer(value[1][2], 1.0)
        return self.emit(f"elementwise {self.layer()} {value[0]}{quantizer}", value, (None, value[1], bits, zero))

    def stride(self, value):
        return self.random.choice(self.strides) if min(value[1][:2]) > 6 else 1

    @staticmethod
    def after(shape, stride, channels):
        return ((shape[0] - 1) // stride + 1, (shape[1] - 1) // stride + 1, channels)

    def ends(self, outputs, area, taps, bits, size):
        """Every code the lowest one: the sign bit and no other."""
        return sum(1 << (i * bits + bits - 1) for i in range(outputs * taps)).to_bytes(size, "little")

    def conv(self, value, others, outputs=None, kernel=None, stride=None, rank=4, extreme=False):
        value = value if value[2] else self.quantize(value)
        pick, inputs = self.random.choice, value[1][2]
        depthwise = outputs is None and self.chance(self.depthwise)
        outputs = inputs if depthwise else outputs or pick(self.channels)
        kernel, stride, bits = kernel or pick(self.kernels), stride or self.stride(value), pick(self.weight_bits)
        taps = kernel * kernel * (1 if depthwise else inputs)
        size = (outputs * taps * bits + 7) // 8
        extreme = self.chance(self.extremes) or extreme
        data = self.ends(outputs, kernel * kernel, taps, bits, size) if extreme else self.random.randbytes(size)
        odd = " odd" if self.chance(0.4) else ""
        point = f" input_zero_point {value[3]}" if value[3] else ""
        if self.sizes and bits == 8:
            largest = pick(self.sizes)
            data = bytes(self.random.randint(-largest, largest) % 256 for _ in range(size))
        size = 2 ** value[2] * 2 ** bits * (0.2 if odd else 0.1) * (taps if extreme else taps ** 0.5)
        shape = self.after(value[1], stride, outputs)
        text, result = self.epilogue(value, shape, 1 / max(size, 1), others) if rank == 4 else (
            f" scale {self.floats([1 / size] * outputs)} bias {self.floats([0.5] * outputs)}", (None, (outputs,), None, 0))
        kind = "depthwise_conv2d" if depthwise else "conv2d"
        return self.emit(f"{kind} {self.layer()} {value[0]}{point} weights {self.raw(data, 'i8', len(data))} "
                         f"bits {bits}{odd} kernel [{kernel}, {kernel}] stride {stride}{text}", value, result)

    def float_conv(self, value, more=""):
        kernel, stride, outputs = self.random.choice([1, 3, 5, 7]), self.stride(value), self.random.choice(self.channels)
        inputs = value[1][2]
        count = outputs * kernel * kernel * inputs
        weights = self.floats([self.random.uniform(-1, 1) for _ in range(count)], outputs, kernel, kernel, inputs)
        shape = self.after(value[1], stride, outputs)
        text, result = self.epilogue(value, shape, 1 / (kernel * inputs ** 0.5)) if value[2] != "image" else (
            f" scale {self.floats([0.5 / kernel] * outputs)} bias {self.floats([0.25] * outputs)}",
            (None, shape, None, 0))
        return self.emit(f"float_conv2d {self.layer()} {value[0]}{more} weights {weights} stride {stride}{text}",
                         value, result)

    def map(self, value):
        bits = self.random.randint(1, 8)
        entries = [self.random.randrange(2 ** bits) for _ in range(256)]
        if self.layers % 2:
            # Few steps over the signed bytes, up and down, which kernels compare instead of looking them up.
            own = random.Random(sum(entries))
            changes = set(own.sample(range(256), own.choice([0, 1, 3, 15, 40])))
            for byte in range(1, 256):
                if byte not in changes:
                    entries[(byte + 128) % 256] = entries[(byte + 127) % 256]
        table = self.raw(entries, "i8", 256)
        return self.emit(f"map {self.layer()} {value[0]} table {table}", value,
                         (None, value[1], bits, self.random.randrange(2 ** bits)))

    def max_pool(self, value):
        kernel, stride = self.random.choice([1, 3, 5]), self.stride(value)
        return self.emit(f"max_pool {self.layer()} {value[0]} kernel {kernel} stride {stride}", value,
                         (None, self.after(value[1], stride, value[1][2]), *value[2:]))

    def pools_codes(self):
        """Drawn apart, so that all else is as it was before there were pools of codes."""
        return random.Random(f"{self.seed} {self.count} pools").random() < 0.5

    def stream(self, value):
        """An integer residual stream, one step of it, and a reader of its codes."""
        floats = self.dequantize(value)
        codes = f' quantize {self.layer()[:-1]}.codes" reciprocal 32.0 zero_point 128'
        stream = self.emit(f"elementwise {self.layer()} {floats[0]}{codes}", floats, (None, floats[1], 8, 128))
        step = f"elementwise {self.layer()} {floats[0]} residual({stream[0]} : {self.type(stream)}) activation h_swish"
        codes = f' quantize {self.layer()[:-1]}.codes" reciprocal 64.0 zero_point 128'
        stream = self.emit(step + codes, floats, stream)
        return self.conv(self.map(stream), [stream], stream[1][2], 1, 1)

    def table(self, image):
        tables = self.raw([self.random.randrange(256) for _ in range(768)], "i8", 256, 3)
        return self.emit(f"table {self.layer()} %image tables {tables}", image, (None, image[1], 8, 128))

    def head(self, image):
        if self.chance(0.5):
            codes = self.table(image)
            return self.conv(codes, [], self.random.choice(self.channels), self.random.choice([3, 7]), 2)
        return self.float_conv(image, f" normalize {self.floats([0.02, 0.015, 0.01])}, {self.floats([-2.0, -1.5, -1.0])}")

    def extents(self):
        return self.random.randint(7, 25), self.random.randint(7, 25)

    def text(self):
        image = ("%image", (*self.extents(), 3), "image", 0)
        value = self.head(image)
        known = [value]
        for _ in range(self.random.randint(5, 8)):
            step = self.random.choice(self.steps)
            if step == "conv":
                value = self.conv(value, known)
            elif step == "stream":
                value = self.stream(value)
            elif step in ("rows", "gated", "pair"):
                value = getattr(self, step)(value)
            elif step == "dense":
                value = self.dense(value, known)
            elif step == "map" and value[2]:
                value = self.map(value)
            elif step == "elementwise":
                floats = self.dequantize(value)
                text, result = self.epilogue(floats, floats[1], None, known)
                value = self.emit(f"elementwise {self.layer()} {floats[0]}{text}", floats, result)
            elif step == "max_pool" and value[2] and self.pools_codes():
                value = self.max_pool(value)
            elif step in ("float_conv", "max_pool"):
                value = getattr(self, step)(self.dequantize(value))
            known.append(value)
        pooled = self.pool(value)
        logits = (None, (7,), None, 0)
        if self.chance(0.5):
            logits = self.conv(self.quantize(pooled), [], 7, 1, 1, rank=2)
        else:
            logits = self.linear(pooled, logits)
        return "\n".join([f"bitpack.network @net(%image: {self.type(image)}) -> tensor<1x7xf32> {{", *self.body,
                          f"  bitpack.return {logits[0]} : tensor<1x7xf32>", "}"])


class LowBits(Network):
    channels = [1, 2, 3, 16, 31, 40, 64, 65, 96, 130, 200]
    kernels = [1, 1, 1, 3, 3, 5]
    weight_bits = [1, 2, 2, 2]
    code_bits = [1, 2, 2, 2]
    steps = ["conv"] * 9 + ["elementwise"]


class NarrowSums(Network):
    channels = [1, 3, 4, 16, 17, 31, 40, 65]
    weight_bits = [4, 8, 8, 8]
    code_bits = [3, 4, 8, 8]
    steps = ["conv"] * 6 + ["stream"]
    sizes = [3, 16, 21, 32, 32, 64, 64, 127]

    def map(self, value):
        """From one quantizer's codes to another's."""
        bits, factor = self.random.choice([4, 8]), self.random.uniform(0.05, 1.9)
        zero = self.random.choice([0, 2 ** (bits - 1)])
        table = [min(max(round((code - 128) * factor) + zero, 0), 2 ** bits - 1) for code in range(256)]
        return self.emit(f"map {self.layer()} {value[0]} table {self.raw(table, 'i8', 256)}", value,
                         (None, value[1], bits, zero))


class Tiles(Network):
    channels = [1, 15, 16, 17, 33, 63, 64, 65, 130, 257]
    kernels = [1, 1, 3]
    weight_bits = [2, 4, 7, 8, 8, 8]
    code_bits = [2, 4, 8, 8]
    steps = ["dense"]
    planes = [(7, 7), (1, 1), (1, 17), (2, 3), (14, 14), (9, 25), (3, 11), (13, 5)]

    def extents(self):
        return self.planes[self.seed % len(self.planes)]

    def head(self, image):
        return self.table(image)

    def dense(self, value, others):
        """A convolution, of the highest codes by the lowest weights once in a while."""
        extreme = self.chance(0.4)
        if extreme:
            value = value if value[2] else self.quantize(value)
            table = self.raw([255] * 256, "i8", 256)
            value = self.emit(f"map {self.layer()} {value[0]} table {table}", value, (None, value[1], 8, value[3]))
        return self.conv(value, others, self.random.choice(self.channels), extreme=extreme)


class SmallPictures(Network):
    channels = [1, 2, 3, 8, 16, 17, 33, 64, 65, 70, 130, 200]
    kernels = [3]
    weight_bits = [1, 2, 2, 3, 3, 4, 4, 4, 5]
    code_bits = [1, 2, 2, 3, 3, 4, 4, 4, 5, 6]
    steps = ["conv"] * 9 + ["elementwise"]
    strides, depthwise, extremes = [1], 0, 0.5

    def extents(self):
        return self.random.randint(1, 13), self.random.randint(1, 13)

    def head(self, image):
        """Half of them make all channels of a pixel the same lowest or highest code, so that sums reach their ends too."""
        if self.chance(0.5):
            return super().head(image)
        channels, bits = self.random.choice([64, 130, 200]), self.random.choice(self.code_bits)
        weights = self.floats([1.0] * 3 * channels, channels, 1, 1, 3)
        colours = f" normalize {self.floats([0.02, 0.015, 0.01])}, {self.floats([-2.0, -1.5, -1.0])}"
        return self.emit(f'float_conv2d {self.layer()} {image[0]}{colours} weights {weights} stride 1 '
                         f'quantize "ends.codes" reciprocal 1024.0', image, (None, (*image[1][:2], channels), bits, 0))

    def ends(self, outputs, area, taps, bits, size):
        """Every code an end of its range: all the same one, by a pattern over the kernel (which is what drives
        transformed weights to their ends), over the inputs, or at random."""
        high, low = 2 ** (bits - 1) - 1, 2 ** (bits - 1)
        inputs = taps // area
        is_high = self.random.choice([
            lambda n, tap, c: True, lambda n, tap, c: False, lambda n, tap, c: n % 2, lambda n, tap, c: (tap + n) % 2,
            lambda n, tap, c: (tap // 3 + n) % 2, lambda n, tap, c: (c // 2 + n) % 2,
            lambda n, tap, c: self.chance(0.5)])
        codes = [high if is_high(i // taps, i % taps // inputs, i % inputs) else low for i in range(outputs * taps)]
        # Eight codes at a time, which fill whole bytes.
        eights = [codes[i:i + 8] for i in range(0, len(codes), 8)]
        data = b"".join(sum(code << (i * bits) for i, code in enumerate(eight)).to_bytes(bits, "little")
                        for eight in eights)
        return data[:size]


class Rows(Network):
    steps = ["rows", "rows", "gated"]
    row_bits = [2, 2, 3, 4, 5, 7, 8, 8]
    widths = [(1, 70), (2, 130), (5, 70), (19, 17), (25, 33), (40, 40), (90, 33), (420, 17), (700, 3)]

    def extents(self):
        return self.random.randint(1, 21), self.random.choice(self.widths)[0]

    def head(self, image):
        """As many channels as go with the width."""
        width = image[1][1]
        channels = max(own for wide, own in self.widths if wide >= width)
        return self.conv(self.table(image), [], self.random.choice([channels, channels - 1]), 1, 1)

    def quantizer(self, channels, spread):
        """Most often without a zero point, as behind relu."""
        text, bits, zero = super().quantizer(channels, spread)
        if zero and self.chance(0.8):
            text, zero = text[:text.index(" zero_point")], 0
        return text, bits, zero

    def rows(self, value):
        value, pick = value if value[2] else self.quantize(value), self.random.choice
        kernel, stride = pick([1, 3, 3, 5, 7, 9]), pick([1, 1, 1, 2, 2, 3, 4])
        bits, channels, taps = pick(self.row_bits), value[1][2], kernel * kernel
        largest = pick([1, 2, 2, 4]) * 2 ** (bits - 1) // 4
        codes = [self.random.randint(-largest, max(largest - 1, 0)) for _ in range(channels * taps)]
        if self.chance(0.2):
            codes = [pick([-largest, max(largest - 1, 0)])] * len(codes)
        stream = sum((code % 2 ** bits) << (i * bits) for i, code in enumerate(codes))
        data = stream.to_bytes((len(codes) * bits + 7) // 8, "little")
        odd = " odd" if self.chance(0.2) else ""
        point = f" input_zero_point {value[3]}" if value[3] else ""
        size = 2 ** value[2] * max(largest, 1) * taps ** 0.5
        text, result = self.epilogue(value, self.after(value[1], stride, channels), 1 / size)
        return self.emit(f"depthwise_conv2d {self.layer()} {value[0]}{point} weights {self.raw(data, 'i8', len(data))} "
                         f"bits {bits}{odd} kernel [{kernel}, {kernel}] stride {stride}{text}", value, result)

    def gated(self, value):
        """A gate may be negative, and so may be scales and a bias."""
        value, channels = value if value[2] else self.quantize(value), value[1][2]
        gate = self.linear(self.pool(value), (None, (1, 1, channels), None, 0))
        point = f" input_zero_point {value[3]}" if value[3] else ""
        scale = self.floats([self.power(2.0 ** -value[2]) * self.random.choice([1, 1, -1]) for _ in range(channels)])
        text = f" scale {scale}"
        if self.chance(0.3):
            text += f" bias {self.floats([self.random.randint(-8, 8) / 16 for _ in range(channels)])}"
        if self.chance(0.4):
            text += f" activation {self.random.choice(['relu', 'relu6', 'h_swish', 'h_sigmoid'])}"
        text += f" gate({gate[0]} : {self.type(gate)})"
        bits = self.random.choice([1, 2, 2, 3, 4, 5, 8])
        zero = self.random.choice([0, 0, 2 ** (bits - 1)])
        text += f' quantize {self.layer()[:-1]}.codes" reciprocal {2.0 ** (bits + self.random.randint(-1, 1)):.1f}'
        text += f" zero_point {zero}" if zero else ""
        return self.emit(f"elementwise {self.layer()} {value[0]}{point}{text}", value, (None, value[1], bits, zero))


class Planes(Rows):
    steps = ["rows"]
    row_bits, code_bits = [1, 2, 2, 2, 2], [1, 2, 2, 2, 2, 2, 4, 8]

    def extents(self):
        height, width = super().extents()
        return (5 * height if self.chance(0.4) and width < 100 else height), width


class Planar(Planes):
    channels = [1, 2, 3, 4, 5, 16, 17, 33, 47, 48, 70]
    steps = ["pair", "pair", "pair", "rows"]
    weight_bits, code_bits, extremes = [1, 2, 2, 2], [1, 2, 2, 2, 2, 2, 8], 0.05

    def pair(self, value):
        kept, self.code_bits = self.code_bits, [1, 2, 2]
        outputs = self.random.choice([own for own in self.channels if own * value[1][1] < 4000])
        value = self.conv(value, [], outputs, 1, 1)
        self.code_bits = kept
        return self.rows(value)


if __name__ == "__main__":
    kind = {"--low": LowBits, "--narrow": NarrowSums, "--tiles": Tiles, "--small": SmallPictures,
            "--rows": Rows, "--planes": Planes, "--planar": Planar}.get(sys.argv[-1], Network)
    print(kind(int(sys.argv[1])).text())
