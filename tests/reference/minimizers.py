"""What scipy and PyTorch make of small regressions, for tests/reference/minimizers.rs; written by generate.py.

    <table>/inputs, targets     the columns of a table of data/tabular, standardised, f64
    <table>/initial             the parameters before the first step, in castnet's order, f64
    <table>/least_squares       the mean squared error that scipy's least_squares comes to (MINPACK's Levenberg-Marquardt, with
                                the exact Jacobian), f64
    iris/lbfgs                  the mean squared error before each of PyTorch's steps of L-BFGS, f64
    iris/cg                     what scipy's conjugate gradients come to in 200 iterations, f64
    iris/newton                 what scipy's Newton with a trust region and the exact Hessian comes to, f64
    iris/hessian                the Hessian at the initial parameters, f64

A network is dense(HIDDEN), tanh, dense(1).

    python tests/reference/minimizers.py        # also says how long scipy takes
"""

import csv
import time
from pathlib import Path

import numpy as np
import torch
from scipy import optimize
from torch import optim

DATA = Path(__file__).parent.parent.parent / "data" / "tabular"
# The column that is predicted from the others, and units in the hidden layer.
# With so few units there is one minimum that all methods find from here.
TABLES = {"iris": (3, 2), "wine": (0, 1), "breast_cancer": (9, 1)}
LBFGS_STEPS = 20


def table(name, target):
    """Standardised inputs and targets; label and class are left out."""
    with open(DATA / f"{name}.csv") as file:
        rows = np.array([[float(cell) for cell in row[:-2]] for row in list(csv.reader(file))[1:]])
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    return np.delete(rows, target, axis=1), rows[:, target : target + 1]


class Regression:
    """The network as a function of one vector: a matrix's columns one after the other, as castnet has them."""

    def __init__(self, inputs, targets, hidden):
        self.inputs, self.targets, self.hidden = inputs, targets, hidden
        self.features = inputs.shape[1]
        self.torch_inputs, self.torch_targets = torch.from_numpy(inputs), torch.from_numpy(targets)

    def parts(self, vector):
        first, hidden = self.features * self.hidden, self.hidden
        weight = vector[:first].reshape(self.features, hidden)
        return weight, vector[first : first + hidden], vector[first + hidden : first + 2 * hidden], vector[-1]

    def residuals(self, vector):
        weight, bias, output, offset = self.parts(vector)
        return np.tanh(self.inputs @ weight + bias) @ output + offset - self.targets[:, 0]

    def jacobian(self, vector):
        weight, bias, output, _ = self.parts(vector)
        hidden = np.tanh(self.inputs @ weight + bias)
        slopes = (1 - hidden**2) * output
        of_weight = (self.inputs[:, :, None] * slopes[:, None, :]).reshape(len(slopes), -1)
        return np.concatenate([of_weight, slopes, hidden, np.ones((len(slopes), 1))], axis=1)

    def loss(self, vector):
        """The mean squared error, of a tensor."""
        weight, bias, output, offset = self.parts(vector)
        outputs = torch.tanh(self.torch_inputs @ weight + bias) @ output + offset
        return ((outputs - self.torch_targets[:, 0]) ** 2).mean()

    def value(self, vector):
        return (self.residuals(vector) ** 2).mean()

    def gradient(self, vector):
        return 2 / len(self.targets) * self.jacobian(vector).T @ self.residuals(vector)

    def hessian(self, vector):
        return torch.func.hessian(self.loss)(torch.from_numpy(vector)).numpy()


def rounded(values):
    """Digits that do not depend on the processor."""
    return np.round(np.array(values), 8)


def lbfgs(regression, initial):
    vector = torch.from_numpy(initial.copy()).requires_grad_(True)
    # An iteration in each step, with as many evaluations as its line search asks for.
    optimizer = optim.LBFGS([vector], max_iter=1, max_eval=26, history_size=10, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = regression.loss(vector)
        loss.backward()
        return loss

    return rounded([optimizer.step(closure).item() for _ in range(LBFGS_STEPS)])


def least_squares(regression, initial, jacobian):
    """What scipy comes to, and the seconds that it takes, the least of five times."""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        found = optimize.least_squares(regression.residuals, initial, jacobian, method="lm")
        seconds.append(time.perf_counter() - start)
    return rounded([2 * found.cost / len(regression.targets)]), min(seconds)


def tensors(report=lambda *_: None):
    """All tensors of the file, by their names."""
    found = {}
    for number, (name, (target, hidden)) in enumerate(TABLES.items()):
        inputs, targets = table(name, target)
        regression = Regression(inputs, targets, hidden)
        count = (regression.features + 2) * hidden + 1
        initial = np.random.default_rng(number).normal(0, 0.5, count)
        found |= {f"{name}/inputs": inputs, f"{name}/targets": targets, f"{name}/initial": initial}
        found[f"{name}/least_squares"], exact = least_squares(regression, initial, regression.jacobian)
        _, differences = least_squares(regression, initial, "2-point")
        report(f"{name}, {count} parameters: {exact * 1e3:.2f} ms, {differences * 1e3:.2f} ms by differences (the default)")
        if name == "iris":
            found["iris/lbfgs"] = lbfgs(regression, initial)
            cg = optimize.minimize(
                regression.value, initial, jac=regression.gradient, method="CG", options={"maxiter": 200, "gtol": 0}
            )
            newton = optimize.minimize(
                regression.value, initial, jac=regression.gradient, hess=regression.hessian, method="trust-exact",
                options={"maxiter": 200},
            )
            found |= {"iris/cg": rounded([cg.fun]), "iris/newton": rounded([newton.fun])}
            found["iris/hessian"] = regression.hessian(initial)
    return {key: np.ascontiguousarray(value) for key, value in found.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    tensors(print)
