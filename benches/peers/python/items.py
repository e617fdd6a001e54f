"""The work: items, networks, and how their FLOPs are counted. Needs nothing but Python.

A multiply-add is 2. Inference counts the products of the layers; training counts forward, weight gradients and input
gradients, less the first layer's input gradient. Activations, batch norm, pooling and Adam count nothing, so that a share
of the peak says how near the whole is to pure matrix products. The count is the same for every library, whatever it does.
"""

import math
from typing import NamedTuple

# Network -> shape of a sample, and layers. A convolution is ("conv", channels, filters, kernel, padding).
NETS = {
    "controller": ((17,), [("dense", 17, 64), ("tanh",), ("dense", 64, 64), ("tanh",), ("dense", 64, 6)]),
    "perceptron": ((784,), [("dense", 784, 128), ("relu",), ("dense", 128, 10)]),
    "lenet": ((1, 28, 28), [
        ("conv", 1, 6, 5, 0), ("relu",), ("pool",), ("conv", 6, 16, 5, 0), ("relu",), ("pool",), ("flatten",),
        ("dense", 256, 120), ("relu",), ("dense", 120, 84), ("relu",), ("dense", 84, 10),
    ]),
    "colour": ((3, 32, 32), [
        ("conv", 3, 16, 3, 1), ("norm", 16), ("relu",), ("conv", 16, 16, 3, 1), ("norm", 16), ("relu",), ("pool",),
        ("conv", 16, 32, 3, 1), ("norm", 32), ("relu",), ("pool",), ("flatten",), ("dense", 2048, 10),
    ]),
    "surface": ((2,), [("dense", 2, 32), ("tanh",), ("dense", 32, 32), ("tanh",), ("dense", 32, 1)]),
    "full_batch": ((4,), [("dense", 4, 32), ("tanh",), ("dense", 32, 16), ("tanh",), ("dense", 16, 4)]),
}


class Item(NamedTuple):
    name: str
    net: str
    trains: bool
    batch: int
    title: str

    @property
    def key(self):
        return f"{self.name}_{self.batch}"

    @property
    def is_regression(self):
        return self.net in ("controller", "surface", "full_batch")

    @property
    def flops(self):
        products = multiply_adds(self.net)
        of_sample = 3 * sum(products) - products[0] if self.trains else sum(products)
        return 2 * self.batch * of_sample


ITEMS = [
    Item("W1", "controller", False, 1, "inference, 17-64-64-6, tanh"),
    Item("W2", "perceptron", False, 1, "inference, 784-128-10, relu"),
    Item("W2", "perceptron", False, 64, "inference, 784-128-10, relu"),
    Item("W3", "lenet", False, 1, "inference, LeNet-5"),
    Item("W3", "lenet", False, 64, "inference, LeNet-5"),
    Item("W4", "perceptron", True, 32, "training step, 784-128-10"),
    Item("W5", "lenet", True, 32, "training step, LeNet-5"),
    Item("W5", "lenet", True, 128, "training step, LeNet-5"),
    Item("W6", "colour", True, 32, "training step, 3x32x32, batch norm"),
    Item("W7", "surface", True, 64, "training step, 2-32-32-1, tanh"),
    Item("W8", "controller", True, 64, "training step, 17-64-64-6, tanh"),
    Item("W9", "full_batch", True, 10_000, "training step, 4-32-16-4, tanh"),
]

# Adam of all programs. The rate of timing is so small that thousands of steps do not drive gradients into denormals.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
CHECK_RATE, TIME_RATE = 1e-3, 1e-6
CHECK_STEPS = 10


def item_of(name, batch):
    return next(item for item in ITEMS if (item.name, item.batch) == (name, int(batch)))


def multiply_adds(net):
    """Of one sample's forward pass, layer by layer."""
    shape, layers = NETS[net]
    counts = []
    for kind, *sizes in layers:
        if kind == "dense":
            counts.append(sizes[0] * sizes[1])
            shape = (sizes[1],)
        elif kind == "conv":
            channels, filters, kernel, padding = sizes
            side = shape[1] + 2 * padding - kernel + 1
            counts.append(side * side * filters * channels * kernel * kernel)
            shape = (filters, side, side)
        elif kind == "pool":
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        elif kind == "flatten":
            shape = (math.prod(shape),)
    return counts


def parameter_shapes(net):
    """Weight and bias of each layer, scale and shift of each batch norm, in PyTorch's layouts."""
    shapes = []
    for kind, *sizes in NETS[net][1]:
        if kind == "dense":
            shapes += [(sizes[1], sizes[0]), (sizes[1],)]
        elif kind == "conv":
            channels, filters, kernel, _ = sizes
            shapes += [(filters, channels, kernel, kernel), (filters,)]
        elif kind == "norm":
            shapes += [(sizes[0],), (sizes[0],)]
    return shapes


def output_len(net):
    return next(sizes[1] for kind, *sizes in reversed(NETS[net][1]) if kind == "dense")
