"""What PyTorch's schedulers make of a rate, for tests/reference/schedules.rs; written by generate.py.

    <case>/rates          the learning rate of each step, f64
    <case>/momenta        the momentum or beta1 of each step, where it moves, f64
    plateau/losses        what the schedulers that look at losses observe before each step but the first, f64
    line/inputs           the samples of a linear network of four inputs, a row for each, f64
    line/targets          their targets, f64
    <optimizer>/trained   its weights and bias after as many steps as `one_cycle` has rates, f64
    valley/rates, losses  smoothed losses of a range test at their rates, f64
    valley/suggestion     the rates that fastai's rules `valley` and `steep` suggest, f64
"""

import math
import warnings

import numpy as np
import torch
from torch import nn, optim
from torch.optim import lr_scheduler as schedulers

STEPS = 120


def chained(first, second, milestone):
    """One scheduler for some steps, and another from there on."""
    return lambda o: schedulers.SequentialLR(o, [first(o), second(o)], milestones=[milestone])


def cosine(steps, last=0.0):
    return lambda o: schedulers.CosineAnnealingLR(o, steps, last)


def warm_up(steps):
    """To the whole rate in as many steps, the last of which has it."""
    return lambda o: schedulers.LinearLR(o, 1 / steps, 1.0, steps - 1)


def per_epoch(make, steps):
    """A scheduler that is called after each epoch of so many steps."""

    class PerEpoch:
        def __init__(self, optimizer):
            self.inner, self.steps = make(optimizer), 0

        def step(self):
            self.steps += 1
            if self.steps % steps == 0:
                self.inner.step()

    return PerEpoch


def cyclic(**settings):
    return lambda o: schedulers.CyclicLR(o, 0.02, 0.1, cycle_momentum=False, **settings)


# The largest rate, and the scheduler.
CASES = {
    "constant": (0.1, lambda o: schedulers.ConstantLR(o, 1.0)),
    "step": (0.1, lambda o: schedulers.StepLR(o, 30, 0.1)),
    "multi_step": (0.1, lambda o: schedulers.MultiStepLR(o, [10, 25, 26, 90], 0.5)),
    "exponential": (0.1, lambda o: schedulers.ExponentialLR(o, 0.97)),
    "inverse_time": (0.1, lambda o: schedulers.LambdaLR(o, lambda step: 1 / (1 + 0.05 * step))),
    "inverse_square_root": (0.1, lambda o: schedulers.LambdaLR(o, lambda step: 1 / math.sqrt(step + 1))),
    "linear": (0.1, lambda o: schedulers.LinearLR(o, 1.0, 0.2, 100)),
    "polynomial": (0.1, lambda o: schedulers.PolynomialLR(o, 100, 2.5)),
    "cosine": (0.1, cosine(STEPS, 0.01)),
    "restarts": (0.1, lambda o: schedulers.CosineAnnealingWarmRestarts(o, 35, 1, 0.01)),
    "growing_restarts": (0.1, lambda o: schedulers.CosineAnnealingWarmRestarts(o, 8, 2, 0.0)),
    "triangular": (0.1, cyclic(step_size_up=15, step_size_down=10)),
    "triangular2": (0.1, cyclic(step_size_up=15, mode="triangular2")),
    "exp_range": (0.1, cyclic(step_size_up=15, mode="exp_range", gamma=0.98)),
    "cyclic_momentum": (
        0.1,
        lambda o: schedulers.CyclicLR(o, 0.02, 0.1, 10, 30, base_momentum=0.7, max_momentum=0.95),
    ),
    "one_cycle": (0.1, lambda o: schedulers.OneCycleLR(o, 0.1, STEPS)),
    "one_cycle_linear": (0.1, lambda o: schedulers.OneCycleLR(o, 0.1, STEPS, pct_start=0.4, anneal_strategy="linear")),
    "one_cycle_three_phases": (
        0.1,
        lambda o: schedulers.OneCycleLR(
            o, 0.1, STEPS, pct_start=0.35, three_phase=True, div_factor=10, final_div_factor=100, base_momentum=0.8
        ),
    ),
    "warm_cosine": (0.1, chained(warm_up(20), cosine(STEPS), 20)),
    "in_series": (0.1, chained(lambda o: schedulers.StepLR(o, 15, 0.5), cosine(STEPS, 0.02), 50)),
    "step_per_epoch": (0.1, per_epoch(lambda o: schedulers.StepLR(o, 3, 0.1), 13)),
    "cosine_per_epoch": (0.1, per_epoch(cosine(20), 7)),
    "plateau": (0.1, lambda o: schedulers.ReduceLROnPlateau(o, factor=0.5, patience=2)),
    "plateau_cooldown": (
        0.1,
        lambda o: schedulers.ReduceLROnPlateau(o, factor=0.3, patience=1, cooldown=3, threshold=0.05, min_lr=2e-3),
    ),
}


