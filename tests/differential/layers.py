"""The layers of random declarations. Each has its text, and builds its twin in PyTorch for a shape."""

import math

from torch import nn

from twins import Scaled


class Unfit(Exception):
    """A layer does not take this shape, or too much would come of it."""


class Chance:
    """What is drawn, and what has been met on the way."""

    def __init__(self, random, wanted, drops):
        self.random = random
        # Kinds to prefer.
        self.wanted = wanted
        # Whether dropout drops: what is random in training is compared at inference only.
        self.drops = drops
        self.kinds = set()
        self.constants = set()

    def happens(self, probability):
        return self.random.random() < probability

    def count(self):
        """Units or filters: few mostly, sometimes more than a register or a tile holds."""
        return self.random.choice([1, 2, 3, 4, 5, 6, 8, self.random.randint(7, 20), self.random.randint(17, 40)])

    def text(self, number):
        """A size as people write one: a number, a constant, an expression."""
        if self.happens(0.12):
            self.constants.add(number)
            return f"SIZE_{number}"
        if number > 1 and self.happens(0.05):
            return f"{number - 1} + 1"
        return str(number)

    def pair(self, number, other):
        return str(number) if number == other and self.happens(0.7) else f"[{number}, {other}]"


def expect(shape, axes):
    if len(shape) != axes:
        raise Unfit


def images_of(shape):
    expect(shape, 3)
    return shape


class Dense:
    def __init__(self, chance, shape, units=None):
        expect(shape, 1)
        self.units = units or chance.count()
        self.size = chance.text(self.units)
        self.bias = chance.happens(0.8)

    def text(self):
        return f"dense({self.size}{'' if self.bias else ', bias = false'})"

    def build(self, shape):
        expect(shape, 1)
        return nn.Linear(shape[0], self.units, self.bias), [self.units]


def positions(length, kernel, stride, padding, floor):
    """How often a window fits in along one axis."""
    room = length + padding - kernel
    if room < 0 or (room % stride and not floor):
        raise Unfit
    return room // stride + 1


