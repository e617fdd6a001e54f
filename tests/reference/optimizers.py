"""What PyTorch's optimizers make of given gradients, for tests/reference/optimizers.rs; written by generate.py.

    initial               the parameters before the first step, f32
    noise                 a row of numbers for each step, f32
    <case>/parameters     the parameters after steps 1, 10, 100 and 200, a row for each, f64; of an average the average

Of Lion and LAMB, and of Adam without bias correction, PyTorch has none: their publications' formulas in its tensors. Its Muon
rounds to bfloat16 within the iteration; here it does not.

The gradient of a step is a quarter of each parameter, and the row of noise of that step. The parameters are the weights
and biases of two dense layers: 4 inputs, 3 units; 3 inputs, 1 unit.
"""

import numpy as np
import torch
from torch import optim
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

LENGTHS = [12, 3, 3, 1]
SHAPES = [(3, 4), (3,), (1, 3), (1,)]
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


class Own(optim.Optimizer):
    """A rule that PyTorch does not have: `move` makes a step of one tensor, with a dictionary for what it remembers."""

    def __init__(self, parameters, move, weight_decay=0.0):
        super().__init__(parameters, {"weight_decay": weight_decay})
        self.move, self.steps = move, 0

    @torch.no_grad()
    def step(self):
        self.steps += 1
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                if not state:
                    state["first"], state["second"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
                self.move(parameter, parameter.grad, state, self.steps, group["weight_decay"])


def lion(beta1, beta2):
    """Chen et al. 2023, algorithm 2, with a rate of 2^-10: steps that are all alike are all rounded alike in f32."""

    def move(parameter, gradient, state, _, decay):
        direction = torch.sign(beta1 * state["first"] + (1 - beta1) * gradient)
        parameter.sub_(2**-10 * (direction + decay * parameter))
        state["first"] = beta2 * state["first"] + (1 - beta2) * gradient

    return move


def lamb(beta1, beta2, epsilon):
    """You et al. 2020, algorithm 2; biases have steps as long as they come."""

    def move(parameter, gradient, state, step, decay):
        state["first"] = beta1 * state["first"] + (1 - beta1) * gradient
        state["second"] = beta2 * state["second"] + (1 - beta2) * gradient**2
        mean, square = state["first"] / (1 - beta1**step), state["second"] / (1 - beta2**step)
        direction = mean / (square.sqrt() + epsilon) + decay * parameter
        ratio = parameter.norm() / direction.norm() if parameter.is_weight else 1.0
        parameter.sub_(RATE * ratio * direction)

    return move


def uncorrected(beta1, beta2, epsilon):
    """Adam without bias correction."""

    def move(parameter, gradient, state, *_):
        state["first"] = beta1 * state["first"] + (1 - beta1) * gradient
        state["second"] = beta2 * state["second"] + (1 - beta2) * gradient**2
        parameter.sub_(RATE * state["first"] / (state["second"].sqrt() + epsilon))

    return move


class Muon:
    """PyTorch's Muon for weights as matrices, and AdamW for the rest."""

    def __init__(self, parameters, **settings):
        self.flat = parameters[0::2]
        # castnet's numbers are a matrix's columns.
        self.matrices = [self.matrix(flat.detach(), flat).clone() for flat in self.flat]
        self.muon = optim.Muon(self.matrices, RATE, **settings)
        self.others = optim.AdamW(parameters[1::2], RATE, weight_decay=0.0)

    def matrix(self, numbers, flat):
        rows, columns = SHAPES[2 * [id(other) for other in self.flat].index(id(flat))]
        return numbers.view(columns, rows).t().contiguous()

    @torch.no_grad()
    def step(self):
        for matrix, flat in zip(self.matrices, self.flat):
            matrix.grad = self.matrix(flat.grad, flat)
        self.muon.step()
        self.others.step()
        for matrix, flat in zip(self.matrices, self.flat):
            flat.copy_(matrix.t().reshape(-1))


class Averaged:
    """Momentum, and PyTorch's average of its parameters; Lookahead, which PyTorch does not have, by its algorithm 1."""

    def __init__(self, parameters, average):
        self.module = torch.nn.ParameterList(parameters)
        self.optimizer = optim.SGD(self.module.parameters(), RATE, momentum=0.9)
        self.average = average(self.module)

    def step(self):
        self.optimizer.step()
        self.average.update_parameters(self.module)

    def shown(self):
        return list(self.average.parameters())


class Slow(torch.nn.Module):
    """The slow weights of Lookahead: half of the way after every five steps."""

    def __init__(self, module):
        super().__init__()
        self.slow = torch.nn.ParameterList([parameter.detach().clone() for parameter in module.parameters()])
        self.steps = 0

    @torch.no_grad()
    def update_parameters(self, module):
        self.steps += 1
        if self.steps % 5 == 0:
            for slow, fast in zip(self.slow, module.parameters()):
                slow.add_(0.5 * (fast - slow))
                fast.copy_(slow)


def newton_schulz(matrix, coefficients, steps, epsilon):
    """That of PyTorch, in the numbers of the matrix."""
    a, b, c = coefficients
    is_tall = matrix.size(0) > matrix.size(1)
    x = matrix.T if is_tall else matrix
    x = x / x.norm().clamp(min=epsilon)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if is_tall else x


torch.optim._muon._zeropower_via_newtonschulz = newton_schulz


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
    "momentum": all_alike(lambda p: optim.SGD(p, RATE, momentum=0.9, weight_decay=0.1)),
    "momentum_nesterov": all_alike(lambda p: optim.SGD(p, RATE, momentum=0.9, nesterov=True, weight_decay=0.1)),
    "ada_grad": all_alike(lambda p: optim.Adagrad(p, RATE)),
    "ada_grad_all": all_alike(
        lambda p: optim.Adagrad(p, RATE, lr_decay=0.01, weight_decay=0.1, initial_accumulator_value=0.1, eps=1e-3)
    ),
    "ada_grad_weights": weights_decayed(lambda p: optim.Adagrad(p, RATE), 0.1),
    "ada_delta": all_alike(lambda p: optim.Adadelta(p, RATE)),
    "ada_delta_all": all_alike(lambda p: optim.Adadelta(p, RATE, rho=0.95, eps=1e-3, weight_decay=0.1)),
    "adamax": all_alike(lambda p: optim.Adamax(p, RATE)),
    "adamax_all": all_alike(lambda p: optim.Adamax(p, RATE, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1)),
    "adam_uncorrected": all_alike(lambda p: Own(p, uncorrected(0.9, 0.999, 1e-8))),
    "ams_grad": all_alike(lambda p: optim.Adam(p, RATE, amsgrad=True)),
    "ams_grad_decay": all_alike(lambda p: optim.Adam(p, RATE, (0.8, 0.9), 1e-3, weight_decay=0.1, amsgrad=True)),
    "ams_grad_decoupled": all_alike(lambda p: optim.AdamW(p, RATE, (0.8, 0.9), weight_decay=0.5, amsgrad=True)),
    "n_adam": all_alike(lambda p: optim.NAdam(p, RATE)),
    "n_adam_decay": all_alike(lambda p: optim.NAdam(p, RATE, (0.8, 0.99), 1e-3, 0.1, momentum_decay=0.01)),
    "n_adam_decoupled": all_alike(lambda p: optim.NAdam(p, RATE, weight_decay=0.5, decoupled_weight_decay=True)),
    "r_adam": all_alike(lambda p: optim.RAdam(p, RATE)),
    "r_adam_decay": all_alike(lambda p: optim.RAdam(p, RATE, (0.8, 0.99), 1e-3, 0.1)),
    "r_adam_decoupled": all_alike(lambda p: optim.RAdam(p, RATE, weight_decay=0.5, decoupled_weight_decay=True)),
    "lion": all_alike(lambda p: Own(p, lion(0.9, 0.99))),
    "lion_weights": weights_decayed(lambda p: Own(p, lion(0.95, 0.98)), 0.5),
    "lamb": weights_decayed(lambda p: Own(p, lamb(0.9, 0.999, 1e-6)), 0.01),
    "lamb_all": all_alike(lambda p: Own(p, lamb(0.8, 0.99, 1e-3), 0.1)),
    "ema": lambda p: Averaged(p, lambda m: AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(0.95))),
    "swa": lambda p: Averaged(p, AveragedModel),
    "lookahead": lambda p: Averaged(p, Slow),
    "muon": lambda p: Muon(p),
    "muon_all": lambda p: Muon(
        p, weight_decay=0.5, momentum=0.8, nesterov=False, ns_steps=3, adjust_lr_fn="match_rms_adamw"
    ),
}


