"""PyTorch's twins of castnet's blocks: modules whose parameters have the names of castnet's segments."""

import torch
from torch import nn


class Residual(nn.Module):
    """What the layers make of `x`, plus `x`, or plus what `project` makes of it."""

    def __init__(self, layers, project=None):
        super().__init__()
        self.layers = list(layers.values())
        for name, layer in layers.items():
            self.add_module(name, layer)
        self.project = project

    def forward(self, x):
        y = x
        for layer in self.layers:
            y = layer(y)
        return y + (x if self.project is None else self.project(x))


class Branches(nn.Module):
    """Several ways from `x`, each a `Sequential`; an empty one passes `x` on."""

    def __init__(self, branches):
        super().__init__()
        self.names = list(branches)
        for name, branch in branches.items():
            self.add_module(name, branch)

    def each(self, x):
        return [getattr(self, name)(x) for name in self.names]


class Concat(Branches):
    """What the branches make of `x`, side by side: along features, or channels of images."""

    def forward(self, x):
        return torch.cat(self.each(x), dim=1)


class Sum(Branches):
    """The sum of what the branches make of `x`."""

    def forward(self, x):
        return sum(self.each(x))


def convolution(axes):
    """PyTorch's convolution along so many axes, behind `margins`: zeros before and after each of them."""

    class Padded([nn.Conv1d, nn.Conv2d][axes - 1]):
        def __init__(self, margins, *arguments, **named):
            super().__init__(*arguments, **named)
            # PyTorch begins with the last axis.
            self.margins = [zeros for pair in reversed(margins) for zeros in pair]

        def forward(self, x):
            return super().forward(nn.functional.pad(x, self.margins))

    return Padded


class Slice(nn.Module):
    """Some of the features, or channels of images."""

    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def forward(self, x):
        return x[:, self.start : self.end]


class Embedding(nn.Embedding):
    """Vectors of tokens, which come as numbers, along channels. The one of padding is zero."""

    def forward(self, x):
        y = super().forward(x.detach().long()).transpose(1, 2)
        if self.padding_idx is not None:
            y = torch.where((x == self.padding_idx).unsqueeze(1), 0.0, y)
        # There is no gradient in tokens, which castnet computes as zero.
        return y + 0.0 * x.unsqueeze(1)


class Scaled(nn.Module):
    """A factor for each feature: the layer that tests write themselves."""

    def __init__(self, features):
        super().__init__()
        self.parameters_ = nn.Parameter(torch.ones(features))

    def forward(self, x):
        return x * self.parameters_.view(x.shape[1:])


# Where PyTorch has other names than castnet.
RENAMED = {"running_var": "running_variance", "parameters_": "parameters"}


def segment(name):
    """The name of the segment that PyTorch calls `name`."""
    *path, last = name.split(".")
    return ".".join([*path, RENAMED.get(last, last)])


def parameters(network):
    """All numbers of the network by the names of their segments, running statistics among them."""
    state = {segment(name): tensor.detach().numpy().copy() for name, tensor in network.state_dict().items()}
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def gradients(network):
    """The gradients that stand in the network, by the names of their segments."""
    trained = ((name, tensor) for name, tensor in network.named_parameters() if tensor.grad is not None)
    return {segment(name): tensor.grad.numpy().copy() for name, tensor in trained}
