"""What every Python program here shares: the work, as the driver wrote it to files, and the answers to the driver.

The driver writes a line to standard input, `W4 32 check` or `W4 32 time 0.3`, and reads one line of JSON.
"""

import gc
import json
import math
import os
import statistics
import sys
import time
from typing import NamedTuple

import numpy as np

import items


class Work(NamedTuple):
    item: items.Item
    parameters: list  # In the order of the layers, in PyTorch's layouts.
    input: np.ndarray  # [batch, *shape of a sample]
    target: np.ndarray | None  # [batch, outputs], or [batch] of classes
    learning_rate: float


def threads():
    return len(os.sched_getaffinity(0))


def read(folder, item, learning_rate):
    parameters, numbers = [], np.fromfile(os.path.join(folder, f"{item.name}.parameters"), np.float32)
    for shape in items.parameter_shapes(item.net):
        parameters.append(numbers[: math.prod(shape)].reshape(shape))
        numbers = numbers[math.prod(shape):]
    target = None
    if item.trains:
        target = np.fromfile(os.path.join(folder, f"{item.key}.target"), np.float32)
        target = target.reshape(item.batch, -1) if item.is_regression else target.astype(np.int64)
    sample = items.NETS[item.net][0]
    data = np.fromfile(os.path.join(folder, f"{item.key}.input"), np.float32).reshape(item.batch, *sample)
    return Work(item, parameters, data, target, learning_rate)


def serve(prepare):
    """Answers until there are no more questions. `prepare(work)` returns a function of a count, which does the work so
    many times and returns the outputs of the last inference, or the loss of the last step, as an array; or None for an
    item that the library cannot do."""
    folder, tasks = sys.argv[1], {}
    # What a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    gc.disable()
    for line in sys.stdin:
        name, batch, verb, *rest = line.split()
        item = items.item_of(name, batch)
        try:
            if verb == "check":
                answer = check(prepare(read(folder, item, items.CHECK_RATE)), item)
            else:
                if item.key not in tasks:
                    tasks[item.key] = Timer(prepare(read(folder, item, items.TIME_RATE)))
                answer = tasks[item.key].measure(float(rest[0]))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        gc.collect()
        print(json.dumps(answer), file=answers, flush=True)


def check(task, item):
    if task is None:
        return {"unsupported": True}
    calls = items.CHECK_STEPS if item.trains else 1
    return {"values": [float(value) for _ in range(calls) for value in np.asarray(task(1)).ravel()]}


class Timer:
    BLOCK = 2e-3

    def __init__(self, task):
        self.task, self.count = task, 1

    def block(self):
        start = time.perf_counter()
        self.task(self.count)
        return time.perf_counter() - start

    def measure(self, seconds):
        """Median and least microseconds of a call, over blocks of calls of at least 2 ms each, for about `seconds`."""
        if self.count == 1:
            self.block()  # Compiles.
        while (taken := self.block()) < self.BLOCK:
            self.count = math.ceil(self.count * min(max(1.1 * self.BLOCK / max(taken, 1e-9), 1.1), 8))
        times, start = [], time.perf_counter()
        while len(times) < 3 or time.perf_counter() - start < seconds:
            times.append(self.block() / self.count * 1e6)
        return {"us": statistics.median(times), "least": min(times), "blocks": len(times)}
