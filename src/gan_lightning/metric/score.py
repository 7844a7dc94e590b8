"""A score: its value, and what is needed to compare it with another."""

from __future__ import annotations

from dataclasses import dataclass

from gan_lightning.metric.provenance import Provenance, TrainingProvenance
from gan_lightning.metric.registry import Direction, direction


@dataclass(frozen=True)
class Score:
    """One score of one generator.

    Attributes:
        name: such as `frechet/digits`.
        value: may be infinite.
        std: its standard deviation over splits or subsets; None where it has none.
        n_real: number of real samples it was computed from.
        real_vs_real: the score of real samples in place of fakes; None where it is not known.
        provenance: how it was made: two scores compare where these are equal; None as long as it is not known.
        step: after which it was computed; None where it is not known.
        better: the better direction; None: that of its name in `metric.registry`, where it has one.
    """

    name: str
    value: float
    std: float | None = None
    n_real: int = 0
    real_vs_real: float | None = None
    provenance: Provenance | TrainingProvenance | None = None
    step: int | None = None
    better: Direction | None = None

    def __post_init__(self) -> None:
        if self.better is None:
            object.__setattr__(self, "better", direction(self.name))
