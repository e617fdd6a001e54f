"""What PyTorch's losses make of outputs and targets, for tests/reference/losses.rs; written by generate.py.

    outputs, pairs, triples   of five numbers, of two vectors of three, of three vectors of two, a row for each of 13 samples, f64
    labels, truths            classes, and whether pairs belong together, u8
    numbers, positive         targets of five numbers, and such that are not negative, f64
    bits, probabilities       targets that are 0 or 1, and probabilities of five classes, f64
    halves                    targets of two numbers, f64
    weights                   a weight for each sample, f64
    large                     outputs of up to 1e4, f64
    <case>/value              the mean loss of the batch, f64
    <case>/gradient           its derivative in each output, f64

All numbers are such that `f32` holds them exactly.
"""

import numpy as np
import torch
import torch.nn.functional as F

SAMPLES = 13
# A weight for each of five classes, and what the positive targets of five outputs count.
CLASS_WEIGHTS = torch.tensor([0.5, 1.0, 2.0, 0.25, 4.0], dtype=torch.float64)
POSITIVE_WEIGHTS = torch.tensor([3.0, 0.5, 1.0, 2.0, 0.125], dtype=torch.float64)


def rounded(tensor):
    """The same numbers as `f32` has them."""
    return tensor.float().double()


def inputs():
    """All outputs and targets, by their names."""
    generator = torch.Generator().manual_seed(7)

    def normal(*shape):
        return rounded(torch.randn(*shape, generator=generator, dtype=torch.float64))

    found = {"outputs": 3 * normal(SAMPLES, 5), "pairs": normal(SAMPLES, 6), "triples": normal(SAMPLES, 6)}
    found["labels"] = torch.randint(0, 5, (SAMPLES,), generator=generator)
    found["truths"] = torch.randint(0, 2, (SAMPLES,), generator=generator)
    found["numbers"] = 3 * normal(SAMPLES, 5)
    found["positive"] = torch.randint(0, 9, (SAMPLES, 5), generator=generator).double()
    found["bits"] = torch.randint(0, 2, (SAMPLES, 5), generator=generator).double()
    # Parts of 64, of which some are 0.
    parts = torch.randint(0, 12, (SAMPLES, 5), generator=generator).double()
    parts[:, 4] = 64 - parts[:, :4].sum(1)
    found["probabilities"] = parts / 64
    found["halves"] = normal(SAMPLES, 2)
    found["weights"] = rounded(2 * torch.rand(SAMPLES, generator=generator, dtype=torch.float64))
    found["weights"][3] = 0
    signs = torch.randint(0, 3, (SAMPLES, 5), generator=generator).double() - 1
    found["large"] = rounded(1e4 * signs + found["outputs"])
    return found


def focal(outputs, labels, gamma, weights):
    logarithms = F.log_softmax(outputs, 1).gather(1, labels[:, None])[:, 0]
    return -(weights[labels] * (1 - logarithms.exp()) ** gamma * logarithms).mean()


def hinge(outputs, labels, **settings):
    """PyTorch divides by the number of classes."""
    return 5 * F.multi_margin_loss(outputs, labels, **settings)


def perceptron(outputs, labels):
    others = outputs.masked_fill(F.one_hot(labels, 5).bool(), -torch.inf)
    return F.relu(others.max(1).values - outputs.gather(1, labels[:, None])[:, 0]).mean()


def contrastive(pairs, truths, margin):
    distances = (pairs[:, :3] - pairs[:, 3:]).norm(dim=1)
    return torch.where(truths.bool(), distances**2 / 2, F.relu(margin - distances) ** 2 / 2).mean()


def triplet(triples, margin):
    anchor, positive, negative = triples.split(2, 1)
    return F.triplet_margin_loss(anchor, positive, negative, margin=margin, eps=0.0)


def quantile(outputs, targets, part):
    return torch.maximum(part * (targets - outputs), (part - 1) * (targets - outputs)).mean()


def gaussian(outputs, targets):
    """Two means and the logarithms of their variances: of the first four outputs."""
    return F.gaussian_nll_loss(outputs[:, :2], targets, outputs[:, 2:4].exp())


def of_batch(sum_of_losses):
    """The mean over all samples, whatever their weights."""
    return sum_of_losses / SAMPLES


