"""The layers of random declarations. Each has its text, and builds its twin in PyTorch for a shape."""

import math

from torch import nn

from twins import Embedding, Scaled, Slice, convolution


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

    def axes(self, sizes):
        """A size for each axis: a number, or for two axes a list."""
        alike = len(set(sizes)) == 1 and (len(sizes) == 1 or self.happens(0.7))
        return str(sizes[0]) if alike else f"[{', '.join(str(size) for size in sizes)}]"


def expect(shape, axes):
    if len(shape) != axes:
        raise Unfit


class Tokens:
    """An embedding of the tokens that a network begins with."""

    def __init__(self, chance, limit):
        random = chance.random
        self.limit, self.units = limit, random.randint(1, 6)
        self.size = chance.text(self.units)
        self.padding = random.randrange(limit) if chance.happens(0.4) else None

    def text(self):
        padding = "" if self.padding is None else f", padding_index = {self.padding}"
        return f"embedding({self.size}{padding})"

    def build(self, shape):
        expect(shape, 1)
        return Embedding(self.limit, self.units, padding_idx=self.padding), [self.units, *shape]


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


class Convolution:
    def __init__(self, chance, shape, axes, filters=None, kernel=None):
        expect(shape, axes + 1)
        self.axes = axes
        self.filters = filters or min(chance.count(), 20)
        self.size = chance.text(self.filters)
        self.bias = chance.happens(0.7)
        self.kernel, self.padding, self.floor = kernel, [(0, 0)] * axes, False
        self.stride, self.dilation = (1,) * axes, (1,) * axes
        self.window = f"kernel = {chance.axes(kernel)}" if kernel else self.draw(chance, shape[1:])

    def draw(self, chance, lengths):
        random = chance.random
        kernel = [random.randint(1, min(5, length)) for length in lengths]
        if chance.happens(0.6):
            kernel = [min(kernel)] * self.axes
        self.kernel = tuple(kernel)
        texts = [f"kernel = {chance.axes(kernel)}"]
        if chance.happens(0.4):
            self.dilation = tuple(random.choice([1, 2, 2, 3, 4]) for _ in lengths)
            texts.append(f"dilation = {chance.axes(self.dilation)}")
        if chance.happens(0.35 if self.axes == 2 else 0.6):
            self.padding = random.choice(["same", "causal"]) if self.axes == 1 else "same"
            return ", ".join([*texts, f"padding = {self.padding}"])
        if chance.happens(0.5):
            self.stride = tuple(random.choice([1, 2, 2, 3]) for _ in lengths)
            texts.append(f"stride = {chance.axes(self.stride)}")
        if chance.happens(0.4):
            self.padding = [self.draw_sides(chance, extent) for extent in self.extents()]
            texts.append(f"padding = {chance.axes([sides_text(*sides) for sides in self.padding])}")
        try:
            self.build([1, *lengths])
        except Unfit:
            self.floor = True
            texts.append("rounding = floor")
        return ", ".join(texts)

    def draw_sides(self, chance, extent):
        before, after = (chance.random.randint(0, (extent + 1) // 2) for _ in range(2))
        return (before, before) if chance.happens(0.6) else (before, after)

    def extents(self):
        return [(k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation)]

    def text(self):
        return f"conv{self.axes}d({self.size}, {self.window}{'' if self.bias else ', bias = false'})"

    def build(self, shape):
        expect(shape, self.axes + 1)
        channels, *lengths = shape
        named = {"stride": self.stride, "dilation": self.dilation, "bias": self.bias}
        if self.padding == "same":
            named["padding"] = "same"
        margins = [(0, 0)] * self.axes if self.padding == "same" else self.padding
        if self.padding == "causal":
            margins = [(extent - 1, 0) for extent in self.extents()]
        elif self.padding != "same":
            windows = zip(lengths, self.extents(), self.stride, margins)
            lengths = [positions(length, k, s, sum(sides), self.floor) for length, k, s, sides in windows]
        twin = convolution(self.axes)(margins, channels, self.filters, self.kernel, **named)
        return twin, [self.filters, *lengths]


def sides_text(before, after):
    return str(before) if before == after else f"[{before}, {after}]"


def along(layer, axes):
    return lambda chance, shape: layer(chance, shape, axes)


class Pooling:
    def __init__(self, chance, shape, axes):
        expect(shape, axes + 1)
        self.axes = axes
        self.kernel = tuple(chance.random.randint(1, min(3, length)) for length in shape[1:])
        self.stride, self.floor = self.kernel, False
        texts = [chance.axes(self.kernel)]
        if chance.happens(0.4):
            self.stride = tuple(chance.random.randint(1, 3) for _ in self.kernel)
            texts.append(f"stride = {chance.axes(self.stride)}")
        try:
            self.build(shape)
        except Unfit:
            self.floor = True
            texts.append("rounding = floor")
        self.arguments = ", ".join(texts)

    def text(self):
        return f"{self.kind}_pool{self.axes}d({self.arguments})"

    def build(self, shape):
        expect(shape, self.axes + 1)
        channels, *lengths = shape
        windows = zip(lengths, self.kernel, self.stride)
        lengths = [positions(length, k, s, 0, self.floor) for length, k, s in windows]
        return self.twins[self.axes - 1](self.kernel, self.stride), [channels, *lengths]


class MaxPool(Pooling):
    kind, twins = "max", (nn.MaxPool1d, nn.MaxPool2d)


class AvgPool(Pooling):
    kind, twins = "avg", (nn.AvgPool1d, nn.AvgPool2d)


class Flatten:
    def __init__(self, chance, shape):
        if len(shape) == 1:
            raise Unfit

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


class SliceOf:
    """Some of the features, or channels."""

    def __init__(self, chance, shape):
        self.start = chance.random.randint(0, shape[0] - 1)
        self.end = chance.random.randint(self.start + 1, shape[0])

    def text(self):
        return f"slice({self.start}..{self.end})"

    def build(self, shape):
        if self.end > shape[0]:
            raise Unfit
        return Slice(self.start, self.end), [self.end - self.start, *shape[1:]]


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
    "conv1d": along(Convolution, 1),
    "conv2d": along(Convolution, 2),
    "max_pool1d": along(MaxPool, 1),
    "max_pool2d": along(MaxPool, 2),
    "avg_pool1d": along(AvgPool, 1),
    "avg_pool2d": along(AvgPool, 2),
    "flatten": Flatten,
    "relu": function("relu", nn.ReLU),
    "leaky_relu": leaky_relu,
    "sigmoid": function("sigmoid", nn.Sigmoid),
    "tanh": function("tanh", nn.Tanh),
    "gelu": function("gelu", nn.GELU),
    "silu": function("silu", nn.SiLU),
    "prelu": PRelu,
    "slice": SliceOf,
    "softmax": Softmax,
    "dropout": dropout,
    "batch_norm": BatchNorm,
    "layer_norm": LayerNorm,
    "layer": Own,
}
