"""Writes what PyTorch computes for four networks and for every kind of layer, for tests/reference.rs to compare with.

    python tests/reference/generate.py             # writes the files
    python tests/reference/generate.py --check     # compares with the files that are there, and writes nothing

Each network becomes one safetensors file beside this script:

    initial/<segment>       parameters before training, f32: the same numbers in f64, so that one file serves both
    gradient/<segment>      gradient of the loss in the initial parameters, f64
    trained/<segment>       parameters after STEPS steps of Adam on the same batch, f64
    outputs                 of the initial network, f64
    losses                  the loss before each of these steps, f64
    inference               outputs of the trained network with running statistics (batch norm only), f64
    pixels, labels          the samples: MNIST digits as they are stored, u8; or
    inputs, targets         random numbers, f32; and input_gradient, f64; of two heads labels and values as targets

The cases of single kinds are a table in kinds.py and share the file kinds.safetensors. Segments have castnet's names,
tensors PyTorch's layout: [out, in] and [filters, channels, height, width].
"""

import argparse
import gzip
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import nn

import kinds
import losses
import minimizers
import optimizers
import schedules
from twins import Concat, gradients, parameters

HERE = Path(__file__).parent
# Adam divides a gradient by its size: one that is all rounding error makes a step as large as any, and which way it goes
# is chance. With most seeds some gradient among the thousands is that close to zero, and PyTorch in f32 differs from
# PyTorch in f64 by up to 6e-4 of the largest weight; with this one none is.
SEED = 21
# No multiple of the lanes of a group: the last group is partly masked.
SAMPLES = 20
STEPS = 5
MEAN, STANDARD_DEVIATION = 0.1307, 0.3081


def lenet5():
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 6, 5),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(6, 16, 5),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            fc1=nn.Linear(256, 120),
            relu3=nn.ReLU(),
            fc2=nn.Linear(120, 84),
            relu4=nn.ReLU(),
            logits=nn.Linear(84, 10),
        )
    )


def perceptron():
    return nn.Sequential(
        OrderedDict(
            flatten=nn.Flatten(),
            hidden=nn.Linear(784, 32),
            relu=nn.ReLU(),
            logits=nn.Linear(32, 10),
        )
    )


def mixed():
    """Every other layer, on 2x9x9 inputs. No biases before batch norm: it takes them away, and Adam makes steps of
    their gradient's rounding errors."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(2, 5, 3, stride=2, padding=1, bias=False),
            norm1=nn.BatchNorm2d(5),
            tanh=nn.Tanh(),
            max_pool=nn.MaxPool2d(3, stride=1),
            conv2=nn.Conv2d(5, 4, 2, padding=1),
            leaky_relu=nn.LeakyReLU(0.1),
            avg_pool=nn.AvgPool2d(2),
            flatten=nn.Flatten(),
            hidden=nn.Linear(16, 7, bias=False),
            norm2=nn.BatchNorm1d(7),
            sigmoid=nn.Sigmoid(),
            output=nn.Linear(7, 3),
        )
    )


class Robot(nn.Module):
    """Two inputs, an image of 6x6 and three numbers, and two heads."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.trunk = nn.Linear(3 * 4 * 4 + 3, 8)
        head = lambda units: nn.Sequential(OrderedDict(dense1=nn.Linear(8, units)))
        self.heads = Concat(OrderedDict(policy=head(4), value=head(1)))

    def __iter__(self):
        return iter([self.conv, self.trunk])

    def forward(self, x):
        image, speed = x[:, :36].view(-1, 1, 6, 6), x[:, 36:]
        seen = torch.tanh(self.conv(image)).flatten(1)
        return self.heads(torch.tanh(self.trunk(torch.cat([seen, speed], dim=1))))


def moves():
    """Random inputs, with a class and a number as the targets of each."""
    inputs, labels, values = torch.randn(SAMPLES, 39), torch.randint(0, 4, [SAMPLES]), torch.randn(SAMPLES, 1)
    stored = {"inputs": inputs.numpy(), "labels": labels.numpy().astype(np.uint8), "values": values.numpy()}
    return stored, inputs.double(), (labels, values.double())


def of_two_heads(outputs, targets):
    labels, values = targets
    policy = nn.functional.cross_entropy(outputs[:, :4], labels)
    return policy + 0.5 * nn.functional.mse_loss(outputs[:, 4:], values)


