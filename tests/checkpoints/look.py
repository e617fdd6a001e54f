"""Looks into a checkpoint of castnet with PyTorch: `python tests/checkpoints/look.py`, with the requirements of `tests/weights/`.

It prints the numbers that `tests/checkpoints.rs` compares castnet's outputs with.
"""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

PATH = Path(__file__).with_name("version1.safetensors")


class Small(torch.nn.Module):
    """`Small` of `tests/checkpoints.rs`."""

    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(3, 4)
        self.norm = torch.nn.BatchNorm1d(4)
        self.output = torch.nn.Linear(4, 2)

    def forward(self, inputs):
        return self.output(self.norm(torch.tanh(self.hidden(inputs))))


tensors = load_file(PATH)
network = Small().eval()
missing, unexpected = network.load_state_dict(tensors, strict=False)
assert not missing and all(name.startswith("castnet/") for name in unexpected)
print("outputs", network(torch.tensor([[0.5, -0.25, 0.125], [-1.0, 0.75, 0.0]])).tolist())

# What Adam remembers, as PyTorch's Adam has it.
moments = {name: tensors[f"castnet/optimizer/first/{name}"] for name, _ in network.named_parameters()}
assert all(moments[name].shape == parameter.shape for name, parameter in network.named_parameters())
print("first moments of output.bias", moments["output.bias"].tolist())

with safe_open(PATH, "pt") as file:
    metadata = file.metadata()
print("steps", metadata["castnet/steps"])
print(metadata["castnet/history/epochs"])
