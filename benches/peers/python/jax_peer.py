"""JAX: one jitted function of everything, with donated state. Many steps are one call, but for convolutions: XLA's are
naive inside a loop (30 ms a step and worse). --reshape-pool writes pooling as a reshape and a maximum, which is at times
faster than the usual window."""

import functools
import math
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import items
import serve


def parameters(work):
    """Images are channels last, which is XLA's own order on a CPU; so the first dense layer's columns move."""
    values, tensors, shape = [], iter(work.parameters), items.NETS[work.item.net][0]
    flat = None
    for kind, *sizes in items.NETS[work.item.net][1]:
        if kind == "dense":
            weight, bias = next(tensors), next(tensors)
            if flat:
                weight, flat = weight.reshape(-1, *flat).transpose(0, 2, 3, 1).reshape(weight.shape), None
            values.append((jnp.asarray(weight.T.copy()), jnp.asarray(bias)))
        elif kind == "conv":
            weight, bias = next(tensors), next(tensors)
            values.append((jnp.asarray(weight.transpose(2, 3, 1, 0).copy()), jnp.asarray(bias)))
            side = shape[1] + 2 * sizes[3] - sizes[2] + 1
            shape = (sizes[1], side, side)
        elif kind == "norm":
            values.append((jnp.asarray(next(tensors)), jnp.asarray(next(tensors))))
        elif kind == "pool":
            shape = (shape[0], shape[1] // 2, shape[2] // 2)
        elif kind == "flatten":
            flat = shape
    return values


def pool(x):
    if "--reshape-pool" in sys.argv:
        batch, height, width, channels = x.shape
        return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def convolve(x, weight, bias, padding):
    numbers = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, weight, (1, 1), [(padding, padding)] * 2, dimension_numbers=numbers) + bias


def normalize(x, scale, shift, running):
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    count = math.prod(x.shape[:3])
    moved = (0.9 * running[0] + 0.1 * mean, 0.9 * running[1] + 0.1 * variance * count / (count - 1))
    return (x - mean) * lax.rsqrt(variance + 1e-5) * scale + shift, moved


def forward(net, values, running, x):
    """The output, and the running statistics moved on."""
    values, running, moved = iter(values), iter(running), []
    for kind, *sizes in items.NETS[net][1]:
        if kind == "dense":
            weight, bias = next(values)
            x = x @ weight + bias
        elif kind == "conv":
            x = convolve(x, *next(values), sizes[3])
        elif kind == "norm":
            x, statistics = normalize(x, *next(values), next(running))
            moved.append(statistics)
        elif kind == "pool":
            x = pool(x)
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        else:
            x = {"relu": jax.nn.relu, "tanh": jnp.tanh}[kind](x)
    return x, moved


def data_of(work):
    return jnp.asarray(work.input.transpose(0, 2, 3, 1) if work.input.ndim == 4 else work.input)


def infer(work):
    values, x = parameters(work), data_of(work)
    call = jax.jit(lambda values, x: forward(work.item.net, values, [], x)[0])

    def run(count):
        for _ in range(count):
            output = call(values, x)
        return np.asarray(output)
    return run


def step_of(work):
    """A function of the state, and the first state: parameters, Adam's moments, its step, running statistics."""
    net, x, target = work.item.net, data_of(work), jnp.asarray(work.target)

    def loss(values, running, x, target):
        output, running = forward(net, values, running, x)
        if work.item.is_regression:
            return jnp.mean((output - target) ** 2), running
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(output), target[:, None], 1)), running

    def step(state, x, target):
        values, first, second, count, running = state
        (value, running), gradient = jax.value_and_grad(loss, has_aux=True)(values, running, x, target)
        count = count + 1
        b1, b2 = items.BETA1, items.BETA2
        first = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, first, gradient)
        second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, second, gradient)
        c1, c2 = 1 - b1 ** count, 1 - b2 ** count
        values = jax.tree.map(
            lambda p, m, v: p - work.learning_rate * (m / c1) / (jnp.sqrt(v / c2) + items.EPSILON), values, first, second)
        return (values, first, second, count, running), value

    values = parameters(work)
    zeros = lambda: jax.tree.map(jnp.zeros_like, values)
    running = [(jnp.zeros(sizes[0]), jnp.ones(sizes[0])) for kind, *sizes in items.NETS[net][1] if kind == "norm"]
    return step, (values, zeros(), zeros(), jnp.float32(0), running), x, target


def train_in_one_call(work):
    step, state, x, target = step_of(work)

    @functools.partial(jax.jit, donate_argnums=0)
    def steps(state, x, target, count):
        body = lambda _, carry: step(carry[0], x, target)
        return lax.fori_loop(0, count, body, (state, jnp.float32(0)))

    def run(count):
        nonlocal state
        state, value = jax.block_until_ready(steps(state, x, target, count))
        return np.asarray(value)
    return run


def train(work):
    step, state, x, target = step_of(work)
    call = jax.jit(step, donate_argnums=0)

    def run(count):
        nonlocal state
        for _ in range(count):
            state, value = call(state, x, target)
        jax.block_until_ready((state, value))
        return np.asarray(value)
    return run


def prepare(work):
    convolves = work.item.net in ("lenet", "colour")
    if "--reshape-pool" in sys.argv and not convolves:
        return None
    if not work.item.trains:
        return infer(work)
    return train(work) if convolves else train_in_one_call(work)


if __name__ == "__main__":
    serve.serve(prepare)
