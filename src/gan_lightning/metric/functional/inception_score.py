"""Inception score: confidence of a classifier on each fake, and variety of classes over all."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.metric.functional.inputs import as_rows
from gan_lightning.metric.functional.spread import Estimate


def inception_score(probabilities: Tensor, splits: int = 10) -> Estimate:
    """exp(E_x KL(p(y|x) ‖ p(y))), which lies in [1, K] (Salimans et al. 2016, arXiv:1606.03498, section 4).

    With probabilities of any classifier other than Inception it is called `classifier_score/<classifier>`. The samples
    must be in random order: a split that holds few classes scores low.

    Args:
        probabilities: p(y|x) of the fakes, [N, K].
        splits: consecutive parts, as equal as N allows, each scored by its own p(y).

    Returns:
        Mean and standard deviation over the splits.

    Raises:
        UsageError: there are fewer samples than splits, or rows that are no probabilities.
    """
    probabilities = as_rows("probabilities", probabilities, splits).double()
    if splits < 1:
        raise UsageError(f"inception_score: splits={splits}: give 1 or more")
    if probabilities.min() < 0 or (probabilities.sum(1) - 1).abs().max() > 1e-3:
        raise UsageError(
            "inception_score: rows are no probabilities: for a network's output, inception_score_of_logits"
        )
    return Estimate.over(torch.stack([_score(part) for part in probabilities.tensor_split(splits)]))


def inception_score_of_logits(logits: Tensor, splits: int = 10) -> Estimate:
    """`inception_score` of the softmax of `logits` [N, K]."""
    return inception_score(as_rows("logits", logits, splits).double().softmax(1), splits)


def _score(probabilities: Tensor) -> Tensor:
    # E KL(p(y|x) ‖ p(y)) is the entropy of the mean less the mean of the entropies.
    of_mean: Tensor = torch.special.entr(probabilities.mean(0)).sum()
    of_each: Tensor = torch.special.entr(probabilities).sum(1)
    return (of_mean - of_each.mean()).exp()
