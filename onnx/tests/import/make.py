#!/usr/bin/env python3
"""Makes the models that onnx/tests/import.rs reads, and ONNX Runtime's outputs for them: `expected.safetensors`.

    python3 onnx/tests/import/make.py            # the models here, with random weights
    python3 onnx/tests/import/make.py large DIR  # ResNet-18, and MTCNN's networks with their weights, into DIR

Versions: see requirements.txt. MTCNN's weights are those of facenet-pytorch, as `pnet.safetensors` and `rnet.safetensors` in
the folder that the environment variable MTCNN names. `models_that_are_not_kept` of onnx/tests/operators.rs reads DIR.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file
from torch import nn
from torch.nn import functional

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(1)
torch.manual_seed(1)


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden1, self.hidden2, self.out = nn.Linear(7, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden2(torch.tanh(self.hidden1(x)))))


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.fc3(functional.relu(self.fc2(functional.relu(self.fc1(x)))))


class BasicBlock(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = nn.Identity()
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + self.downsample(x))


class ResNet(nn.Module):
    """ResNet-18 for small images (no pool behind the first convolution), of any width."""

    def __init__(self, width, blocks, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        channels = width
        self.layers = []
        for stage, count in enumerate(blocks):
            filters = width << stage
            made = []
            for block in range(count):
                made.append(BasicBlock(channels, filters, 2 if stage > 0 and block == 0 else 1))
                channels = filters
            setattr(self, f"layer{stage + 1}", nn.Sequential(*made))
            self.layers.append(getattr(self, f"layer{stage + 1}"))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        for layer in self.layers:
            x = layer(x)
        return self.fc(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


class Inception(nn.Module):
    """Branches side by side, a dense block, and layers that have no neighbours to be fused with."""

    def __init__(self):
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(2, 3, 1), nn.Conv2d(2, 4, 5, padding=2)
        self.grow1, self.grow2 = nn.Conv2d(7, 2, 3, padding=1), nn.Conv2d(9, 2, 3, padding=1, dilation=1)
        self.bn, self.prelu = nn.BatchNorm2d(11), nn.PReLU(11)
        self.norm, self.fc = nn.LayerNorm(11), nn.Linear(11, 4)

    def forward(self, x):
        x = torch.cat([functional.relu(self.narrow(x)), self.wide(x)], 1)
        grown = [x]
        for layer in (self.grow1, self.grow2):
            grown.append(functional.leaky_relu(layer(torch.cat(grown, 1)), 0.2))
        x = self.prelu(self.bn(torch.cat(grown, 1)))
        x = functional.avg_pool2d(x, 2).mean((2, 3))
        return functional.softmax(self.fc(functional.silu(functional.gelu(self.norm(x)))), -1)


class Robot(nn.Module):
    """Two inputs, two heads."""

    def __init__(self):
        super().__init__()
        self.see, self.feel = nn.Conv2d(1, 4, 3, stride=2), nn.Linear(3, 5)
        self.think, self.turn, self.brake = nn.Linear(41, 8), nn.Linear(8, 3), nn.Linear(8, 1)

    def forward(self, image, speed):
        seen = torch.flatten(functional.relu(self.see(image)), 1)
        thought = functional.relu(self.think(torch.cat([seen, torch.tanh(self.feel(speed))], 1)))
        return self.turn(thought), torch.sigmoid(self.brake(thought))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.conv, self.fc = nn.Embedding(20, 5), nn.Conv1d(5, 6, 3), nn.Linear(6, 2)

    def forward(self, tokens):
        x = functional.relu(self.conv(self.embed(tokens).transpose(1, 2)))
        return self.fc(x.amax(2))


class PNet(nn.Module):
    """MTCNN's first network, as in facenet-pytorch."""

    def __init__(self):
        super().__init__()
        self.conv1, self.prelu1, self.pool1 = nn.Conv2d(3, 10, 3), nn.PReLU(10), nn.MaxPool2d(2, 2, ceil_mode=True)
        self.conv2, self.prelu2 = nn.Conv2d(10, 16, 3), nn.PReLU(16)
        self.conv3, self.prelu3 = nn.Conv2d(16, 32, 3), nn.PReLU(32)
        self.conv4_1, self.softmax4_1, self.conv4_2 = nn.Conv2d(32, 2, 1), nn.Softmax(dim=1), nn.Conv2d(32, 4, 1)

    def forward(self, x):
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.prelu3(self.conv3(self.prelu2(self.conv2(x))))
        return self.conv4_2(x), self.softmax4_1(self.conv4_1(x))


