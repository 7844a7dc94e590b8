"""Samples as rows: the validated input of every score."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError


def as_rows(name: str, samples: Tensor, least: int = 1) -> Tensor:
    """One flat row per sample, [N, d], in the precision given and without its gradient.

    Args:
        name: of the samples, for errors.
        samples: [N, ...].
        least: the smallest number of samples for which the score is defined.

    Raises:
        UsageError: there are too few samples, or some hold NaN or infinity.
    """
    if samples.dim() < 2:
        raise UsageError(f"{name} has shape {list(samples.shape)}: give one row per sample, [N, d]")
    if len(samples) < least:
        raise UsageError(f"{name} has {len(samples)} samples: this score needs at least {least}")
    flat = samples.detach().flatten(1)
    # A double holds any sum of singles, so the sum of a row is finite exactly where the row is.
    nonfinite = int((~flat.sum(1, dtype=torch.float64).isfinite()).sum())
    if nonfinite:
        raise UsageError(
            f"{name}: {nonfinite} of {len(flat)} samples hold NaN or infinity: look for where training diverged"
        )
    return flat


def as_row_pair(real: Tensor, fake: Tensor, least: int = 1) -> tuple[Tensor, Tensor]:
    """Both sets as rows of one width.

    Raises:
        UsageError: see `as_rows`; or the widths differ.
    """
    real, fake = as_rows("real", real, least), as_rows("fake", fake, least)
    if real.shape[1] != fake.shape[1]:
        raise UsageError(f"real has {real.shape[1]} values per sample and fake {fake.shape[1]}: score like with like")
    return real, fake
