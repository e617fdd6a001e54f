"""Writes the work to a folder: parameters, inputs, targets, ONNX models, and the values that are expected of all programs,
by PyTorch in double precision.

usage: python data.py FOLDER
"""

import json
import math
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import items
import serve
import torch_peer


def parameters(net, rng):
    """As networks are usually initialised, but with biases, scales and shifts that are not zero or one."""
    values = []
    kinds = [layer for layer in items.NETS[net][1] if layer[0] in ("dense", "conv", "norm")]
    for (kind, *sizes), (first, second) in zip(kinds, pairs(items.parameter_shapes(net)), strict=True):
        if kind == "norm":
            values += [rng.uniform(0.5, 1.5, first), rng.uniform(-0.2, 0.2, second)]
        else:
            bound = math.sqrt(3 / math.prod(first[1:]))
            values += [rng.uniform(-bound, bound, first), rng.uniform(-0.1, 0.1, second)]
    return [value.astype(np.float32) for value in values]


def pairs(values):
    return list(zip(values[::2], values[1::2]))


def write(folder, name, values):
    np.concatenate([np.asarray(value, np.float32).ravel() for value in values]).tofile(os.path.join(folder, name))


def model(work):
    nodes, initializers, current, tensors = [], [], "x", iter(work.parameters)

    def node(kind, *inputs, **attributes):
        nonlocal current
        names = [f"p{len(initializers) + index}" for index in range(len(inputs))]
        initializers.extend(map(numpy_helper.from_array, inputs, names))
        output = f"t{len(nodes)}"
        nodes.append(helper.make_node(kind, [current, *names], [output], **attributes))
        current = output

    for kind, *sizes in items.NETS[work.item.net][1]:
        if kind == "dense":
            node("Gemm", next(tensors).T.copy(), next(tensors))
        elif kind == "conv":
            node("Conv", next(tensors), next(tensors), kernel_shape=[sizes[2]] * 2, pads=[sizes[3]] * 4)
        elif kind == "pool":
            node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        else:
            node({"relu": "Relu", "tanh": "Tanh", "flatten": "Flatten"}[kind])
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, work.item.net, [value("x", TensorProto.FLOAT, work.input.shape)],
        [value(current, TensorProto.FLOAT, [work.item.batch, items.output_len(work.item.net)])], initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(made)
    return made


def expected(work):
    if not work.item.trains:
        return torch_peer.infer(work, dtype=torch_peer.torch.float64)(1).ravel().tolist()
    run = torch_peer.train(work, dtype=torch_peer.torch.float64)
    return [float(run(1)) for _ in range(items.CHECK_STEPS)]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    values = {}
    for index, item in enumerate(items.ITEMS):
        rng = np.random.default_rng(int(item.name[1:]))
        write(folder, f"{item.name}.parameters", parameters(item.net, rng))
        rng = np.random.default_rng(100 + index)
        write(folder, f"{item.key}.input", [rng.uniform(-1, 1, (item.batch, *items.NETS[item.net][0]))])
        if item.trains and item.is_regression:
            write(folder, f"{item.key}.target", [rng.uniform(-1, 1, (item.batch, items.output_len(item.net)))])
        elif item.trains:
            write(folder, f"{item.key}.target", [rng.integers(0, 10, item.batch)])
        work = serve.read(folder, item, items.CHECK_RATE)
        values[item.key] = expected(work)
        if not item.trains:
            onnx.save(model(work), os.path.join(folder, f"{item.key}.onnx"))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(values, file)


if __name__ == "__main__":
    main(sys.argv[1])
