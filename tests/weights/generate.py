"""What PyTorch and Keras make of a network, for tests/weights.rs; see README.md.

python tests/weights/generate.py [--check]
"""

import argparse
import os
import pathlib
import sys

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy
import torch
from safetensors import safe_open
from safetensors.numpy import load_file as load_arrays, save as save_arrays
from safetensors.torch import load_file, save
from torch import nn

FOLDER = pathlib.Path(__file__).parent
EPSILON = 1e-5


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(5, 5)

    def forward(self, x):
        return x + torch.tanh(self.inner(x))


class Mixed(nn.Module):
    """The network of tests/weights.rs, layer by layer, under the same names."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, (4, 2))
        self.norm1 = nn.BatchNorm2d(3)
        self.slope = nn.PReLU(3)
        self.norm2 = nn.LayerNorm([3, 3, 4])
        self.fc1 = nn.Linear(36, 5)
        self.norm3 = nn.BatchNorm1d(5)
        self.block = Block()
        self.fc2 = nn.Linear(5, 3, bias=False)

    def forward(self, x):
        x = self.slope(self.norm1(self.conv1(x)))
        x = self.norm2(nn.functional.max_pool2d(x, 2))
        x = self.norm3(self.fc1(torch.flatten(x, 1)))
        return self.fc2(self.block(x))


def keras_mixed():
    """Channels last, as Keras has them."""
    x = inputs = keras.Input([9, 9, 2])
    layers = keras.layers
    x = layers.Conv2D(3, (4, 2), name="conv1")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name="norm1")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="slope")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.LayerNormalization(axis=[1, 2, 3], epsilon=EPSILON, name="norm2")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(5, name="fc1")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name="norm3")(x)
    x = layers.Add()([x, layers.Dense(5, activation="tanh", name="inner")(x)])
    return keras.Model(inputs, layers.Dense(3, use_bias=False, name="fc2")(x))


def outputs_of(model, inputs):
    with torch.no_grad():
        return model.eval()(inputs)


def pytorch_files(inputs):
    """A network that has learnt a little, so that running statistics and scales are those of no other."""
    model = Mixed()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(5):
        optimizer.zero_grad()
        nn.functional.mse_loss(model.train()(inputs), torch.randn(len(inputs), 3)).backward()
        optimizer.step()
    state = model.state_dict()
    tensors = {"inputs": inputs, "pytorch": outputs_of(model, inputs)}
    files = {"pytorch": save(state, metadata={"format": "pt"})}
    for name, dtype in [("f16", torch.float16), ("bf16", torch.bfloat16), ("f64", torch.float64)]:
        other = {key: value.to(dtype) if value.is_floating_point() else value for key, value in state.items()}
        files[name] = save(other, metadata={"format": "pt"})
        model.load_state_dict(other)
        tensors[name] = outputs_of(model, inputs)
    return files, tensors


def castnet_outputs(inputs):
    """What PyTorch computes with the file that castnet wrote."""
    path = FOLDER / "castnet.safetensors"
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"format": "pt"}
    model = Mixed()
    # Strict: every name has to be there, with its shape.
    print(model.load_state_dict(load_file(path)))
    return outputs_of(model, inputs)


def keras_files(inputs):
    model = keras_mixed()
    random = numpy.random.default_rng(7)
    # No variance is negative.
    draw = lambda shape: random.uniform(0.1, 0.6, shape).astype(numpy.float32)
    for variable in model.variables:
        sign = 1 if "variance" in variable.path else random.choice([-1, 1], variable.shape)
        variable.assign(draw(variable.shape) * sign)
    arrays = {variable.path: keras.ops.convert_to_numpy(variable) for variable in model.variables}
    outputs = model(numpy.moveaxis(inputs.numpy(), 1, 3), training=False)
    return {"keras": save_arrays(arrays)}, {"keras": outputs.detach().cpu()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    check = parser.parse_args().check
    torch.manual_seed(3)
    keras.utils.set_random_seed(3)
    inputs = torch.randn(7, 2, 9, 9)
    files, tensors = pytorch_files(inputs)
    more_files, more_tensors = keras_files(inputs)
    tensors["castnet"] = castnet_outputs(inputs)
    # What is in memory as a view of something else is copied.
    tensors = {name: tensor.float().contiguous() for name, tensor in (tensors | more_tensors).items()}
    files |= more_files | {"outputs": save(tensors)}
    is_same = True
    for name, contents in files.items():
        path = FOLDER / f"{name}.safetensors"
        if check:
            is_same &= path.read_bytes() == contents
        else:
            path.write_bytes(contents)
    sys.exit(0 if is_same else "the files are others")


main()
