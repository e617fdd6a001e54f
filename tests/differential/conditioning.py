"""Which networks can be compared: those in which small differences stay small.

At the kink of a relu, or where two values of a pooling window are equal but for rounding, the least difference becomes a
whole gradient. In others, rounding errors grow from layer to layer. Neither says anything about who computes right."""

import numpy as np
import torch
from torch import nn

# The least that the largest number of a segment counts as, relative to that of the whole network.
FLOOR = 1e-2


class Kinks:
    """How close the values of a network come to where a layer has no derivative, over all passes from now on."""

    def __init__(self, network):
        self.closest = float("inf")
        for layer in network.modules():
            if isinstance(layer, (nn.ReLU, nn.LeakyReLU, nn.PReLU)):
                layer.register_forward_pre_hook(lambda _, inputs: self.note(inputs[0].abs(), inputs[0]))
            if isinstance(layer, (nn.MaxPool1d, nn.MaxPool2d)):
                layer.register_forward_pre_hook(lambda layer, inputs: self.note(gaps(layer, inputs[0]), inputs[0]))

    def note(self, distances, values):
        # What is exactly equal is so for everybody.
        distances = distances.detach()[distances > 0]
        if len(distances):
            self.closest = min(self.closest, (distances.min() / values.detach().abs().max()).item())


def gaps(pooling, values):
    """The largest value of each window less the next."""
    windows = values.detach()
    for axis, (size, stride) in enumerate(zip(pooling.kernel_size, pooling.stride), 2):
        windows = windows.unfold(axis, size, stride)
    windows = windows.flatten(2 + len(pooling.kernel_size))
    if windows.shape[-1] == 1:
        return torch.zeros(0)
    first, second = windows.topk(2, dim=-1).values.unbind(-1)
    return first - second


def distance(found, expected):
    """The largest distance of tensors, measured as tests/differential/check.rs does."""
    kinds = {key.split("/")[0] for key in expected}
    whole = {kind: max(largest(value) for key, value in expected.items() if key.split("/")[0] == kind) for kind in kinds}
    worst = 0.0
    for key, value in expected.items():
        kind = key.split("/")[0]
        scale = max(largest(value), FLOOR * whole[kind]) if "/" in key else largest(value)
        difference = largest(found[key].astype(np.float64) - value)
        worst = max(worst, difference / scale if scale else difference)
    return worst if np.isfinite(worst) else float("inf")


def largest(value):
    return np.abs(value).max(initial=0.0)
