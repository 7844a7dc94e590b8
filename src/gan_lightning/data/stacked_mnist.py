"""Stacked MNIST: three random digits as the three color channels, so 1,000 modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from gan_lightning.core.errors import UsageError
from gan_lightning.core.rng import new_rng
from gan_lightning.core.validation import BatchSize, Index, LargeCount, MediumCount, NumWorkers, validate_arguments
from gan_lightning.data.base_images import Images
from gan_lightning.data.io.declared_shape import Shape, check_declared_classes
from gan_lightning.data.mnist import Mnist
from gan_lightning.data.mnist5k import Mnist5k
from gan_lightning.data.placement import DataDevice
from gan_lightning.data.sample_source import SampleTable


class StackedDigits:
    """Rows made on access: row i stacks the digits of the row numbers `triples[i]`.

    Args:
        digits: uint8 images [1, H, W].
        triples: numbers of digits, int64 [N, 3].
    """

    def __init__(self, digits: SampleTable, triples: Tensor) -> None:
        self.digits, self.triples = digits, triples

    def __len__(self) -> int:
        return len(self.triples)

    def __getitem__(self, index: Tensor) -> Tensor:
        """Images [B, 3, H, W] of the rows `index` [B]."""
        digits = self.digits.rows[self.triples[index].flatten()]
        return digits.view(-1, 3, *digits.shape[2:])

    @property
    def nbytes(self) -> int | None:
        """Bytes of the digits and of their numbers."""
        digits = self.digits.nbytes
        return None if digits is None else digits + self.triples.nbytes

    def to(self, device: torch.device) -> StackedDigits:
        """The same rows, made in a device's memory."""
        return StackedDigits(self.digits.to(device), self.triples.to(device))


Digits = Mnist5k | Mnist


def _mnist5k(size: int, root: str | None, download: bool) -> Mnist5k:
    if root is not None or download:
        raise UsageError("data.root and data.download say where MNIST is: add data.digits=mnist, or leave them out")
    return Mnist5k(size=size)


def _mnist(size: int, root: str | None, download: bool) -> Mnist:
    return Mnist(size=size, root=root, download=download)


DIGITS: dict[str, Callable[[int, str | None, bool], Digits]] = {"mnist5k": _mnist5k, "mnist": _mnist}


class StackedMnist(Images):
    """128,000 stacks of three training digits (Metz et al. 2017, arXiv:1611.02163; Lin et al. 2018, arXiv:1712.04086).

    The triples are the same in every run. The papers stack the 60,000 digits of MNIST (`digits=mnist`); the default
    stacks the 4,500 bundled ones, without a download.

    Labels are the modes, 100·red + 10·green + blue.

    Args:
        digits: source of the digits: `mnist5k` or `mnist`.
        root: folder of MNIST's files for `digits=mnist`; null: the usual places.
        download: download MNIST for `digits=mnist` if it is missing.
        rows: number of stacks to train on.
        held_out: number of stacks of held-out digits.
        size: height and width, to which images are resized.
        shape: declared for other parts of a config; [3, size, size].
        classes: declared for networks to read; 1,000.
        batch_size: global batch of one critic update.
        num_workers: processes that prepare steps ahead; 0 suits digits in memory.
        device: memory that holds the samples in training: cpu; cuda, of the GPU; auto, of the GPU if they fit.
    """

    @validate_arguments
    def __init__(
        self,
        *,
        digits: Literal["mnist5k", "mnist"] = "mnist5k",
        root: str | None = None,
        download: bool = False,
        rows: LargeCount = 128_000,
        held_out: LargeCount = 10_000,
        size: MediumCount = 28,
        shape: Shape | None = None,
        classes: Index = 1000,
        batch_size: BatchSize = 64,
        num_workers: NumWorkers = 0,
        device: DataDevice = "cpu",
    ) -> None:
        super().__init__(
            size=size,
            channels=3,
            shape=shape,
            batch_size=batch_size,
            num_workers=num_workers,
            device=device,
            classes=check_declared_classes(classes, 1000),
        )
        self._digits = DIGITS[digits](size, root, download)
        self._rows, self._held_out = rows, held_out

    def prepare_data(self) -> None:
        """Downloads the digits if `download`."""
        self._digits.prepare_data()

    def load(self) -> tuple[SampleTable, SampleTable]:
        """See `AdversarialDataModule.load`."""
        train, held_out = self._digits.load()
        triples = torch.randint(len(train), (self._rows, 3), generator=new_rng("stacked", "train"))
        others = torch.randint(len(held_out), (self._held_out, 3), generator=new_rng("stacked", "held out"))
        place = torch.tensor([100, 10, 1])
        tables = []
        for digits, which in ((train, triples), (held_out, others)):
            assert digits.labels is not None
            tables.append(SampleTable(StackedDigits(digits, which), labels=(digits.labels[which] * place).sum(1)))
        return tables[0], tables[1]