def momentum_of(group):
    return group["betas"][0] if "betas" in group else group["momentum"]


def trace(rate, make, losses):
    """Rates and momenta of each step."""
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], rate, momentum=0.5)
    scheduler = make(optimizer)
    rates, momenta = [], []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(momentum_of(optimizer.param_groups[0]))
        optimizer.step()
        if isinstance(scheduler, schedulers.ReduceLROnPlateau):
            scheduler.step(losses[step])
        elif step + 1 < STEPS:
            scheduler.step()
    return np.array(rates), np.array(momenta)


def trained(make, inputs, targets):
    """The numbers of a linear network after one cycle."""
    line = nn.Linear(4, 1, dtype=torch.float64)
    nn.init.constant_(line.weight, 0.25)
    nn.init.constant_(line.bias, -0.5)
    optimizer = make(line.parameters())
    scheduler = schedulers.OneCycleLR(optimizer, 0.1, STEPS)
    for step in range(STEPS):
        optimizer.zero_grad()
        nn.functional.mse_loss(line(inputs), targets).backward()
        optimizer.step()
        if step + 1 < STEPS:
            scheduler.step()
    return torch.cat([line.weight.detach().flatten(), line.bias.detach()]).numpy()


def suggestions(rates, losses):
    """fastai's `valley`, about the middle of the longest run of falling losses, and `steep`, both of the losses without the
    first tenth and the last five: fastai/callback/schedule.py."""
    rates, losses = rates[len(rates) // 10 : -5], losses[len(losses) // 10 : -5]
    longest = []
    for place, loss in enumerate(losses):
        longest.append(1 + max((longest[before] for before in range(place) if losses[before] > loss), default=0))
    end = longest.index(max(longest))
    third = longest[end] / 3
    valley = rates[max(end - longest[end] + int(third) + int(third / 2), 0)]
    slopes = np.diff(losses) / np.diff(np.log(rates))
    return np.array([valley, rates[slopes.argmin()]])


def tensors():
    """All tensors of the file, by their names."""
    warnings.filterwarnings("ignore", "The epoch parameter in")
    generator = torch.Generator().manual_seed(5)
    noise = torch.rand(STEPS, generator=generator, dtype=torch.float64).numpy()
    losses = 3 * np.exp(-np.arange(STEPS) / 40) * (1 + 0.2 * noise)
    losses[[20, 21, 60]] = np.nan
    found = {"plateau/losses": losses}
    for case, (rate, make) in CASES.items():
        rates, momenta = trace(rate, make, losses)
        found[f"{case}/rates"] = rates
        if (momenta != momenta[0]).any():
            found[f"{case}/momenta"] = momenta

    inputs = torch.randn(7, 4, generator=generator, dtype=torch.float64)
    targets = torch.randn(7, 1, generator=generator, dtype=torch.float64)
    found |= {"line/inputs": inputs.numpy(), "line/targets": targets.numpy()}
    for name, make in {
        "sgd": lambda p: optim.SGD(p),
        "sgd_nesterov": lambda p: optim.SGD(p, momentum=0.5, nesterov=True),
        "adam": lambda p: optim.Adam(p),
        "adam_w": lambda p: optim.AdamW(p, weight_decay=0),
        "rms_prop": lambda p: optim.RMSprop(p),
    }.items():
        found[f"{name}/trained"] = trained(make, inputs, targets)

    places = np.arange(100) / 100
    rates = 1e-7 * 1e8**places
    curve = 2.3 - 1.6 / (1 + np.exp(-20 * (places - 0.55))) + np.exp(30 * (places - 0.85)) + 0.05 * noise[:100]
    found |= {"valley/rates": rates, "valley/losses": curve, "valley/suggestion": suggestions(rates, curve)}
    return found
