"""What a generator can be scored by."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, TypedDict

import torch
from torch import Tensor
from typing_extensions import Self

from gan_lightning.data.base import AdversarialDataModule

SampleStats = dict[str, Tensor]  # by name, a row for each sample
LABEL = "label"  # name of the classes in what was seen, where a generator is told classes
Split = Literal["held_out", "train"]


class Score(NamedTuple):
    """One score.

    Attributes:
        name: such as `frechet/digits`.
        value: infinite where it is.
        better: which way.
        std: its deviation over splits or subsets; None where it has none.
        n_real: reals that it took.
    """

    name: str
    value: float
    better: Literal["lower", "higher"]
    std: float | None = None
    n_real: int = 0


class ExtractionSettings(TypedDict):
    """What a `Passport` says of how samples were looked at."""

    extractor: str
    weights: str | None
    resize: str
    quantized: bool


class Metric(Protocol):
    """A way of looking at samples, and the scores that come of it.

    Attributes:
        n_fake_training: fakes scored now and then during training.
        n_fake_evaluation: fakes scored by `python -m gan_lightning.evaluate`.
        n_real: most reals to score against; None: as many as fakes.
        split: where they are taken from, for data that end.
        batch: samples looked at at once.
        uses_real: whether any score takes reals.
        extraction: for passports.
        key: what `see` depends on, for keeping what it saw of the reals; None where keeping it saves nothing.
    """

    n_fake_training: int
    n_fake_evaluation: int
    n_real: int | None
    split: Split
    batch: int
    uses_real: bool
    extraction: ExtractionSettings
    key: str | None

    def to(self, device: torch.device | str) -> Self:
        """Looks at samples on this device from now on."""
        ...

    def check(self, data: AdversarialDataModule) -> None:
        """Called once, before everything else, with the real data after their `setup`.

        Raises:
            UsageError: it is no measure for such data.
        """
        ...

    def extract(self, samples: Tensor) -> SampleStats:
        """All that scores need of samples [n, *shape], real or fake; of each one by itself."""
        ...

    def scores(self, real: SampleStats, fake: SampleStats, *, seed: int, full: bool) -> list[Score]:
        """Scores, the most telling one first.

        Args:
            real: what it saw of the reals; empty where it does not compare.
            fake: what it saw of the fakes; with `LABEL`, the classes they were asked for, and so have the reals.
            seed: of subsets.
            full: also the scores that are too slow for training.
        """
        ...

    def collapse(self, real: SampleStats, fake: SampleStats) -> str | None:
        """In words, that nearly all fakes are the same; None where they are not."""
        ...
