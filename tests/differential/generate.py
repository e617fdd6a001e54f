"""Writes random declarations of networks, and what their twins in PyTorch compute, for tests/differential.rs.

    python tests/differential/generate.py --seed 7 --networks 60 FOLDER

FOLDER gets networks.rs, a test for each network, and networks.safetensors. Of each network, behind its name and a stroke:

    inputs, targets         samples of all batches, f32; of a classifier, labels (u8) in place of targets
    initial/<segment>       parameters and running statistics, f32
    outputs                 of the first batch in training, f64, as all that follows
    input_gradient, gradient/<segment>      of the mean loss of the first batch
    losses                  before each step, of which each has a batch
    trained/<segment>       parameters and running statistics after the last step
    inference               outputs of the trained network for all samples

A network with dropout that drops is not trained, because PyTorch draws other random numbers: it has `inputs`, `initial`
and `inference` only.
"""

import argparse
import copy
import random
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "reference"))

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

from conditioning import Kinks, distance
from declarations import BLOCKS, FIRST, LAYERS, Network, Unfit
from training import OPTIMIZERS
from twins import gradients, parameters

LANES = [1, 8, 16, 32]
# How far PyTorch in f32 may be from PyTorch in f64: a tenth of what castnet may be. For a network on f64, it says how
# much rounding errors grow, which are 1e-9 as large there.
CONDITION = {"f32": 1e-5, "f64": 1e-3}
# How close to a kink a value may come, relative to the largest in its layer.
CLOSENESS = {"f32": 3e-6, "f64": 1e-12}


class Case:
    """A network, and how it is trained."""

    def __init__(self, seed, number):
        self.random = chance = random.Random(f"{seed}/{number}")
        self.name = f"network{number}"
        self.scalar = chance.choice(["f32", "f64"])
        self.lanes = LANES[number % len(LANES)]
        kinds = [*LAYERS, *BLOCKS, FIRST]
        wanted = {kinds[index % len(kinds)] for index in range(number * 3, number * 3 + 3)}
        self.drops = "dropout" in wanted
        self.classifies = chance.random() < 0.4
        self.network = Network(chance, wanted, self.scalar, self.classifies, self.drops)
        if not self.network.chance.kinds & wanted:
            raise Unfit
        self.optimizer = chance.choice(OPTIMIZERS)(chance, self.scalar)
        self.batches = self.draw_batches()
        self.seed = chance.getrandbits(32)

    def draw_batches(self):
        """Batches of several sizes. Batch norm over few samples is little but rounding errors."""
        few = 8 if "batch_norm" in self.network.chance.kinds else 1
        return [self.random.randint(few, 35) for _ in range(1 if self.drops else 3)]

    def samples(self):
        count = sum(self.batches)
        if self.network.limit is None:
            inputs = torch.randn(count, *self.network.input)
        else:
            inputs = torch.randint(self.network.limit, [count, *self.network.input]).float()
        if self.classifies:
            return inputs, torch.randint(self.network.output[0], [count])
        return inputs, torch.randn(count, *self.network.output)

    def loss_of(self, outputs, targets):
        return (nn.functional.cross_entropy if self.classifies else nn.functional.mse_loss)(outputs, targets)

    def compute(self):
        """All tensors of the network; none if it cannot be compared."""
        torch.manual_seed(self.seed)
        network = self.network.build()
        randomise_norms(network)
        inputs, targets = self.samples()
        labels = {"labels": targets.numpy().astype(np.uint8)} if self.classifies else {"targets": targets.numpy()}
        tensors = {"inputs": inputs.numpy()} | {f"initial/{key}": value for key, value in parameters(network).items()}
        tensors |= {} if self.drops else labels

        run = self.predict if self.drops else self.train
        in_f32 = run(copy.deepcopy(network), inputs, targets)
        targets = targets if self.classifies else targets.double()
        kinks = Kinks(network)
        in_f64 = run(network.double(), inputs.double(), targets)
        if kinks.closest < CLOSENESS[self.scalar] or distance(in_f32, in_f64) > CONDITION[self.scalar]:
            raise Unfit
        return tensors | in_f64

    def predict(self, network, inputs, _):
        return {"inference": network.eval()(inputs).detach().numpy()}

    def train(self, network, inputs, targets):
        optimizer = self.optimizer.twin(network)
        tensors, losses = {}, []
        for batch, expected in zip(inputs.split(self.batches), targets.split(self.batches)):
            batch.requires_grad_(not losses)
            optimizer.zero_grad()
            outputs = training(network)(batch)
            loss = self.loss_of(outputs, expected)
            loss.backward()
            if not losses:
                tensors = {"outputs": outputs.detach().numpy(), "input_gradient": batch.grad.numpy()}
                tensors |= {f"gradient/{key}": value for key, value in gradients(network).items()}
            losses.append(loss.item())
            optimizer.step()
        tensors |= {f"trained/{key}": value for key, value in parameters(network).items()}
        return tensors | {"losses": np.array(losses)} | self.predict(network, inputs.detach(), None)

    def text(self, seed):
        """A module with the network, and its test."""
        declaration = self.network.text("Net")
        sizes = sorted(size for size in self.network.chance.constants if re.search(rf"SIZE_{size}\b", declaration))
        constants = "".join(f"    const SIZE_{size}: usize = {size};\n" for size in sizes)
        indented = "\n".join(f"        {line}" for line in declaration.splitlines())
        loss = f"castnet::losses::{'SoftmaxCrossEntropy' if self.classifies else 'MeanSquaredError'}"
        return f'''
mod {self.name} {{
{constants}    castnet::network! {{
{indented}
    }}
}}

#[test]
fn {self.name}() {{
    let case = crate::check::Case {{
        name: "{self.name}",
        seed: {seed},
        batches: &{self.batches},
        tensors: TENSORS,
        declaration: DECLARATIONS[{self.name.removeprefix("network")}],
    }};
    let (loss, rate) = ({loss}, {self.optimizer.rate});
    case.check::<{self.name}::Net, _, _, {self.lanes}>(loss, || {self.optimizer.text}, rate);
}}
'''


