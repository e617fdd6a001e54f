"""Optimizers with random settings: their text and their twins in PyTorch.

Adam and RMSProp divide a gradient by its size: in f32 one that is all rounding error makes a step as large as any, unless
`epsilon` is larger.
"""

from torch import nn, optim

from twins import Scaled

EPSILON = {"f32": 1e-3, "f64": 1e-8}


class Optimizer:
    """`settings` are castnet's names and values, `keywords` PyTorch's. Weight decay is for weights only."""

    def __init__(self, rate, decay, settings, make):
        self.rate, self.decay, self.make = rate, decay, make
        fields = "".join(f"{name}: {str(value).lower()}, " for name, value in settings.items())
        name = f"castnet::optimizers::{type(self).__name__}"
        self.text = f"{name} {{ {fields}weight_decay: {decay} }}"

    def twin(self, network):
        weights, others = [], []
        for layer in network.modules():
            for name, parameter in layer.named_parameters(recurse=False):
                if parameter.requires_grad:
                    decays = isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, Scaled)) and name != "bias"
                    (weights if decays else others).append(parameter)
        groups = [{"params": weights, "weight_decay": self.decay}, {"params": others, "weight_decay": 0.0}]
        return self.make([group for group in groups if group["params"]])


class Sgd(Optimizer):
    def __init__(self, chance, scalar):
        momentum, rate = chance.choice([0.0, 0.5, 0.9]), chance.choice([0.01, 0.05])
        nesterov = momentum > 0 and chance.random() < 0.4
        settings = {"momentum": momentum, "nesterov": nesterov}
        super().__init__(rate, decay(chance), settings, lambda groups: optim.SGD(groups, rate, **settings))


class Adam(Optimizer):
    twins = optim.Adam

    def __init__(self, chance, scalar):
        (beta1, beta2), rate = chance.choice([(0.9, 0.999), (0.8, 0.99)]), chance.choice([0.001, 0.01])
        epsilon = EPSILON[scalar]
        settings = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon}
        if type(self) is Adam:
            settings["bias_correction"] = True
        make = type(self).twins
        super().__init__(rate, decay(chance), settings, lambda groups: make(groups, rate, (beta1, beta2), epsilon))


class AdamW(Adam):
    twins = optim.AdamW


class RmsProp(Optimizer):
    def __init__(self, chance, scalar):
        alpha, rate = chance.choice([0.9, 0.99]), chance.choice([0.001, 0.01])
        centered, momentum, epsilon = chance.random() < 0.5, chance.choice([0.0, 0.5]), EPSILON[scalar]
        settings = {"alpha": alpha, "epsilon": epsilon, "centered": centered, "momentum": momentum}

        def make(groups):
            return optim.RMSprop(groups, rate, alpha, epsilon, momentum=momentum, centered=centered)

        super().__init__(rate, decay(chance), settings, make)


def decay(chance):
    return chance.choice([0.0, 0.0, 0.1])


OPTIMIZERS = [Sgd, Adam, AdamW, RmsProp]
