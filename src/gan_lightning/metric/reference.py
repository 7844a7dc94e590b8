"""The real samples that fakes are held against, and others that stand in for fakes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.distribution import SamplingDistribution
from gan_lightning.data.stream import RowIndexable, SampleTable
from gan_lightning.metric.base import Split

LEAST = 6  # reals: coverage asks for the fifth neighbour


@dataclass(frozen=True)
class RowSelection:
    """Some rows, read when they are asked for.

    Args:
        rows: samples by their numbers.
        index: which of them, int64 [N].
        labels: the classes of all rows, int64; None where they have none.
    """

    rows: RowIndexable
    index: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.index)

    def parts(self, numbers: Tensor, size: int) -> Iterator[Tensor]:
        """The samples of these numbers, 0 to N - 1, at most `size` at a time."""
        return (self.rows[self.index[part]] for part in torch.split(numbers, size))

    @property
    def label(self) -> Tensor | None:
        """Their classes, int64 [N]."""
        return None if self.labels is None else self.labels[self.index]

    def labels_in_proportion(self, n: int) -> Tensor | None:
        """Classes of n samples, int64 [n], in the proportions of these; in random order, for scores of parts."""
        if (label := self.label) is None:
            return None
        ordered = label.sort().values[(torch.arange(n) * len(label) + len(label) // 2) // n]
        return ordered[torch.randperm(n, generator=new_rng(0, "spread"))]

    def digest(self) -> str:
        """A hash of all samples."""
        digest = hashlib.blake2b(digest_size=8)
        for span in chunks(len(self)):
            part = self.rows[self.index[span]].contiguous()
            digest.update(f"{part.dtype}{list(part.shape)}".encode() + part.numpy().tobytes())
        return digest.hexdigest()


class RealReference(NamedTuple):
    """Two disjoint sets of real samples.

    Attributes:
        name: of the data; equal where the data are.
        split: where the reference is from: `train`, `held_out`, or `fresh` for data that never end.
        reference: what fakes are held against.
        others: as many as fakes, from outside the reference; None where there are not so many.
        left: how many there are outside the reference; None where they never end.
    """

    name: str
    split: str
    reference: RowSelection
    stand_in_fakes: RowSelection | None
    n_spare: int | None


def real_samples(data: AdversarialDataModule, split: Split, n_real: int, n_fake: int) -> RealReference:
    """The same samples in every run, whatever its seed.

    Args:
        data: after `setup`.
        split: where the reference is from; the others are from the other one.
        n_real: most reals in the reference.
        n_fake: number of fakes.

    Raises:
        UsageError: there are too few.
    """
    kind = type(data).__module__.rpartition(".")[2]
    if isinstance(data.train, SamplingDistribution):
        fresh = data.train.sample(n_real + n_fake, new_rng("score", "reals"))
        labels = data.train.classes(n_real + n_fake, new_rng("score", "reals"))
        numbers = torch.arange(len(fresh))
        name = f"{kind} {_described(data.train)}"
        parts = [RowSelection(fresh, part, labels) for part in (numbers[:n_real], numbers[n_real:])]
        return RealReference(name, "fresh", parts[0], parts[1], None)
    if not isinstance(data.train, SampleTable):
        raise UsageError(
            f"scores take data in a Table or of a Density, and data={kind} trains on {type(data.train).__name__}"
        )
    pools = {"train": data.train, "held_out": data.held_out}
    ours = pools.pop(split)
    (theirs,) = pools.values()
    if len(ours) < LEAST:
        raise UsageError(
            f"the {split} split of these data holds {len(ours)} sample(s), and scores need at least {LEAST}: choose "
            "metric.split, a larger data.held_out, or metric=none"
        )
    reference = RowSelection(ours.rows, _some(len(ours), n_real), ours.labels)
    others = RowSelection(theirs.rows, _some(len(theirs), n_fake), theirs.labels) if len(theirs) >= n_fake else None
    return RealReference(f"{kind} {reference.digest()[:8]}", split, reference, others, len(theirs))


def n_outside(data: AdversarialDataModule, split: Split) -> int | None:
    """How many reals there are outside `split`; None for data that never end."""
    if not isinstance(data.train, SampleTable):
        return None
    return len(data.held_out) if split == "train" else len(data.train)


def _some(total: int, n: int) -> Tensor:
    return torch.randperm(total, generator=new_rng("score", total))[:n]


def _described(density: SamplingDistribution) -> str:
    """A hash of the density's parameters, to six digits: the last ones differ between machines."""
    values = [torch.as_tensor(value).double().flatten() for _, value in sorted(vars(density).items())]
    text = " ".join(f"{value:.5f}" for value in (torch.cat(values).round(decimals=5) + 0.0).tolist())
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