class Conv2d:
    def __init__(self, chance, shape, filters=None, kernel=None):
        _, height, width = images_of(shape)
        self.filters = filters or min(chance.count(), 20)
        self.size = chance.text(self.filters)
        self.bias = chance.happens(0.7)
        self.kernel, self.stride, self.padding, self.floor = kernel, (1, 1), (0, 0), False
        self.window = f"kernel = {list(kernel)}" if kernel else self.draw(chance, height, width)

    def draw(self, chance, height, width):
        kernel = [chance.random.randint(1, min(5, length)) for length in (height, width)]
        if chance.happens(0.6):
            kernel = [min(kernel)] * 2
        self.kernel = tuple(kernel)
        texts = [f"kernel = {chance.pair(*kernel)}"]
        if chance.happens(0.35):
            self.padding = "same"
            return ", ".join([*texts, "padding = same"])
        if chance.happens(0.5):
            self.stride = tuple(chance.random.choice([1, 2, 2, 3]) for _ in range(2))
            texts.append(f"stride = {chance.pair(*self.stride)}")
        if chance.happens(0.4):
            self.padding = tuple(chance.random.randint(0, (length + 1) // 2) for length in kernel)
            texts.append(f"padding = {chance.pair(*self.padding)}")
        try:
            self.build([1, height, width])
        except Unfit:
            self.floor = True
            texts.append("rounding = floor")
        return ", ".join(texts)

    def text(self):
        return f"conv2d({self.size}, {self.window}{'' if self.bias else ', bias = false'})"

    def build(self, shape):
        channels, *image = images_of(shape)
        padding = self.padding
        if padding != "same":
            windows = zip(image, self.kernel, self.stride, padding)
            image = [positions(length, k, s, 2 * p, self.floor) for length, k, s, p in windows]
        twin = nn.Conv2d(channels, self.filters, self.kernel, self.stride, padding, bias=self.bias)
        return twin, [self.filters, *image]


class Pooling:
    def __init__(self, chance, shape):
        _, height, width = images_of(shape)
        self.kernel = tuple(chance.random.randint(1, min(3, length)) for length in (height, width))
        self.stride, self.floor = self.kernel, False
        texts = [chance.pair(*self.kernel)]
        if chance.happens(0.4):
            self.stride = tuple(chance.random.randint(1, 3) for _ in range(2))
            texts.append(f"stride = {chance.pair(*self.stride)}")
        try:
            self.build(shape)
        except Unfit:
            self.floor = True
            texts.append("rounding = floor")
        self.arguments = ", ".join(texts)

    def text(self):
        return f"{self.kind}({self.arguments})"

    def build(self, shape):
        channels, *image = images_of(shape)
        windows = zip(image, self.kernel, self.stride)
        image = [positions(length, k, s, 0, self.floor) for length, k, s in windows]
        return self.twin(self.kernel, self.stride), [channels, *image]


class MaxPool2d(Pooling):
    kind, twin = "max_pool2d", nn.MaxPool2d


class AvgPool2d(Pooling):
    kind, twin = "avg_pool2d", nn.AvgPool2d


class Flatten:
    def __init__(self, chance, shape):
        expect(shape, 3)

    def text(self):
        return "flatten"

    def build(self, shape):
        return nn.Flatten(), [math.prod(shape)]


class Elementwise:
    """A function of each value, by its text and its twin."""

    def __init__(self, text, twin):
        self.kept, self.twin = text, twin

    def text(self):
        return self.kept

    def build(self, shape):
        return self.twin(), shape


def function(text, twin):
    return lambda chance, shape: Elementwise(text, twin)


def leaky_relu(chance, shape):
    slope = chance.random.choice([0.01, 0.2, 0.5])
    text = "leaky_relu" if slope == 0.01 else f"leaky_relu({slope})"
    return Elementwise(text, lambda: nn.LeakyReLU(slope))


def dropout(chance, shape):
    probability = chance.random.choice([0.1, 0.5, 0.8]) if chance.drops else 0.0
    return Elementwise(f"dropout({probability})", lambda: nn.Dropout(probability))


class PRelu:
    def __init__(self, chance, shape):
        self.per_channel = chance.happens(0.5)

    def text(self):
        return "prelu(per_channel = true)" if self.per_channel else "prelu"

    def build(self, shape):
        return nn.PReLU(shape[0] if self.per_channel else 1), shape


class LayerNorm:
    def __init__(self, chance, shape):
        pass

    def text(self):
        return "layer_norm"

    def build(self, shape):
        return nn.LayerNorm(shape), shape


class Softmax:
    def __init__(self, chance, shape):
        expect(shape, 1)

    def text(self):
        return "softmax"

    def build(self, shape):
        expect(shape, 1)
        return nn.Softmax(dim=1), shape


class BatchNorm:
    def __init__(self, chance, shape):
        pass

    def text(self):
        return "batch_norm"

    def build(self, shape):
        return (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(shape[0]), shape


class Own:
    """A layer of the user's own, which is for one number of features."""

    def __init__(self, chance, shape):
        self.features = math.prod(shape)

    def text(self):
        return f"layer(crate::scaled::Scaled::<{self.features}>)"

    def build(self, shape):
        if math.prod(shape) != self.features:
            raise Unfit
        return Scaled(self.features), shape


# Every kind of layer: what draws one for a shape.
LAYERS = {
    "dense": Dense,
    "conv2d": Conv2d,
    "max_pool2d": MaxPool2d,
    "avg_pool2d": AvgPool2d,
    "flatten": Flatten,
    "relu": function("relu", nn.ReLU),
    "leaky_relu": leaky_relu,
    "sigmoid": function("sigmoid", nn.Sigmoid),
    "tanh": function("tanh", nn.Tanh),
    "gelu": function("gelu", nn.GELU),
    "silu": function("silu", nn.SiLU),
    "prelu": PRelu,
    "softmax": Softmax,
    "dropout": dropout,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "layer": Own,
}
