#!/usr/bin/env python3
"""Makes the models of Keras, through TensorFlow and tf2onnx, that onnx/tests/import.rs reads, and ONNX Runtime's outputs for
them: `expected_tensorflow.safetensors`.

    python3 onnx/tests/import/make_tensorflow.py

Versions: see requirements_tensorflow.txt. It is apart from make.py because Keras has one backend in a process: there PyTorch.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import onnx
import onnxruntime
import tensorflow
import tf2onnx
from keras import layers
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(2)


def functional(shape, *made):
    """tf2onnx asks for `output_names`, which only models that are made of a graph have."""
    x = given = keras.Input(shape, name="x")
    for layer in made:
        x = layer(x)
    return keras.Model(given, x)


def models():
    """Not among them: exact GELU, which Keras takes from TensorFlow's `Erfc`, and tf2onnx has no operator for that."""
    yield "tensorflow_image", functional(
        (12, 12, 3),
        layers.Conv2D(6, 3, padding="same", activation="relu", name="conv1"),
        layers.BatchNormalization(name="norm"),
        layers.MaxPooling2D(2),
        layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="conv2"),
        layers.BatchNormalization(name="norm2"),
        layers.ReLU(),
        layers.Conv2D(8, 2, padding="valid", activation="tanh", name="conv3"),
        layers.Flatten(),
        layers.Dense(9, activation="sigmoid", name="hidden"),
        layers.Dense(4, activation="softmax", name="scores"),
    )
    yield "tensorflow_sequence", functional(
        (20, 3),
        layers.Conv1D(6, 5, padding="causal", dilation_rate=2, activation="relu", name="conv1"),
        layers.MaxPooling1D(2),
        layers.Conv1D(5, 3, padding="same", activation="silu", name="conv2"),
        layers.Conv1D(4, 3, padding="valid", name="conv3"),
        layers.LeakyReLU(0.1),
        layers.Flatten(),
        layers.Dense(5, activation="silu", name="hidden"),
        layers.Dense(2, name="out"),
    )
    yield "tensorflow_perceptron", functional(
        (7,),
        layers.Dense(16, activation="tanh", name="hidden1"),
        layers.Dropout(0.25),
        layers.Dense(16, activation="tanh", name="hidden2"),
        layers.Dense(3, name="out"),
    )
    yield "tensorflow_each_position", functional((6, 3), layers.Dense(4, name="each"), layers.Flatten(), layers.Dense(2))


def settle(model):
    """Weights that are not those of the first step: statistics and biases among them."""
    for layer in model.layers:
        made = [random.normal(0.1, 0.3, weight.shape).astype("float32") for weight in layer.get_weights()]
        if isinstance(layer, layers.BatchNormalization):
            made[3] = np.abs(made[3]) + 0.5
        layer.set_weights(made)


def main():
    arrays = {}
    for name, model in models():
        settle(model)
        path = os.path.join(HERE, f"{name}.onnx")
        signature = [tensorflow.TensorSpec((None, *model.input_shape[1:]), "float32", name="x")]
        tf2onnx.convert.from_keras(model, signature, opset=17, output_path=path)
        onnx.checker.check_model(path, full_check=True)
        given = random.normal(0, 1, (1, *model.input_shape[1:])).astype("float32")
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        [output] = session.run(None, {"x": given})
        assert np.abs(output - np.asarray(model(given))).max() < 1e-5 * np.abs(output).max() + 1e-6
        arrays |= {f"{name}.input0": given[0], f"{name}.output0": output[0]}
    save_file(arrays, os.path.join(HERE, "expected_tensorflow.safetensors"))


if __name__ == "__main__":
    main()
