"""The real samples that fakes are scored against, and others that stand in for fakes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gan_lightning.core.chunks import chunks
from gan_lightning.core.errors import UsageError
from gan_lightning.core.part_name import part_name
from gan_lightning.core.rng import new_rng
from gan_lightning.data.base import AdversarialDataModule
from gan_lightning.data.distribution import SamplingDistribution
from gan_lightning.data.sample_source import RowIndexable, SampleTable
from gan_lightning.metric.base import Split

MIN_REAL = 6  # coverage takes the fifth neighbour


@dataclass(frozen=True)
class RowSelection:
    """A selection of rows, read on access.

    Args:
        rows: samples by their numbers.
        index: row numbers, int64 [N].
        labels: of all rows; None for unlabelled data.
    """

    rows: RowIndexable
    index: Tensor
    labels: RowIndexable | None = None

    def __len__(self) -> int:
        return len(self.index)

    def parts(self, numbers: Tensor, size: int) -> Iterator[Tensor]:
        """The samples of these numbers, 0 to N - 1, at most `size` at a time."""
        return (self.rows[self.index[part]] for part in torch.split(numbers, size))

    @property
    def label(self) -> Tensor | None:
        """The labels of the selection, [N, ...]."""
        return None if self.labels is None else self.labels[self.index]

    def labels_in_proportion(self, n: int) -> Tensor | None:
        """Classes of n samples, int64 [n], in the proportions of the selection, in random order.

        Other labels in the order of the selection, again from the first where it has fewer.
        """
        if (label := self.label) is None:
            return None
        if label.dim() > 1:
            return label[torch.arange(n) % len(label)]
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
        name: of the data, with a hash of the samples or of the distribution's parameters.
        split: origin of the reference: `train`, `held_out`, or `fresh` for a distribution.
        reference: the reals that fakes are scored against.
        stand_in_fakes: as many as fakes, from outside the reference; None where there are too few.
        n_spare: number of reals outside the reference; None for a distribution.
    """

    name: str
    split: str
    reference: RowSelection
    stand_in_fakes: RowSelection | None
    n_spare: int | None


def real_samples(data: AdversarialDataModule, split: Split, n_real: int, n_fake: int) -> RealReference:
    """Reference and stand-in fakes: the same samples in every run, whatever its seed.

    Args:
        data: after `setup`.
        split: origin of the reference; the stand-in fakes come from the other split.
        n_real: largest number of reals in the reference.
        n_fake: number of fakes.

    Raises:
        UsageError: there are too few.
    """
    kind = part_name(f"{type(data).__module__}.{type(data).__qualname__}")
    if isinstance(data.train, SamplingDistribution):
        fresh = data.train.sample(n_real + n_fake, new_rng("score", "reals"))
        labels = data.train.classes(n_real + n_fake, new_rng("score", "reals"))
        numbers = torch.arange(len(fresh))
        name = f"{kind} {_digest(data.train)}"
        parts = [RowSelection(fresh, part, labels) for part in (numbers[:n_real], numbers[n_real:])]
        return RealReference(name, "fresh", parts[0], parts[1], None)
    if not isinstance(data.train, SampleTable):
        raise UsageError(
            f"scores take a SampleTable or a SamplingDistribution; data={kind} trains on {type(data.train).__name__}"
        )
    ours, others = (data.train, data.held_out) if split == "train" else (data.held_out, data.train)
    if few := too_few(data, split):
        raise UsageError(f"{few}: choose metric.split, a larger data.held_out, or metric=none")
    reference = RowSelection(ours.rows, random_rows(len(ours), n_real), ours.labels)
    stand_in = None
    if len(others) >= n_fake:
        stand_in = RowSelection(others.rows, random_rows(len(others), n_fake), others.labels)
    return RealReference(f"{kind} {reference.digest()[:8]}", split, reference, stand_in, len(others))


def too_few(data: AdversarialDataModule, split: Split) -> str | None:
    """Text that says that a split has too few samples to be scored against; None where it has enough."""
    ours = data.train if split == "train" else data.held_out
    if not isinstance(ours, SampleTable) or len(ours) >= MIN_REAL:
        return None
    return f"the {split} split of these data holds {len(ours)} sample(s), and scores need at least {MIN_REAL}"


def n_outside(data: AdversarialDataModule, split: Split) -> int | None:
    """Number of reals outside `split`; None for a distribution."""
    if not isinstance(data.train, SampleTable):
        return None
    return len(data.held_out) if split == "train" else len(data.train)


def random_rows(total: int, n: int) -> Tensor:
    """Numbers of at most `n` rows out of `total`, in random order: the same ones in every run."""
    return torch.randperm(total, generator=new_rng("score", total))[:n]


def _digest(distribution: SamplingDistribution) -> str:
    """A hash of the distribution's parameters, to six digits: the last ones differ between machines."""
    values = [torch.as_tensor(value).double().flatten() for _, value in sorted(vars(distribution).items())]
    text = " ".join(f"{value:.5f}" for value in (torch.cat(values).round(decimals=5) + 0.0).tolist())
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
