"""The averaged generators of many members."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import groupby

from torch import nn

from gan_lightning.ensemble.stacked_parameters import StackedParameters
from gan_lightning.nn.ema import EMA


class StackedEMA:
    """The members' own `EMA`, for neighbours with the same decay at once.

    Args:
        generators: as they are trained.
        averages: the members'.
    """

    def __init__(self, generators: StackedParameters, averages: Sequence[EMA]) -> None:
        self.stack = StackedParameters([average.generator for average in averages])
        self._runs: list[tuple[EMA, nn.Module]] = []
        for _, run in groupby(range(len(averages)), lambda n: decay_of(averages[n])):
            first, *others = run
            share = slice(first, first + 1 + len(others))
            average = copy.copy(averages[first])
            average.__dict__["_modules"] = {"generator": self.stack.part(share)}
            self._runs.append((average, generators.part(share)))

    def update(self, k: int) -> None:
        """See `EMA.update`."""
        for average, generator in self._runs:
            average.update(generator, k)


def decay_of(average: EMA) -> str:
    """Equal for averages that forget alike."""
    return f"{average.decay} {average.after} {average.warmup}"
