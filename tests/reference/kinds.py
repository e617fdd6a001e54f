"""A small network for every kind of layer and block, for tests/reference/kinds.rs to compare with.

The file kinds.safetensors has of each case, all of it behind the case's name and a stroke:

    inputs, targets         random numbers, f32
    initial/<segment>       parameters and running statistics, f32
    outputs                 in training, f64, as all that follows
    losses                  their mean squared error, one number
    input_gradient          its gradient in the inputs
    gradient/<segment>      its gradient in the parameters
    running/<segment>       running statistics after this batch
    inference               outputs at inference, before the batch

A case of what is random in training has `inputs`, `initial` and `inference` only.
"""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from twins import Concat, Embedding, Residual, Scaled, Slice, Sum, gradients, parameters

# A full group of 8 and a partly masked one; groups of 16 and 32 are partly masked.
SAMPLES = 11


def layers(**named):
    return nn.Sequential(OrderedDict(named))


def block(module, **named):
    return module(OrderedDict(named))


def zeros(before, after):
    """Zeros before and after a sequence."""
    return nn.ConstantPad1d((before, after), 0.0)


def cases():
    """The shape of a sample, and the network. A case is called by its kind, or by that and what is special about it.
    Layers are called as castnet calls them: by kind and place. Those without parameters may have any name."""
    return {
        "dense": ([5], layers(dense1=nn.Linear(5, 4))),
        "dense_without_bias": ([3], layers(dense1=nn.Linear(3, 18, bias=False))),
        "conv2d": ([2, 6, 5], layers(conv2d1=nn.Conv2d(2, 3, 3))),
        "conv2d_strided": ([2, 7, 6], layers(conv2d1=nn.Conv2d(2, 3, (3, 2), (2, 1), (1, 0), bias=False))),
        "conv2d_same": ([1, 4, 5], layers(conv2d1=nn.Conv2d(1, 2, (2, 3), padding="same"))),
        "conv2d_dilated": ([2, 8, 6], layers(conv2d1=nn.Conv2d(2, 3, (3, 2), dilation=(2, 3), padding=(1, 0)))),
        "conv2d_dilated_same": ([1, 6, 5], layers(conv2d1=nn.Conv2d(1, 2, (2, 3), dilation=3, padding="same"))),
        "conv2d_padded": ([2, 4, 5], layers(pad=nn.ZeroPad2d((0, 2, 3, 1)), conv2d1=nn.Conv2d(2, 3, 3, (2, 1)))),
        "conv1d": ([2, 11], layers(conv1d1=nn.Conv1d(2, 3, 3))),
        "conv1d_causal": ([2, 13], layers(pad=zeros(8, 0), conv1d1=nn.Conv1d(2, 18, 3, dilation=4))),
        "conv1d_same": ([1, 9], layers(conv1d1=nn.Conv1d(1, 2, 4, dilation=3, padding="same", bias=False))),
        "conv1d_strided": ([3, 12], layers(pad=zeros(1, 2), conv1d1=nn.Conv1d(3, 2, 3, 2, dilation=2))),
        "max_pool1d": ([2, 8], layers(pool=nn.MaxPool1d(2))),
        "max_pool1d_overlapping": ([3, 9], layers(pool=nn.MaxPool1d(3, 2))),
        "avg_pool1d": ([2, 8], layers(pool=nn.AvgPool1d(2))),
        "avg_pool1d_overlapping": ([3, 9], layers(pool=nn.AvgPool1d(3, 2))),
        "max_pool2d": ([2, 4, 6], layers(pool=nn.MaxPool2d(2))),
        "max_pool2d_overlapping": ([1, 5, 7], layers(pool=nn.MaxPool2d((3, 2), (1, 2)))),
        "avg_pool2d": ([2, 4, 6], layers(pool=nn.AvgPool2d(2))),
        "avg_pool2d_overlapping": ([1, 5, 7], layers(pool=nn.AvgPool2d((3, 2), (1, 2)))),
        "flatten": ([2, 2, 3], layers(flatten=nn.Flatten(), dense1=nn.Linear(12, 3))),
        "flatten_of_sequences": ([3, 4], layers(flatten=nn.Flatten(), dense1=nn.Linear(12, 3))),
        "relu": ([9], layers(activation=nn.ReLU())),
        "leaky_relu": ([9], layers(activation=nn.LeakyReLU(0.2))),
        "sigmoid": ([9], layers(activation=nn.Sigmoid())),
        "tanh": ([9], layers(activation=nn.Tanh())),
        "gelu": ([9], layers(activation=nn.GELU())),
        "gelu_behind_dense": ([5], layers(dense1=nn.Linear(5, 4), activation=nn.GELU())),
        "gelu_behind_conv2d": ([1, 4, 4], layers(conv2d1=nn.Conv2d(1, 3, 2), activation=nn.GELU())),
        "silu": ([9], layers(activation=nn.SiLU())),
        "silu_behind_dense": ([5], layers(dense1=nn.Linear(5, 4), activation=nn.SiLU())),
        "silu_behind_conv2d": ([1, 4, 4], layers(conv2d1=nn.Conv2d(1, 3, 2), activation=nn.SiLU())),
        "prelu": ([9], layers(prelu1=nn.PReLU())),
        "prelu_of_channels": ([3, 2, 4], layers(prelu1=nn.PReLU(3))),
        "prelu_of_sequences": ([3, 5], layers(prelu1=nn.PReLU(3))),
        "embedding": ([6], layers(embedding1=Embedding(5, 3))),
        "embedding_padded": (
            [4],
            layers(embedding1=Embedding(7, 2, padding_idx=2), flatten=nn.Flatten(), dense1=nn.Linear(8, 3)),
        ),
        "slice": ([5], layers(slice=Slice(1, 4))),
        "slice_of_channels": ([3, 2, 2], layers(slice=Slice(1, 3))),
        "slice_in_branches": (
            [5],
            layers(
                dense1=nn.Linear(5, 6),
                concat1=block(
                    Concat,
                    branch1=layers(slice=Slice(0, 2), tanh=nn.Tanh()),
                    branch2=layers(slice=Slice(1, 5), dense1=nn.Linear(4, 2)),
                    branch3=layers(slice=Slice(5, 6)),
                ),
            ),
        ),
        "softmax": ([7], layers(softmax=nn.Softmax(dim=1))),
        "dropout": ([6], layers(dropout=nn.Dropout(0.5))),
        "dropout_of_nothing": ([2, 3, 2], layers(dropout=nn.Dropout(0.0))),
        "batch_norm": ([5], layers(batch_norm1=nn.BatchNorm1d(5))),
        "batch_norm_of_channels": ([3, 2, 4], layers(batch_norm1=nn.BatchNorm2d(3))),
        "batch_norm_of_sequences": ([3, 5], layers(batch_norm1=nn.BatchNorm1d(3))),
        "layer_norm": ([7], layers(layer_norm1=nn.LayerNorm(7))),
        "layer_norm_of_images": ([3, 2, 4], layers(layer_norm1=nn.LayerNorm([3, 2, 4]))),
        "layer_norm_of_sequences": ([3, 5], layers(layer_norm1=nn.LayerNorm([3, 5]))),
        "layer": ([6], layers(layer1=Scaled(6))),
        "residual": ([4], layers(residual1=block(Residual, dense1=nn.Linear(4, 4), tanh=nn.Tanh()))),
        "residual_of_images": (
            [2, 3, 3],
            # A bias before batch norm has no gradient but for rounding.
            layers(
                residual1=block(
                    Residual,
                    conv2d1=nn.Conv2d(2, 2, 3, padding=1, bias=False),
                    batch_norm1=nn.BatchNorm2d(2),
                )
            ),
        ),
        "residual_projected": (
            [4],
            layers(residual1=Residual(OrderedDict(dense1=nn.Linear(4, 6)), nn.Linear(4, 6, bias=False))),
        ),
        "residual_projected_images": (
            [2, 5, 4],
            layers(
                residual1=Residual(
                    OrderedDict(conv2d1=nn.Conv2d(2, 3, 3, 2, 1)),
                    nn.Conv2d(2, 3, 1, 2, bias=False),
                )
            ),
        ),
        "residual_of_sequences": (
            [2, 7],
            layers(
                residual1=block(Residual, pad=zeros(4, 0), conv1d1=nn.Conv1d(2, 2, 3, dilation=2), tanh=nn.Tanh()),
            ),
        ),
        "residual_projected_sequences": (
            [2, 7],
            layers(
                residual1=Residual(
                    OrderedDict(conv1d1=nn.Conv1d(2, 3, 3, 2, 1)),
                    nn.Conv1d(2, 3, 1, 2, bias=False),
                )
            ),
        ),
        "concat": (
            [4],
            layers(
                concat1=block(
                    Concat,
                    branch1=layers(dense1=nn.Linear(4, 3), tanh=nn.Tanh()),
                    branch2=layers(),
                    branch3=layers(dense1=nn.Linear(4, 2)),
                )
            ),
        ),
        "concat_of_images": (
            [2, 3, 3],
            layers(
                concat1=block(
                    Concat,
                    branch1=layers(conv2d1=nn.Conv2d(2, 1, 1)),
                    branch2=layers(conv2d1=nn.Conv2d(2, 3, 3, padding=1), relu=nn.ReLU()),
                )
            ),
        ),
        "concat_of_sequences": (
            [2, 6],
            layers(
                concat1=block(
                    Concat,
                    branch1=layers(conv1d1=nn.Conv1d(2, 1, 1)),
                    branch2=layers(conv1d1=nn.Conv1d(2, 3, 3, padding=1), relu=nn.ReLU()),
                )
            ),
        ),
        "sum": (
            [4],
            layers(
                sum1=block(
                    Sum,
                    branch1=layers(dense1=nn.Linear(4, 4), tanh=nn.Tanh()),
                    branch2=layers(),
                    branch3=layers(sigmoid=nn.Sigmoid()),
                )
            ),
        ),
        "repeat": (
            [3],
            layers(
                repeat1_1=layers(dense1=nn.Linear(3, 4), tanh=nn.Tanh()),
                repeat1_2=layers(dense1=nn.Linear(4, 4), tanh=nn.Tanh()),
            ),
        ),
    }


