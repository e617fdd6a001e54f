"""What PyTorch's optimizers make of given gradients, for tests/reference/optimizers.rs; written by generate.py.

    initial               the parameters before the first step, f32
    noise                 a row of numbers for each step, f32
    <case>/parameters     the parameters after steps 1, 10, 100 and 200, a row for each, f64

The gradient of a step is a quarter of each parameter, and the row of noise of that step. The parameters are the weights
and biases of two dense layers: 4 inputs, 3 units; 3 inputs, 1 unit.
"""

import numpy as np
import torch
from torch import optim

LENGTHS = [12, 3, 3, 1]
RATE = 0.01
RECORDED = [1, 10, 100, 200]


def all_alike(make):
    """An optimizer whose settings hold for every parameter."""
    return lambda parameters: make(parameters)


def weights_decayed(make, decay):
    """An optimizer that decays weights only."""
    return lambda parameters: make(
        [
            {"params": parameters[0::2], "weight_decay": decay},
            {"params": parameters[1::2], "weight_decay": 0.0},
        ]
    )


def with_groups(parameters):
    """The first layer frozen but for its bias, which learns three times as fast; the biases are decayed otherwise."""
    return optim.AdamW(
        [
            {"params": [parameters[1]], "lr": 3 * RATE, "weight_decay": 0.2},
            {"params": [parameters[2]], "weight_decay": 0.05},
            {"params": [parameters[3]], "weight_decay": 0.2},
        ],
        lr=RATE,
    )


CASES = {
    "sgd": all_alike(lambda p: optim.SGD(p, RATE)),
    "sgd_decay": all_alike(lambda p: optim.SGD(p, RATE, weight_decay=0.1)),
    "sgd_momentum": all_alike(lambda p: optim.SGD(p, RATE, momentum=0.9, weight_decay=0.1)),
    "sgd_nesterov": all_alike(lambda p: optim.SGD(p, RATE, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "sgd_weights": weights_decayed(lambda p: optim.SGD(p, RATE, momentum=0.9), 0.1),
    "adam": all_alike(lambda p: optim.Adam(p, RATE)),
    "adam_decay": all_alike(lambda p: optim.Adam(p, RATE, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1)),
    "adam_weights": weights_decayed(lambda p: optim.Adam(p, RATE), 0.1),
    "adam_w": all_alike(lambda p: optim.AdamW(p, RATE)),
    "adam_w_decay": all_alike(lambda p: optim.AdamW(p, RATE, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.5)),
    "adam_w_weights": weights_decayed(lambda p: optim.AdamW(p, RATE), 0.5),
    "adam_w_groups": with_groups,
    "rms_prop": all_alike(lambda p: optim.RMSprop(p, RATE)),
    "rms_prop_decay": all_alike(lambda p: optim.RMSprop(p, RATE, alpha=0.9, eps=1e-3, weight_decay=0.1)),
    "rms_prop_momentum": all_alike(lambda p: optim.RMSprop(p, RATE, momentum=0.9)),
    "rms_prop_centered": all_alike(lambda p: optim.RMSprop(p, RATE, centered=True)),
    "rms_prop_all": all_alike(lambda p: optim.RMSprop(p, RATE, centered=True, momentum=0.5, weight_decay=0.1)),
    "rms_prop_weights": weights_decayed(lambda p: optim.RMSprop(p, RATE), 0.1),
}


def trajectory(make, initial, noise):
    """The parameters after the steps that are recorded."""
    parameters = [part.clone().requires_grad_(True) for part in initial.split(LENGTHS)]
    optimizer = make(parameters)
    rows = []
    for step, row in enumerate(noise, start=1):
        for parameter, part in zip(parameters, row.split(LENGTHS)):
            parameter.grad = 0.25 * parameter.detach() + part
        optimizer.step()
        if step in RECORDED:
            rows.append(torch.cat([parameter.detach() for parameter in parameters]).numpy().copy())
    return np.stack(rows)


def tensors():
    """All tensors of the file, by their names."""
    generator = torch.Generator().manual_seed(3)
    initial = torch.randn(sum(LENGTHS), generator=generator)
    noise = torch.randn(RECORDED[-1], sum(LENGTHS), generator=generator)
    found = {"initial": initial.numpy(), "noise": noise.numpy()}
    for case, make in CASES.items():
        found[f"{case}/parameters"] = trajectory(make, initial.double(), noise.double())
    return found
