"""PyTorch: eager; --script traces and freezes for inference, --compile compiles with inductor."""

import sys

import torch
import torch.nn.functional as F
from torch import nn

import items
import serve


def network(net):
    modules = {
        "dense": lambda i, o: nn.Linear(i, o), "conv": lambda c, f, k, p: nn.Conv2d(c, f, k, padding=p),
        "norm": nn.BatchNorm2d, "relu": nn.ReLU, "tanh": nn.Tanh, "pool": lambda: nn.MaxPool2d(2), "flatten": nn.Flatten,
    }
    return nn.Sequential(*(modules[kind](*sizes) for kind, *sizes in items.NETS[net][1]))


def load(work, dtype=torch.float32):
    model = network(work.item.net).to(dtype)
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), work.parameters, strict=True):
            parameter.copy_(torch.from_numpy(value.copy()))
    return model


def infer(work, mode=None, dtype=torch.float32):
    model, data = load(work, dtype).eval(), torch.from_numpy(work.input).to(dtype)
    if mode == "--script":
        model = torch.jit.freeze(torch.jit.trace(model, data))
    elif mode == "--compile":
        model = torch.compile(model)

    def run(count):
        with torch.inference_mode():
            for _ in range(count):
                output = model(data)
        return output.numpy()
    return run


def train(work, mode=None, dtype=torch.float32, **adam):
    model, data = load(work, dtype).train(), torch.from_numpy(work.input).to(dtype)
    target = torch.from_numpy(work.target)
    target = target.to(dtype) if work.item.is_regression else target
    criterion = F.mse_loss if work.item.is_regression else F.cross_entropy
    optimizer = torch.optim.Adam(
        model.parameters(), lr=work.learning_rate, betas=(items.BETA1, items.BETA2), eps=items.EPSILON, **adam)

    def loss():
        return criterion(model(data), target)
    value = torch.compile(loss) if mode == "--compile" else loss

    def run(count):
        for _ in range(count):
            optimizer.zero_grad(set_to_none=True)
            last = value()
            last.backward()
            optimizer.step()
        return last.detach().numpy()
    return run


def prepare(work):
    mode = sys.argv[2] if len(sys.argv) > 2 else None
    if not work.item.trains:
        return infer(work, mode)
    # Of its three Adams (a loop, foreach, fused) fused is the fastest on all items.
    return None if mode == "--script" else train(work, mode, fused=True)


if __name__ == "__main__":
    torch.set_num_threads(serve.threads())
    torch.set_num_interop_threads(1)
    serve.serve(prepare)