def idx(name, header):
    with gzip.open(HERE.parent.parent / "data" / "mnist" / name) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def digits():
    """The first images of the test set: what is stored, and the inputs and targets made of it."""
    pixels = idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[:SAMPLES]
    labels = idx("t10k-labels-idx1-ubyte.gz", 8)[:SAMPLES]
    inputs = (torch.from_numpy(pixels / 255.0) - MEAN) / STANDARD_DEVIATION
    return {"pixels": pixels, "labels": labels}, inputs, torch.from_numpy(labels.astype(np.int64))


def noise():
    """Random inputs and targets: what is stored, and the same in f64."""
    inputs, targets = torch.randn(SAMPLES, 2, 9, 9), torch.randn(SAMPLES, 3)
    return {"inputs": inputs.numpy(), "targets": targets.numpy()}, inputs.double(), targets.double()


def randomise_norms(network):
    """Weights 1 and biases 0 would hide faults."""
    for layer in network:
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias)


def train(network, inputs, targets, loss_of):
    """Yields outputs and loss before each step of Adam; the gradients stand in the parameters then."""
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    for _ in range(STEPS):
        optimizer.zero_grad()
        outputs = network(inputs)
        loss = loss_of(outputs, targets)
        loss.backward()
        yield outputs.detach(), loss.item()
        optimizer.step()


def compute(network, samples, loss_of):
    """All tensors of a network's file, by their names."""
    stored, inputs, targets = samples
    randomise_norms(network)
    tensors = dict(stored)
    tensors |= {f"initial/{key}": value for key, value in parameters(network).items()}

    network = network.double().train()
    inputs.requires_grad_(True)
    losses = []
    for outputs, loss in train(network, inputs, targets, loss_of):
        if not losses:
            tensors["outputs"] = outputs.numpy().copy()
            tensors |= {f"gradient/{key}": gradient for key, gradient in gradients(network).items()}
            if "inputs" in stored:
                tensors["input_gradient"] = inputs.grad.numpy().copy()
        losses.append(loss)
    tensors |= {f"trained/{key}": value for key, value in parameters(network).items()}
    tensors["losses"] = np.array(losses)
    if "inputs" in stored:
        tensors["inference"] = network.eval()(inputs).detach().numpy()

    return {key: np.ascontiguousarray(value) for key, value in tensors.items()}


def compare(name, tensors, stored):
    """The tensors' largest distance from those of the file, relative to the largest number of each. What PyTorch draws
    or reads is the same on every processor; what it computes may differ in the last digits."""
    assert tensors.keys() == stored.keys(), f"{name}: {sorted(tensors.keys() ^ stored.keys())}"
    worst = 0.0
    for key, value in tensors.items():
        assert (value.dtype, value.shape) == (stored[key].dtype, stored[key].shape), f"{name}: {key}"
        if value.dtype == np.float64:
            worst = max(worst, np.abs(value - stored[key]).max() / np.abs(stored[key]).max())
        else:
            assert np.array_equal(value, stored[key]), f"{name}: {key}"
    assert worst < 1e-13, f"{name}: {worst}"
    print(f"{name}: {len(tensors)} tensors, off by at most {worst:.1e} of the largest number")


def finish(name, tensors, check):
    """Writes the file of `tensors`, or compares them with it."""
    path = HERE / f"{name}.safetensors"
    if check:
        compare(path.name, tensors, load_file(path))
    else:
        save_file(tensors, path)
        print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser(description="What PyTorch computes, for tests/reference.rs")
    parser.add_argument("--check", action="store_true", help="compare with the files, and write nothing")
    check = parser.parse_args().check

    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    cross_entropy, mse_loss = nn.functional.cross_entropy, nn.functional.mse_loss
    # One after the other, because each draws from the same random numbers.
    for name, network, samples, loss_of in [
        ("lenet5", lenet5, digits, cross_entropy),
        ("perceptron", perceptron, digits, cross_entropy),
        ("mixed", mixed, noise, mse_loss),
        ("robot", Robot, moves, of_two_heads),
    ]:
        finish(name, compute(network(), samples(), loss_of), check)
    finish("kinds", kinds.tensors(), check)
    finish("optimizers", optimizers.tensors(), check)
    finish("schedules", schedules.tensors(), check)
    finish("losses", losses.tensors(), check)
    finish("minimizers", minimizers.tensors(), check)


if __name__ == "__main__":
    main()
