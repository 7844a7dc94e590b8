"""Scores of critics: one number a sample, a vector or a map of them, alone or in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

SCORE = "score"


def scores_only(critic: Callable[..., Any]) -> Callable[..., Tensor]:
    """The critic as a function of its scores alone: of a dictionary, the entry "score"; anything else as it is."""

    def score(*inputs: Any, **options: Any) -> Tensor:
        output: Any = critic(*inputs, **options)
        if isinstance(output, Mapping):
            output = output.get(SCORE, output)
        return output  # type: ignore[no-any-return]

    return score


def per_sample(scores: Tensor) -> Tensor:
    """One score a sample: the mean of each sample's scores [n, ...], [n]; those that are one each stay as they are."""
    return scores if scores.numel() == len(scores) else scores.flatten(1).mean(1)