def trajectory(make, initial, noise):
    """The parameters after the steps that are recorded."""
    parameters = [torch.nn.Parameter(part.clone()) for part in initial.split(LENGTHS)]
    for parameter, shape in zip(parameters, SHAPES):
        parameter.is_weight = len(shape) > 1
    optimizer = make(parameters)
    rows = []
    for step, row in enumerate(noise, start=1):
        for parameter, part in zip(parameters, row.split(LENGTHS)):
            parameter.grad = 0.25 * parameter.detach() + part
        optimizer.step()
        if step in RECORDED:
            shown = optimizer.shown() if hasattr(optimizer, "shown") else parameters
            rows.append(torch.cat([parameter.detach() for parameter in shown]).numpy().copy())
    return np.stack(rows)


def tensors():
    """All tensors of the file, by their names."""
    generator = torch.Generator().manual_seed(3)
    initial = torch.randn(sum(LENGTHS), generator=generator)
    noise = torch.randn(RECORDED[-1], sum(LENGTHS), generator=generator)
    found = {"initial": initial.numpy(), "noise": noise.numpy()}
    # NAdam keeps a product in the default type.
    torch.set_default_dtype(torch.float64)
    for case, make in CASES.items():
        found[f"{case}/parameters"] = trajectory(make, initial.double(), noise.double())
    torch.set_default_dtype(torch.float32)
    return found
