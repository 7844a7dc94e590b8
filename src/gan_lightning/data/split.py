"""Splits into training and held-out samples: the same in every run, whatever its seed."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Gt, Lt
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng

Share = Annotated[float, Gt(0), Lt(1)]


def split(total: int, share: float, where: str) -> tuple[Tensor, Tensor]:
    """Row numbers (train, held out) of a random split that depends on `total` and `share` alone; neither is empty.

    Raises:
        UsageError: fewer than two samples; `where` names what they were read from.
    """
    if total < 2:
        raise UsageError(f"{where} holds {total} sample(s): at least 2 are needed, one to train on and one to hold out")
    order = torch.randperm(total, generator=new_rng("held out"))
    held = min(max(round(total * share), 1), total - 1)
    return order[held:], order[:held]


def split_by(held_out: Tensor, where: str, names: tuple[str, str]) -> tuple[Tensor, Tensor]:
    """Row numbers (train, held out) by a mask [N] of the rows held out, each in the random order of `split`.

    Raises:
        UsageError: one of the two is empty; `where` names what they were read from, `names` the two.
    """
    order = torch.randperm(len(held_out), generator=new_rng("held out"))
    for name, empty in zip(names, (bool(held_out.all()), not held_out.any()), strict=True):
        if empty:
            raise UsageError(f"{where} holds no image in {name} that can be read: at least one is needed")
    return order[~held_out[order]], order[held_out[order]]


def stratified(labels: Tensor, each: int) -> tuple[Tensor, Tensor]:
    """Row numbers (train, held out) with `each` samples of every class held out.

    The order is random but for the ends: the first training rows are of the classes that filled up first, the last
    held-out rows of those that did last. For a few rows, draw them at random.
    """
    order = torch.randperm(len(labels), generator=new_rng("held out"))
    rank = running_class_counts(labels[order])
    return order[rank > each], order[rank <= each]


def running_class_counts(labels: Tensor) -> Tensor:
    """For each label, the number of labels of its class up to and with it: 1 for the first."""
    counts = torch.nn.functional.one_hot(labels.long()).cumsum(0)
    return counts.gather(1, labels.long()[:, None])[:, 0]
