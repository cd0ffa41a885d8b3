# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The networks of bench/networks.py as other engines read them: float ONNX, ONNX quantized to int8 (QDQ, weights per
channel) and int8 TFLite. Architectures are those that `oqat-translate` and the subnets in SUBNETS give, with batch norm
folded; weights are random, since no engine here takes another path for other values.

  engine_networks.py FOLDER [network ...]
"""
import os
import sys

import numpy as np

PUBLISHED_2B_5 = dict(
    image_size=220, d=[3, 3, 4, 4, 3],
    ks=[5, 5, 5, 3, 3, 7, 3, 5, 5, 3, 3, 5, 5, 7, 5, 7, 7, 5, 3, 3],
    e=[3, 3, 3, 4, 6, 6, 4, 6, 6, 3, 4, 6, 4, 4, 3, 3, 6, 4, 6, 4])
SMALL = dict(image_size=128, d=[2] * 5, ks=[3] * 20, e=[3] * 20)
# name: (supernet, architecture keys of the subnet)
SUBNETS = {"oqa_m": ("ofa-mbv3", PUBLISHED_2B_5), "oqa_s": ("ofa-mbv3", SMALL),
           "resnet18_224": ("resnet18", dict(image_size=224))}


def make_divisible(value, divisor=8):
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


class Network:
    """Layers as dictionaries in the order of execution; a layer's name is that of its result."""

    def __init__(self, size):
        self.random = np.random.default_rng(1)
        self.size, self.layers, self.weights, self.macs = size, [], {}, 0
        self.shapes = {"input": (3, size, size)}

    def add(self, kind, name, inputs, shape, **more):
        self.layers.append(dict(kind=kind, name=name, inputs=inputs, **more))
        self.shapes[name] = shape
        return name

    def conv(self, name, x, outputs, kernel=1, stride=1, depthwise=False, act=None):
        channels, height, width = self.shapes[x]
        fan = (1 if depthwise else channels) * kernel * kernel
        shape = (outputs, -(-height // stride), -(-width // stride))
        weight = self.random.normal(0, (2 / fan) ** 0.5, (outputs, fan // kernel ** 2, kernel, kernel))
        self.weights[name] = weight.astype(np.float32), self.random.normal(0, 0.1, outputs).astype(np.float32)
        self.macs += fan * int(np.prod(shape))
        return self.add("conv", name, [x], shape, kernel=kernel, stride=stride, act=act,
                        groups=channels if depthwise else 1)

    def linear(self, name, x, outputs):
        channels = self.shapes[x][0]
        weight = self.random.normal(0, channels ** -0.5, (outputs, channels)).astype(np.float32)
        self.weights[name] = weight, np.zeros(outputs, np.float32)
        self.macs += channels * outputs
        return self.add("linear", name, [x], (outputs,))

    def plus(self, name, x, y, act=None):
        return self.add("add", name, [x, y], self.shapes[x], act=act)

    def times(self, name, x, gate):
        return self.add("mul", name, [x, gate], self.shapes[x], act=None)

    def pool(self, name, x):
        return self.add("pool", name, [x], (self.shapes[x][0], 1, 1))

    def max_pool(self, name, x, kernel, stride):
        channels, height, width = self.shapes[x]
        return self.add("max_pool", name, [x], (channels, -(-height // stride), -(-width // stride)),
                        kernel=kernel, stride=stride)


def mobilenet(image_size, d, ks, e):
    """A subnet of the OFA/OQAT MobileNetV3 space, width 1.0."""
    net = Network(image_size)
    x = net.conv("stem", "input", 16, 3, 2, act="h_swish")
    y = net.conv("b0.dw", x, 16, 3, depthwise=True, act="relu")
    x = net.plus("b0.add", x, net.conv("b0.pl", y, 16))
    stages = zip((24, 40, 80, 112, 160), (2, 2, 2, 1, 2), ("relu", "relu", "h_swish", "h_swish", "h_swish"),
                 (False, True, False, True, True))
    for stage, (width, stride, act, has_gate) in enumerate(stages):
        for block in range(d[stage]):
            name, slot = f"s{stage}.b{block}", 4 * stage + block
            inputs = net.shapes[x][0]
            middle = make_divisible(inputs * e[slot])
            y = net.conv(name + ".ib", x, middle, act=act)
            y = net.conv(name + ".dw", y, middle, ks[slot], 1 if block else stride, depthwise=True, act=act)
            if has_gate:
                gate = net.conv(name + ".reduce", net.pool(name + ".pool", y), make_divisible(middle / 4), act="relu")
                y = net.times(name + ".se", y, net.conv(name + ".expand", gate, middle, act="h_sigmoid"))
            y = net.conv(name + ".pl", y, width)
            x = net.plus(name + ".add", x, y) if block else y
    x = net.conv("final_expand", x, 960, act="h_swish")
    x = net.conv("feature_mix", net.pool("pool", x), 1280, act="h_swish")
    net.linear("logits", x, 1000)
    return net


def resnet18(image_size):
    net = Network(image_size)
    x = net.max_pool("max_pool", net.conv("stem", "input", 64, 7, 2, act="relu"), 3, 2)
    for stage, width in enumerate((64, 128, 256, 512)):
        for block in range(2):
            name, stride = f"s{stage}.b{block}", 2 if stage and not block else 1
            y = net.conv(name + ".conv1", x, width, 3, stride, act="relu")
            y = net.conv(name + ".conv2", y, width, 3)
            if stride != 1:
                x = net.conv(name + ".shortcut", x, width, 1, stride)
            x = net.plus(name + ".add", y, x, act="relu")
    net.linear("logits", net.pool("pool", x), 1000)
    return net


def build(name):
    supernet, keys = SUBNETS[name]
    return (resnet18 if supernet == "resnet18" else mobilenet)(**keys)


def pictures(size, count):
    return np.random.default_rng(11).normal(0, 1, (count, 3, size, size)).astype(np.float32)


def to_onnx(net, path):
    import onnx
    from onnx import helper, numpy_helper

    nodes, constants = [], []

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))

    def constant(name, value):
        constants.append(numpy_helper.from_array(value, name))
        return name

    def activated(layer, emit):
        name, act = layer["name"], layer.get("act")
        emit(name + ".linear" if act else name)
        if act == "h_sigmoid":
            node("HardSigmoid", [name + ".linear"], name, alpha=1 / 6, beta=0.5)
        elif act:
            node({"relu": "Relu", "h_swish": "HardSwish"}[act], [name + ".linear"], name)

    for layer in net.layers:
        name, inputs, kind = layer["name"], layer["inputs"], layer["kind"]
        if kind in ("conv", "linear"):
            operands = [*inputs, *(constant(name + end, value)
                                   for end, value in zip((".weight", ".bias"), net.weights[name]))]
        if kind == "conv":
            kernel = layer["kernel"]
            activated(layer, lambda output: node(
                "Conv", operands, output, kernel_shape=[kernel] * 2, strides=[layer["stride"]] * 2,
                pads=[kernel // 2] * 4, group=layer["groups"]))
        elif kind == "linear":
            node("Flatten", inputs, name + ".flat", axis=1)
            node("Gemm", [name + ".flat", *operands[1:]], name, transB=1)
        elif kind in ("add", "mul"):
            activated(layer, lambda output: node(kind.capitalize(), inputs, output))
        elif kind == "pool":
            node("GlobalAveragePool", inputs, name)
        else:
            node("MaxPool", inputs, name, kernel_shape=[layer["kernel"]] * 2, strides=[layer["stride"]] * 2,
                 pads=[layer["kernel"] // 2] * 4)

    def tensor(name, shape):
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, *shape])

    graph = helper.make_graph(nodes, "net", [tensor("input", net.shapes["input"])], [tensor("logits", (1000,))], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


def to_int8_onnx(net, source, path):
    from onnxruntime import quantization

    class Reader(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = iter(pictures(net.size, 8))

        def get_next(self):
            picture = next(self.left, None)
            return None if picture is None else {"input": picture[None]}

    # Unsigned activations: signed ones are several times slower in ONNX Runtime.
    quantization.quantize_static(
        source, path, Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8)


def to_int8_tflite(net, path):
    """h_swish is written out, and a little off, so that no HARD_SWISH is matched, which XNNPACK isn't given."""
    import tensorflow as tf

    acts = {None: lambda x: x, "relu": tf.nn.relu, "h_sigmoid": lambda x: tf.nn.relu6(x + 3.0) / 6.0,
            "h_swish": lambda x: x * tf.nn.relu6(x + 2.9999) / 6.0}

    @tf.function(input_signature=[tf.TensorSpec([1, net.size, net.size, 3], tf.float32)])
    def run(picture):
        values = {"input": picture}
        for layer in net.layers:
            x, stride = values[layer["inputs"][0]], [1, layer.get("stride", 1), layer.get("stride", 1), 1]
            kind, act = layer["kind"], acts[layer.get("act")]
            if kind == "conv":
                weight, bias = net.weights[layer["name"]]
                if layer["groups"] > 1:
                    x = tf.nn.depthwise_conv2d(x, weight.transpose(2, 3, 0, 1), stride, "SAME")
                else:
                    x = tf.nn.conv2d(x, weight.transpose(2, 3, 1, 0), stride, "SAME")
                x = act(tf.nn.bias_add(x, bias))
            elif kind == "linear":
                weight, bias = net.weights[layer["name"]]
                x = tf.nn.bias_add(tf.matmul(tf.reshape(x, [1, -1]), weight.T.copy()), bias)
            elif kind == "add":
                x = act(x + values[layer["inputs"][1]])
            elif kind == "mul":
                x = x * values[layer["inputs"][1]]
            elif kind == "pool":
                x = tf.reduce_mean(x, [1, 2], keepdims=True)
            else:
                x = tf.nn.max_pool2d(x, layer["kernel"], layer["stride"], "SAME")
            values[layer["name"]] = x
        return values["logits"]

    converter = tf.lite.TFLiteConverter.from_concrete_functions([run.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([p[None].transpose(0, 2, 3, 1)] for p in pictures(net.size, 8))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    with open(path, "wb") as file:
        file.write(converter.convert())


def main():
    folder, names = sys.argv[1], sys.argv[2:] or list(SUBNETS)
    os.makedirs(folder, exist_ok=True)
    for name in names:
        net = build(name)
        path = os.path.join(folder, name)
        for end, write in ((".fp32.onnx", lambda p: to_onnx(net, p)),
                           (".int8.onnx", lambda p: to_int8_onnx(net, path + ".fp32.onnx", p)),
                           (".int8.tflite", lambda p: to_int8_tflite(net, p))):
            if not os.path.exists(path + end):
                write(path + ".partial")
                os.rename(path + ".partial", path + end)
        print(name, net.macs, flush=True)


if __name__ == "__main__":
    main()