def training(network):
    network.train()
    for layer in network.modules():
        if hasattr(layer, "frozen"):
            layer.eval()
    return network


def randomise_norms(network):
    """Scales of 1, shifts of 0 and statistics that were never moved would hide faults."""
    for layer in network.modules():
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, std=0.5)
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(layer.running_mean, std=0.5)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)


def case(seed, number):
    """The network of a number, drawn again until there is one that can be compared."""
    for attempt in range(1000):
        try:
            found = Case(f"{seed}/{attempt}", number)
            return found, found.compute()
        except Unfit:
            continue
    raise SystemExit(f"no network {number} of seed {seed} can be compared")


def main():
    parser = argparse.ArgumentParser(description="Random networks and what PyTorch computes of them")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--networks", type=int, default=60)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    texts, declarations, tensors = [], [], {}
    for number in range(options.networks):
        found, computed = case(options.seed, number)
        texts.append(found.text(options.seed))
        declarations.append(found.network.text("Net"))
        tensors |= {f"{found.name}/{key}": np.ascontiguousarray(value) for key, value in computed.items()}
    command = f"python tests/differential/generate.py --seed {options.seed} --networks {options.networks}"
    quoted = "".join(f'    r"{text}",\n' for text in declarations)
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "networks.rs").write_text(
        f"// Written by `{command}`.\n\n"
        'static TENSORS: &[u8] = include_bytes!("networks.safetensors");\n\n'
        f"static DECLARATIONS: &[&str] = &[\n{quoted}];\n" + "".join(texts)
    )
    save_file(tensors, options.folder / "networks.safetensors")


if __name__ == "__main__":
    main()
