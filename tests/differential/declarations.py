"""Random declarations of networks: blocks, what stands in them, and the whole. As layers, blocks have their text, and build
their twins in PyTorch for a shape."""

import math
from collections import Counter, OrderedDict

from torch import nn

from layers import LAYERS, Chance, Convolution, Dense, Flatten, Tokens, Unfit
from twins import Concat, Residual, Sum

# Numbers in a layer's output.
LARGEST = 400
# Blocks in one another.
DEEPEST = 3


class Items:
    """Layers and blocks one after the other, with the names that the user or castnet gives them."""

    def __init__(self, chance, shape, length, depth):
        self.items = []
        for _ in range(length):
            shape = self.add(chance, shape, *draw(chance, shape, depth))

    def add(self, chance, shape, kind, layer):
        """Appends a layer; gives the shape that it makes."""
        if kind == "batch_norm" and self.items and hasattr(self.items[-1][2], "bias"):
            # What a bias adds before batch norm is taken away: its gradient would be rounding errors.
            self.items[-1][2].bias = False
        twin, shape = built(layer, shape)
        chance.kinds.add(kind)
        has_parameters = any(True for _ in twin.parameters())
        name = f"{kind[0]}{chance.random.choice('abcde')}" if has_parameters and chance.happens(0.2) else None
        if name in [other for other, _, _, _ in self.items]:
            name = None
        frozen = has_parameters and chance.happens(0.06)
        self.items.append((name, kind, layer, frozen))
        return shape

    def texts(self):
        for name, _, layer, frozen in self.items:
            yield f"{'#[frozen] ' if frozen else ''}{f'{name}: ' if name else ''}{layer.text()}"

    def text(self):
        return ", ".join(self.texts())

    def build(self, shape):
        """The twins by their names, which are those of castnet's fields, and the shape at the end."""
        twins, counts = OrderedDict(), Counter()
        for name, kind, layer, frozen in self.items:
            counts[kind] += 1
            name = name or f"{kind}{counts[kind]}"
            if isinstance(layer, Repeat):
                copies, shape = layer.copies(name, shape)
            else:
                twin, shape = built(layer, shape)
                copies = {name: twin}
            for twin in copies.values() if frozen else []:
                freeze(twin)
            twins |= copies
        return twins, shape


def freeze(twin):
    """Batch norm that is frozen goes by its running statistics, and leaves them alone."""
    twin.requires_grad_(False)
    for layer in twin.modules():
        layer.frozen = True


def built(layer, shape):
    twin, shape = layer.build(shape)
    if math.prod(shape) > LARGEST:
        raise Unfit
    return twin, shape


def fit(chance, shape, to):
    """A layer that makes `to` of `shape`."""
    if len(shape) == len(to) == 1:
        return "dense", Dense(chance, shape, units=to[0])
    kernel = [a - b + 1 for a, b in zip(shape[1:], to[1:])]
    if len(shape) != len(to) or min(kernel) < 1:
        raise Unfit
    return f"conv{len(kernel)}d", Convolution(chance, shape, len(kernel), filters=to[0], kernel=tuple(kernel))


def inner(chance, shape, depth):
    return Items(chance, shape, chance.random.randint(1, 3), depth + 1)


class ResidualBlock:
    def __init__(self, chance, shape, depth):
        self.body = inner(chance, shape, depth)
        _, to = self.body.build(shape)
        self.projects = chance.happens(0.5)
        if to != shape and not self.projects:
            self.body.add(chance, to, *fit(chance, to, shape))

    def text(self):
        return f"residual{'(project)' if self.projects else ''} {{ {self.body.text()} }}"

    def build(self, shape):
        layers, to = self.body.build(shape)
        if self.projects:
            return Residual(layers, projection(shape, to)), to
        if to != shape:
            raise Unfit
        return Residual(layers), to


