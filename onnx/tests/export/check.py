"""Compares ONNX Runtime's outputs with castnet's, for the models in the folders of a folder:

    python check.py target/onnx [--keep checked.txt]

Each folder has models, and in test_data_set_0 inputs and castnet's outputs. A model is checked by onnx.checker, and computed
for all samples together and for each by itself. With --keep, the hashes of the files are written once all have passed.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

# Of the largest output.
TOLERANCE = 1e-5


def tensors(folder, kind):
    """The tensors input_0.pb, input_1.pb, .."""
    arrays = []
    while (path := folder / f"{kind}_{len(arrays)}.pb").exists():
        arrays.append(numpy_helper.to_array(onnx.load_tensor(str(path))))
    return arrays


def difference(found, expected):
    """The largest one, of the largest that is expected."""
    assert found.shape == expected.shape and found.dtype == expected.dtype, (found.shape, expected.shape)
    assert np.isfinite(found).all() and np.isfinite(expected).all()
    largest = np.abs(expected).max()
    return np.abs(found - expected).max() / largest if largest > 0 else np.abs(found).max()


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    data = path.parent / "test_data_set_0"
    inputs, outputs = tensors(data, "input"), tensors(data, "output")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    assert len(names) == len(inputs) and len(session.get_outputs()) == len(outputs) > 0, path
    samples = len(inputs[0])
    worst = 0.0
    for part in [slice(None)] + [slice(sample, sample + 1) for sample in range(samples)]:
        found = session.run(None, {name: array[part] for name, array in zip(names, inputs)})
        worst = max([worst] + [difference(own, other[part]) for own, other in zip(found, outputs)])
    assert worst <= TOLERANCE, f"{path}: differs by {worst:.1e} of the largest output"
    return worst


def fnv(data):
    """FNV-1a, of 64 bits."""
    result = 0xCBF29CE484222325
    for byte in data:
        result = ((result ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    paths = sorted(arguments.folder.glob("*/*.onnx"))
    assert paths, f"there are no models in {arguments.folder}"
    worst = {path: check(path) for path in paths}
    path = max(worst, key=worst.get)
    print(f"{len(paths)} models: ONNX Runtime {onnxruntime.__version__} computes what castnet does, to {worst[path]:.1e} of the largest output ({path})")
    if arguments.keep:
        lines = [f"{fnv(path.read_bytes()):016x} {path.relative_to(arguments.folder)}\n" for path in paths]
        arguments.keep.write_text("".join(lines))


if __name__ == "__main__":
    main()
