"""Linear probe: what a linear classifier reads from features."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

DECAY = 1e-3  # of the squared weights
ITERATIONS = 200


def probe_accuracy(features: Tensor, labels: Tensor, test_features: Tensor, test_labels: Tensor, classes: int) -> float:
    """Percent of test samples whose class a logistic regression finds.

    Args:
        features: to train on, [N, d]; standardized here.
        labels: their classes, int64 [N].
        test_features: [M, d].
        test_labels: int64 [M].
        classes: their number.
    """
    x, test = features.double(), test_features.double()
    mean, std = x.mean(0), x.std(0).clamp(min=1e-6)
    x, test = (x - mean) / std, (test - mean) / std
    weight = torch.zeros(classes, x.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimizer.zero_grad()
        value = cross_entropy(x @ weight.T + bias, labels) + DECAY * weight.square().sum()
        torch.autograd.backward(value)
        return value.item()

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = (test @ weight.T + bias).argmax(1)
    return 100 * (found == test_labels).double().mean().item()
