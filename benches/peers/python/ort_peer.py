"""ONNX Runtime, inference only, with input and output bound once."""

import os
import sys

import numpy as np
import onnxruntime as ort

import items
import serve


def prepare(work):
    if work.item.trains:
        return None
    options = ort.SessionOptions()
    options.intra_op_num_threads = serve.threads()
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    path = os.path.join(sys.argv[1], f"{work.item.key}.onnx")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    output = ort.OrtValue.ortvalue_from_numpy(np.zeros((work.item.batch, items.output_len(work.item.net)), np.float32))
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", ort.OrtValue.ortvalue_from_numpy(work.input))
    binding.bind_ortvalue_output(session.get_outputs()[0].name, output)

    def run(count):
        for _ in range(count):
            session.run_with_iobinding(binding)
        return output.numpy()
    return run


if __name__ == "__main__":
    serve.serve(prepare)