def randomise(network):
    """Scales of 1, shifts of 0 and statistics that were never moved would hide faults."""
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif tensor.is_floating_point():
            tensor.uniform_(-1.0, 1.0)


def is_random(network):
    return any(isinstance(layer, nn.Dropout) and layer.p > 0 for layer in network.modules())


def inputs_of(shape, network):
    """Random numbers, zeros of both signs among them, and large ones if the network is one function of them."""
    tokens = [layer for layer in network.modules() if isinstance(layer, Embedding)]
    if tokens:
        return torch.randint(0, tokens[0].num_embeddings, [SAMPLES, *shape]).float()
    inputs = torch.randn(SAMPLES, *shape)
    flat = inputs.view(SAMPLES, -1)
    flat[0, 0], flat[0, 1] = 0.0, -0.0
    if not parameters(network):
        flat[1] *= 20.0
    return inputs


def compute(shape, network):
    """All tensors of a case, by their names."""
    randomise(network)
    inputs = inputs_of(shape, network)
    tensors = {"inputs": inputs.numpy()} | {f"initial/{key}": value for key, value in parameters(network).items()}
    network, inputs = network.double(), inputs.double()
    tensors["inference"] = network.eval()(inputs).detach().numpy()
    if is_random(network):
        return tensors

    inputs.requires_grad_(True)
    outputs = network.train()(inputs)
    targets = torch.randn(outputs.shape)
    loss = nn.functional.mse_loss(outputs, targets.double())
    loss.backward()
    tensors |= {
        "targets": targets.numpy(),
        "outputs": outputs.detach().numpy(),
        "losses": np.array([loss.item()]),
        "input_gradient": inputs.grad.numpy(),
    }
    tensors |= {f"gradient/{key}": value for key, value in gradients(network).items()}
    running = {key: value for key, value in parameters(network).items() if "running" in key}
    return tensors | {f"running/{key}": value for key, value in running.items()}


def tensors():
    """The tensors of all cases."""
    every = {}
    for case, (shape, network) in cases().items():
        # Each from numbers of its own: a row that is added or taken away leaves the others as they are.
        torch.manual_seed(int.from_bytes(case.encode()[-6:], "little"))
        every |= {f"{case}/{key}": np.ascontiguousarray(value) for key, value in compute(shape, network).items()}
    return every
