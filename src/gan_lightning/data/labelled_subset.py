"""The labelled subset of semi-supervised training."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.data.sample_source import SampleSource, SampleTable
from gan_lightning.data.split import running_class_counts


def labelled_subset(source: SampleSource | None, each: int, seed: int) -> tuple[SampleTable, Tensor]:
    """`each` samples of every class, chosen by the seed alone, with their labels; and their row numbers.

    Raises:
        UsageError: the samples have no labels, or there are too few of a class.
    """
    labels = source.labels if isinstance(source, SampleTable) else None
    if not isinstance(source, SampleTable) or not isinstance(labels, Tensor) or labels.dtype != torch.int64:
        raise UsageError(
            "learning from few labels takes a finite data set that has some: use labelled data (data=mnist5k, or "
            "data=image_folder data.classes=N of a folder with a folder for each class; "
            "TensorData(samples, labels=labels) in Python)"
        )
    counts = labels.bincount()
    if int(counts.min()) < each:
        raise UsageError(
            f"objective.labels_per_class={each}, but there are only {int(counts.min())} training samples of class "
            f"{int(counts.argmin())}: use at most as many"
        )
    order = torch.randperm(len(source), generator=new_rng(seed, "labelled"))
    chosen = order[running_class_counts(labels[order]) <= each]
    return SampleTable(source.rows[chosen], flip=source.flip, labels=labels[chosen]), chosen