def projection(shape, to):
    if len(shape) != len(to):
        raise Unfit
    if len(shape) == 1:
        return nn.Linear(shape[0], to[0], bias=False)
    strides = [max(1, -(-a // b)) for a, b in zip(shape[1:], to[1:])]
    if [(a - 1) // s + 1 for a, s in zip(shape[1:], strides)] != to[1:]:
        raise Unfit
    return [nn.Conv1d, nn.Conv2d][len(strides) - 1](shape[0], to[0], 1, tuple(strides), bias=False)


class BranchesBlock:
    """`concat` and `sum`: all branches lead to the shape of the first, but for `free` axes."""

    def __init__(self, chance, shape, depth):
        first = inner(chance, shape, depth)
        _, to = first.build(shape)
        self.branches = [first] + [self.branch(chance, shape, to, depth) for _ in range(chance.random.randint(1, 2))]
        chance.random.shuffle(self.branches)
        self.names = [f"way{n}" if chance.happens(0.2) else None for n in range(len(self.branches))]

    def branch(self, chance, shape, to, depth):
        if self.agree(shape, to) and chance.happens(0.25):
            return Items(chance, shape, 0, depth)
        branch = inner(chance, shape, depth)
        _, found = branch.build(shape)
        if not self.agree(found, to):
            # Over as much room as there is: all that a window took away cannot be had back.
            branch = branch if len(found) == len(to) and all(a >= b for a, b in zip(found[1:], to[1:])) else None
            branch, found = (branch, found) if branch else (Items(chance, shape, 0, depth), shape)
            branch.add(chance, found, *fit(chance, found, to))
        return branch

    def text(self):
        branches = (f"{f'{name}: ' if name else ''}{{ {branch.text()} }}" for name, branch in zip(self.names, self.branches))
        return f"{self.kind} {{ {', '.join(branches)} }}"

    def build(self, shape):
        twins, shapes = OrderedDict(), []
        for number, (name, branch) in enumerate(zip(self.names, self.branches), 1):
            layers, to = branch.build(shape)
            twins[name or f"branch{number}"] = nn.Sequential(layers)
            shapes.append(to)
        if not all(self.agree(to, shapes[0]) for to in shapes):
            raise Unfit
        return self.twin(twins), self.joined(shapes)


class ConcatBlock(BranchesBlock):
    kind, twin = "concat", Concat

    def agree(self, a, b):
        return len(a) == len(b) and a[1:] == b[1:]

    def joined(self, shapes):
        return [sum(shape[0] for shape in shapes), *shapes[0][1:]]


class SumBlock(BranchesBlock):
    kind, twin = "sum", Sum

    def agree(self, a, b):
        return a == b

    def joined(self, shapes):
        return shapes[0]


class Repeat:
    def __init__(self, chance, shape, depth):
        self.times = chance.random.randint(1, 3)
        self.body = inner(chance, shape, depth)
        self.build(shape)

    def text(self):
        return f"repeat({self.times}) {{ {self.body.text()} }}"

    def copies(self, name, shape):
        """The twins of all copies by their names: `stage2` of `stage`, `repeat1_2` of `repeat1`."""
        stroke = "_" if name[-1].isdigit() else ""
        twins = OrderedDict()
        for copy in range(1, self.times + 1):
            layers, shape = self.body.build(shape)
            if math.prod(shape) > LARGEST:
                raise Unfit
            twins[f"{name}{stroke}{copy}"] = nn.Sequential(layers)
        return twins, shape

    def build(self, shape):
        twins, shape = self.copies("repeat", shape)
        return nn.Sequential(twins), shape


# What only begins a network: its input is tokens then.
FIRST = "embedding"
# Every kind of block.
BLOCKS = {"residual": ResidualBlock, "concat": ConcatBlock, "sum": SumBlock, "repeat": Repeat}
# Others are drawn as often as any of their rank.
WEIGHTS = {"dense": 3.0, "conv1d": 5.0, "conv2d": 5.0, "batch_norm": 1.5, "flatten": 0.3}


def draw(chance, shape, depth):
    """A kind that takes `shape`, and a layer or block of it."""
    kinds = list(LAYERS) + (list(BLOCKS) if depth < DEEPEST else [])
    weights = [WEIGHTS.get(kind, 1.0) * (5.0 if kind in chance.wanted - chance.kinds else 1.0) for kind in kinds]
    for _ in range(100):
        [kind] = chance.random.choices(kinds, weights)
        try:
            layer = BLOCKS[kind](chance, shape, depth) if kind in BLOCKS else LAYERS[kind](chance, shape)
            built(layer, shape)
            return kind, layer
        except Unfit:
            continue
    raise Unfit


class Network:
    """A whole declaration. One that `classifies` ends in a dense layer of some classes."""

    def __init__(self, random, wanted, scalar, classifies, drops):
        self.chance = chance = Chance(random, wanted, drops)
        self.scalar = scalar
        # How many tokens there are.
        self.limit = random.randint(2, 12) if FIRST in wanted or chance.happens(0.05) else None
        self.input = self.draw_input()
        sizes = ", ".join(chance.text(size) for size in self.input)
        self.input_text = f"[{sizes}]" if self.limit is None else f"tokens[{sizes}] < {chance.text(self.limit)}"
        self.items = Items(chance, self.input, 0, 0)
        shape = self.input
        if self.limit is not None:
            shape = self.items.add(chance, shape, FIRST, Tokens(chance, self.limit))
        for _ in range(random.randint(2, 6)):
            shape = self.items.add(chance, shape, *draw(chance, shape, 0))
        if classifies or not self.parameters():
            self.end(random.randint(2, 7))

    def draw_input(self):
        random = self.chance.random
        if self.limit is not None:
            return [random.randint(2, 20)]
        axes = random.choices([0, 1, 2], [0.4, 0.25, 0.35])[0]
        if axes == 0:
            return [random.choice([1, 2, 3, 5, 8, 13, random.randint(16, 40)])]
        if axes == 1:
            return [random.randint(1, 3), random.randint(4, 40)]
        return [random.randint(1, 3), random.randint(3, 8), random.randint(3, 8)]

    def end(self, classes):
        _, shape = self.items.build(self.input)
        if len(shape) > 1:
            shape = self.items.add(self.chance, shape, "flatten", Flatten(self.chance, shape))
        last = Dense(self.chance, shape, units=classes)
        self.items.add(self.chance, shape, "dense", last)
        name, kind, last, _ = self.items.items[-1]
        self.items.items[-1] = (name, kind, last, False)

    def parameters(self):
        return [tensor for tensor in self.build().parameters() if tensor.requires_grad]

    def build(self):
        layers, self.output = self.items.build(self.input)
        return nn.Sequential(layers)

    def text(self, name):
        """The declaration, a layer of the network to a line."""
        lines = [f"input: {self.input_text}", *self.items.texts()]
        return f"pub struct {name}<{self.scalar}> {{\n" + "".join(f"    {line},\n" for line in lines) + "}"
