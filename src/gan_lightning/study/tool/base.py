"""Interface of a study, and its findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from PIL.Image import Image

from gan_lightning.compare.group import Mean
from gan_lightning.plot.series import Array

Value = str | int | float | Mean | None


@dataclass(frozen=True)
class Table:
    """A table with named columns.

    Attributes:
        columns: name → unit, "" for none.
        rows: a value for each column, None for a missing one.
    """

    columns: Mapping[str, str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Findings:
    """Results of a study.

    Attributes:
        table: all measurements, a row for each seed; written to `<study>.csv`.
        summary: means over the seeds, printed on the terminal.
        figure: written to `<study>.png`.
        conclusions: sentences that state the results.
        more_figures: written to `<study>_<key>.png`.
    """

    table: Table
    summary: Table
    figure: Image
    conclusions: Sequence[str]
    more_figures: Mapping[str, Image] = field(default_factory=dict)


class Study(Protocol):
    """An experiment. Its constructor validates the settings; equal settings give equal findings."""

    def run(self) -> Findings:
        """Runs the experiment, without writing files."""
        ...


def over_seeds(numbers: Sequence[Sequence[float]]) -> tuple[Array, Array]:
    """Mean and standard error of each row, [rows] and [rows]; the error of a single number is NaN."""
    means = [Mean.over(row) for row in numbers]
    errors = [math.nan if mean is None or mean.error is None else mean.error for mean in means]
    return np.array([math.nan if mean is None else mean.value for mean in means]), np.array(errors)