class RNet(nn.Module):
    """MTCNN's second network, or one of a part of its width."""

    def __init__(self, part=1):
        super().__init__()
        first, second, third, units = (width // part for width in (28, 48, 64, 128))
        self.conv1, self.prelu1, self.pool1 = nn.Conv2d(3, first, 3), nn.PReLU(first), nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2, self.prelu2 = nn.Conv2d(first, second, 3), nn.PReLU(second)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv3, self.prelu3 = nn.Conv2d(second, third, 2), nn.PReLU(third)
        self.dense4, self.prelu4 = nn.Linear(9 * third, units), nn.PReLU(units)
        self.dense5_1, self.softmax5_1, self.dense5_2 = nn.Linear(units, 2), nn.Softmax(dim=1), nn.Linear(units, 4)

    def forward(self, x):
        x = self.pool1(self.prelu1(self.conv1(x)))
        x = self.prelu3(self.conv3(self.pool2(self.prelu2(self.conv2(x)))))
        x = x.permute(0, 3, 2, 1).contiguous()
        x = self.prelu4(self.dense4(x.view(x.shape[0], -1)))
        return self.dense5_2(x), self.softmax5_1(self.dense5_1(x))


class InvertedResidual(nn.Module):
    def __init__(self, channels, filters, stride, expand):
        super().__init__()
        hidden = channels * expand
        layers = [] if expand == 1 else [nn.Conv2d(channels, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()]
        layers += [nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6()]
        self.conv = nn.Sequential(*layers, nn.Conv2d(hidden, filters, 1, bias=False), nn.BatchNorm2d(filters))
        self.adds = stride == 1 and channels == filters

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    """MobileNetV2 (Sandler et al., 2018) of an eighth of the width."""

    def __init__(self):
        super().__init__()
        layers, channels = [nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6()], 8
        for expand, filters, count, stride in [(1, 8, 1, 1), (6, 8, 2, 2), (6, 8, 3, 2), (6, 8, 4, 2)]:
            for block in range(count):
                layers.append(InvertedResidual(channels, filters, stride if block == 0 else 1, expand))
                channels = filters
        self.features, self.classifier = nn.Sequential(*layers), nn.Linear(channels, 10)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def settle(model):
    """Running statistics and slopes that are not those of the first step."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias, 0, 0.2)
        if isinstance(module, nn.PReLU):
            nn.init.uniform_(module.weight, 0.1, 0.4)
    return model.eval()


def export(model, folder, name, inputs, outputs, dynamo, fixed=False, training=False):
    path = os.path.join(folder, f"{name}.onnx")
    names = list(inputs)
    arrays = tuple(torch.from_numpy(np.concatenate([array, array])) for array in inputs.values())
    if fixed:
        arrays = tuple(torch.from_numpy(array) for array in inputs.values())
    settings = {}
    if not fixed and dynamo:
        settings["dynamic_shapes"] = [{0: torch.export.Dim("batch")} for _ in names]
    elif not fixed:
        settings["dynamic_axes"] = {name: {0: "batch"} for name in names}
    if training:
        settings |= {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    torch.onnx.export(
        model, arrays, path, input_names=names, output_names=outputs, dynamo=dynamo, external_data=False, **settings
    )
    written = onnx.load(path)
    # Where in whose sources a node comes from is no part of the model.
    for node in written.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in list(written.graph.value_info) + list(written.graph.input) + list(written.graph.output):
        del value.metadata_props[:]
    for tensor in written.graph.initializer:
        del tensor.metadata_props[:]
    del written.metadata_props[:]
    onnx.save(written, path)
    return path


def keras_models():
    import keras
    from keras import layers

    image = keras.Sequential([
        keras.Input((12, 12, 3)),
        layers.Rescaling(1 / 255, -0.5),
        layers.Conv2D(6, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(8, 3, padding="valid"),
        layers.BatchNormalization(),
        layers.LeakyReLU(0.1),
        layers.Flatten(),
        layers.Dense(9, activation="gelu"),
        layers.Dense(4, activation="softmax"),
    ])
    sequence = keras.Sequential([
        keras.Input((20, 3)),
        layers.Conv1D(6, 5, padding="causal", dilation_rate=2, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Dense(4, activation="tanh"),
        layers.Flatten(),
        layers.Dense(5, activation="silu"),
        layers.Dense(2),
    ])
    for model in (image, sequence):
        for layer in model.layers:
            made = [random.normal(0.1, 0.3, weight.shape).astype("float32") for weight in layer.get_weights()]
            if isinstance(layer, layers.BatchNormalization):
                made[3] = np.abs(made[3]) + 0.5
            layer.set_weights(made)
    return {"keras_image": image, "keras_sequence": sequence}


def run(path, inputs):
    """ONNX Runtime's outputs for one sample."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    feed = dict(zip([value.name for value in session.get_inputs()], inputs.values()))
    return dict(zip(names, session.run(None, feed)))


def numbers(*shape):
    return random.normal(0, 1, (1, *shape)).astype("float32")


def by_hand(path):
    """What exporters write that others than these do: shapes computed, GELU in full, padding apart, a softmax of old."""
    weight = lambda name, *shape: numpy_helper.from_array(random.normal(0, 0.5, shape).astype("float32"), name)
    constant = lambda name, values: numpy_helper.from_array(np.array(values), name)
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"], "pad"),
        helper.make_node("Conv", ["padded", "stem.weight"], ["c"], "stem", auto_pad="SAME_UPPER", strides=[2, 2]),
        helper.make_node("Mul", ["c", "scale"], ["scaled"], "scale"),
        helper.make_node("Add", ["scaled", "shift"], ["shifted"], "shift"),
        helper.make_node("Div", ["shifted", "root"], ["g1"]),
        helper.make_node("Erf", ["g1"], ["g2"]),
        helper.make_node("Add", ["g2", "one"], ["g3"]),
        helper.make_node("Mul", ["shifted", "g3"], ["g4"]),
        helper.make_node("Mul", ["g4", "half"], ["g"]),
        helper.make_node("Conv", ["g", "group.weight"], ["grouped"], "group", group=2),
        helper.make_node("Split", ["grouped"], ["left", "right"], "split", axis=1),
        helper.make_node("Sub", ["left", "right"], ["difference"], "difference"),
        helper.make_node("Clip", ["difference", "zero"], ["positive"], "clip"),
        helper.make_node("Shape", ["positive"], ["shape"], "shape"),
        helper.make_node("Slice", ["shape", "first", "second"], ["batch"], "slice"),
        helper.make_node("Concat", ["batch", "rest"], ["target"], "target", axis=0),
        helper.make_node("Reshape", ["positive", "target"], ["flat"], "reshape"),
        helper.make_node("Gather", ["flat", "some"], ["picked"], "pick", axis=1),
        helper.make_node("MatMul", ["picked", "fc.weight"], ["product"], "fc"),
        helper.make_node("Dropout", ["product"], ["dropped"], "drop"),
        helper.make_node("Sub", ["limit", "dropped"], ["y"], "turn"),
    ]
    initializers = [
        constant("pads", [0, 0, 1, 0, 0, 0, 0, 1]),
        weight("stem.weight", 4, 2, 3, 3),
        weight("scale", 4, 1, 1),
        weight("shift", 1, 4, 1, 1),
        constant("root", np.float32(2**0.5)),
        constant("one", np.float32(1)),
        constant("half", np.float32(0.5)),
        weight("group.weight", 4, 2, 1, 1),
        constant("zero", np.float32(0)),
        constant("first", [0]),
        constant("second", [1]),
        constant("rest", [-1]),
        constant("some", [0, 3, 5, 2, 17, 3]),
        weight("fc.weight", 6, 3),
        constant("limit", np.float32(0.25)),
    ]
    graph = helper.make_graph(
        nodes,
        "by_hand",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, 5, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


expected = {}


def keep(name, path, inputs):
    for place, array in enumerate(inputs.values()):
        expected[f"{name}.input{place}"] = array[0].astype("float32")
    for place, array in enumerate(run(path, inputs).values()):
        expected[f"{name}.output{place}"] = array[0]


def save(folder):
    arrays = {name: np.ascontiguousarray(array, dtype="float32") for name, array in expected.items()}
    save_file(arrays, os.path.join(folder, "expected.safetensors"))


def small(folder):

    models = {
        "perceptron": (Perceptron, {"x": numbers(7)}, ["y"]),
        "lenet5": (LeNet5, {"image": numbers(1, 28, 28)}, ["scores"]),
        "resnet": (lambda: ResNet(4, (2, 1), 3), {"image": numbers(3, 8, 8)}, ["scores"]),
        "inception": (Inception, {"image": numbers(2, 6, 6)}, ["probabilities"]),
        "robot": (Robot, {"image": numbers(1, 7, 7), "speed": numbers(3)}, ["turn", "brake"]),
        "words": (Words, {"tokens": np.array([[3, 19, 0, 7, 7, 2]])}, ["scores"]),
    }
    for name, (make, inputs, outputs) in models.items():
        model = settle(make())
        for exporter, dynamo in [("script", False), ("dynamo", True)]:
            own = f"{name}_{exporter}"
            keep(own, export(model, folder, own, inputs, outputs, dynamo), inputs)
    # Batch norm is kept by an export that folds nothing.
    inputs = {"image": numbers(3, 8, 8)}
    path = export(settle(ResNet(4, (1, 1), 3)), folder, "resnet_unfolded", inputs, ["scores"], False, training=True)
    keep("resnet_unfolded", path, inputs)
    for name, model in keras_models().items():
        inputs = {"x": np.abs(numbers(*model.input_shape[1:])) * 100}
        model(torch.from_numpy(inputs["x"]))
        path = os.path.join(folder, f"{name}.onnx")
        model.export(path, format="onnx", verbose=False)
        keep(name, path, inputs)
    by_hand(os.path.join(folder, "by_hand.onnx"))
    keep("by_hand", os.path.join(folder, "by_hand.onnx"), {"x": numbers(2, 5, 5)})
    inputs = {"image": numbers(3, 12, 12)}
    keep("pnet", export(settle(PNet()), folder, "pnet", inputs, ["boxes", "probabilities"], False), inputs)
    export(settle(RNet(4)), folder, "rnet_of_a_quarter", {"image": numbers(3, 24, 24)}, ["boxes", "probabilities"], False)
    export(settle(MobileNetV2()), folder, "mobilenet_v2", {"image": numbers(3, 64, 64)}, ["scores"], False)
    save(folder)


def large(folder):
    os.makedirs(folder, exist_ok=True)
    inputs = {"image": numbers(3, 32, 32)}
    model = settle(ResNet(64, (2, 2, 2, 2), 10))
    for exporter, dynamo in [("script", False), ("dynamo", True)]:
        name = f"resnet18_{exporter}"
        keep(name, export(model, folder, name, inputs, ["scores"], dynamo), inputs)
    for name, make, size in [("pnet", PNet, 12), ("rnet", RNet, 24)]:
        model, inputs = make().eval(), {"image": numbers(3, size, size)}
        arrays = load_file(os.path.join(os.environ["MTCNN"], f"{name}.safetensors"))
        model.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        for exporter, dynamo in [("script", False), ("dynamo", True)]:
            own = f"{name}_{exporter}"
            keep(own, export(model, folder, own, inputs, ["boxes", "probabilities"], dynamo), inputs)
    save(folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["large"]:
        large(sys.argv[2])
    else:
        small(HERE)