# The outputs, and the loss of them and the other inputs.
CASES = {
    "softmax_cross_entropy": ("outputs", lambda y, x: F.cross_entropy(y, x["labels"])),
    "one_hot": ("outputs", lambda y, x: F.cross_entropy(y, F.one_hot(x["labels"], 5).double())),
    "soft_targets": ("outputs", lambda y, x: F.cross_entropy(y, x["probabilities"])),
    "label_smoothing": ("outputs", lambda y, x: F.cross_entropy(y, x["labels"], label_smoothing=0.1)),
    "class_weights": (
        "outputs",
        lambda y, x: of_batch(F.cross_entropy(y, x["labels"], weight=CLASS_WEIGHTS, reduction="sum")),
    ),
    "ignored_label": (
        "outputs",
        lambda y, x: of_batch(F.cross_entropy(y, x["labels"], ignore_index=2, reduction="sum")),
    ),
    "all_of_cross_entropy": (
        "outputs",
        lambda y, x: of_batch(
            F.cross_entropy(
                y, x["labels"], weight=CLASS_WEIGHTS, ignore_index=1, label_smoothing=0.3, reduction="sum"
            )
        ),
    ),
    "focal": ("outputs", lambda y, x: focal(y, x["labels"], 2.0, torch.ones(5).double())),
    "weighted_focal": ("outputs", lambda y, x: focal(y, x["labels"], 0.75, CLASS_WEIGHTS)),
    "binary_cross_entropy": ("outputs", lambda y, x: F.binary_cross_entropy_with_logits(y, x["bits"])),
    "binary_of_probabilities": ("outputs", lambda y, x: F.binary_cross_entropy_with_logits(y, x["probabilities"])),
    "positive_weight": (
        "outputs",
        lambda y, x: F.binary_cross_entropy_with_logits(y, x["bits"], pos_weight=torch.tensor(2.5).double()),
    ),
    "positive_weights": (
        "outputs",
        lambda y, x: F.binary_cross_entropy_with_logits(y, x["bits"], pos_weight=POSITIVE_WEIGHTS),
    ),
    "negative_log_likelihood": ("outputs", lambda y, x: F.nll_loss(y, x["labels"])),
    "hinge": ("outputs", lambda y, x: hinge(y, x["labels"])),
    "hinge_margin": ("outputs", lambda y, x: hinge(y, x["labels"], margin=2.5)),
    "squared_hinge": ("outputs", lambda y, x: hinge(y, x["labels"], p=2)),
    "perceptron": ("outputs", lambda y, x: perceptron(y, x["labels"])),
    "binary_hinge": ("single", lambda y, x: F.relu(1 - (2 * x["truths"] - 1) * y[:, 0]).mean()),
    "binary_squared_hinge": ("single", lambda y, x: (F.relu(2 - (2 * x["truths"] - 1) * y[:, 0]) ** 2).mean()),
    "binary_perceptron": ("single", lambda y, x: F.relu(-(2 * x["truths"] - 1) * y[:, 0]).mean()),
    "mean_squared_error": ("outputs", lambda y, x: F.mse_loss(y, x["numbers"])),
    "mean_absolute_error": ("outputs", lambda y, x: F.l1_loss(y, x["numbers"])),
    "huber": ("outputs", lambda y, x: F.huber_loss(y, x["numbers"], delta=1.5)),
    "smooth_l1": ("outputs", lambda y, x: F.smooth_l1_loss(y, x["numbers"], beta=0.75)),
    "log_cosh": ("outputs", lambda y, x: (y - x["numbers"]).cosh().log().mean()),
    "quantile": ("outputs", lambda y, x: quantile(y, x["numbers"], 0.9)),
    "poisson": ("outputs", lambda y, x: F.poisson_nll_loss(y, x["positive"])),
    "gaussian": ("four", lambda y, x: gaussian(y, x["halves"])),
    "kullback_leibler": (
        "outputs",
        lambda y, x: F.kl_div(F.log_softmax(y, 1), x["probabilities"], reduction="batchmean"),
    ),
    "cosine": ("outputs", lambda y, x: F.cosine_embedding_loss(y, x["numbers"], torch.ones(SAMPLES).double())),
    "contrastive": ("pairs", lambda y, x: contrastive(y, x["truths"], 2.0)),
    "triplet": ("triples", lambda y, x: triplet(y, 0.5)),
    "sample_weights": (
        "outputs",
        lambda y, x: of_batch((x["weights"] * F.cross_entropy(y, x["labels"], reduction="none")).sum()),
    ),
    "weights_of_numbers": (
        "outputs",
        lambda y, x: of_batch((x["weights"] * F.huber_loss(y, x["numbers"], reduction="none").mean(1)).sum()),
    ),
    "heads": (
        "outputs",
        lambda y, x: F.cross_entropy(y[:, :2], x["truths"]) + 0.25 * F.l1_loss(y[:, 2:], x["numbers"][:, 2:]),
    ),
    "large_softmax": ("large", lambda y, x: F.cross_entropy(y, x["labels"])),
    "large_smoothing": ("large", lambda y, x: F.cross_entropy(y, x["labels"], label_smoothing=0.1)),
    "large_soft_targets": ("large", lambda y, x: F.cross_entropy(y, x["probabilities"])),
    "large_focal": ("large", lambda y, x: focal(y, x["labels"], 2.0, CLASS_WEIGHTS)),
    "large_kullback_leibler": (
        "large",
        lambda y, x: F.kl_div(F.log_softmax(y, 1), x["probabilities"], reduction="batchmean"),
    ),
    "large_squared_hinge": ("large", lambda y, x: hinge(y, x["labels"], p=2)),
    "large_perceptron": ("large", lambda y, x: perceptron(y, x["labels"])),
    "large_log_cosh": ("large", lambda y, x: (F.softplus(-2 * y.abs()) + y.abs() - np.log(2)).mean()),
    "large_binary": ("large", lambda y, x: F.binary_cross_entropy_with_logits(y, x["bits"])),
    "large_hinge": ("large", lambda y, x: hinge(y, x["labels"])),
    "large_log_likelihood": ("large", lambda y, x: F.nll_loss(y, x["labels"])),
}


def tensors():
    """All tensors of the file, by their names."""
    given = inputs()
    found = {name: tensor.numpy() for name, tensor in given.items()}
    for name in ["labels", "truths"]:
        found[name] = found[name].astype(np.uint8)
    given["single"], given["four"] = given["outputs"][:, :1], given["outputs"][:, :4]
    for case, (name, loss_of) in CASES.items():
        outputs = given[name].clone().requires_grad_(True)
        value = loss_of(outputs, given)
        value.backward()
        found[f"{case}/value"] = np.array([value.item()])
        found[f"{case}/gradient"] = outputs.grad.numpy()
    return found
