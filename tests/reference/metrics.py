"""Writes what scikit-learn's metrics are of drawn samples, for tests/reference/metrics.rs to compare with.

    python tests/reference/metrics.py

metrics.safetensors has:

    logits, labels          of four classes, of which the last neither occurs nor is named; f64 and u8
    scores, ones            logits of one class, of which several are equal, and whether a sample is of it; f64 and u8
    outputs, targets        of two numbers; f64
    expected/<metric>       scikit-learn's value, by the names of metrics.rs; f64

scikit-learn has no expected calibration error: it is made of the bins of its calibration_curve. Of top accuracy it has one
for labels that all occur, so that it is told of all four.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn import calibration, metrics

SAMPLES = 211
BINS = 15


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def calibration_error(right, confidence):
    """Of how often the named class is right, and how likely it was called."""
    accuracy, probability = calibration.calibration_curve(right, confidence, n_bins=BINS, strategy="uniform")
    # The bins of calibration_curve: each has its upper end.
    places = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)
    counts = np.bincount(places, minlength=BINS)
    return np.sum(counts[counts > 0] / len(right) * np.abs(accuracy - probability))


def of_classes(logits, labels):
    named = logits.argmax(axis=1)
    probabilities = softmax(logits)
    expected = {
        "accuracy": metrics.accuracy_score(labels, named),
        "top 2": metrics.top_k_accuracy_score(labels, logits, k=2, labels=range(4)),
        "top 3": metrics.top_k_accuracy_score(labels, logits, k=3, labels=range(4)),
        "confusion": metrics.confusion_matrix(labels, named, labels=range(4)).ravel().astype(np.float64),
        "calibration error": calibration_error(named == labels, probabilities.max(axis=1)),
    }
    for average in ["macro", "micro", "weighted"]:
        for name in ["precision", "recall", "f1"]:
            score = getattr(metrics, f"{name}_score")
            expected[f"{average} {name}"] = score(labels, named, average=average, zero_division=0)
    # Each class against all others; scikit-learn's own mean takes only labels that all occur.
    one_of = np.eye(4)[labels][:, :3]
    expected["roc auc"] = metrics.roc_auc_score(one_of, probabilities[:, :3], average="macro")
    expected["average precision"] = metrics.average_precision_score(one_of, probabilities[:, :3], average="macro")
    return expected


def of_one_class(scores, ones):
    named = scores > 0
    probabilities = 1 / (1 + np.exp(-scores))
    return {
        "binary accuracy": metrics.accuracy_score(ones, named),
        "binary precision": metrics.precision_score(ones, named),
        "binary recall": metrics.recall_score(ones, named),
        "binary f1": metrics.f1_score(ones, named),
        "binary roc auc": metrics.roc_auc_score(ones, scores),
        "binary average precision": metrics.average_precision_score(ones, scores),
        "binary calibration error": calibration_error(named == ones, np.maximum(probabilities, 1 - probabilities)),
    }


def of_numbers(outputs, targets):
    return {
        "r squared": metrics.r2_score(targets, outputs),
        "mean absolute error": metrics.mean_absolute_error(targets, outputs),
        "root mean squared error": np.sqrt(metrics.mean_squared_error(targets, outputs)),
        "mean absolute percentage error": metrics.mean_absolute_percentage_error(targets, outputs),
        "root mean squared error of one": metrics.root_mean_squared_error(targets[:, 0], outputs[:, 0]),
    }


def main():
    rng = np.random.default_rng(5)
    labels = rng.choice(3, SAMPLES, p=[0.6, 0.3, 0.1])
    logits = rng.normal(size=(SAMPLES, 4)) * 1.5
    logits[np.arange(SAMPLES), labels] += 1
    logits[:, 3] -= 8
    ones = rng.integers(0, 2, SAMPLES)
    scores = np.round(rng.normal(size=SAMPLES) + ones, 1)
    targets = rng.normal(size=(SAMPLES, 2)) + [0, 5]
    outputs = targets + rng.normal(size=(SAMPLES, 2)) * [0.3, 0.8]
    expected = of_classes(logits, labels) | of_one_class(scores, ones) | of_numbers(outputs, targets)
    tensors = {
        "logits": logits,
        "labels": labels.astype(np.uint8),
        "scores": scores,
        "ones": ones.astype(np.uint8),
        "outputs": outputs,
        "targets": targets,
    }
    tensors |= {f"expected/{name}": np.atleast_1d(np.float64(value)) for name, value in expected.items()}
    save_file(tensors, Path(__file__).with_suffix(".safetensors"))


if __name__ == "__main__":
    main()
