"""What a study is, and what it finds."""

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
    """Numbers with their names.

    Attributes:
        columns: name → unit, "" where there is none.
        rows: a value for each column; None where there is none.
    """

    columns: Mapping[str, str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True)
class Findings:
    """What a study found.

    Attributes:
        table: everything that was measured, a row for each seed; goes to `<study>.csv`.
        summary: what the terminal shows of it, means over the seeds.
        picture: goes to `<study>.png`.
        reading: what is seen, in sentences with the numbers that were found.
        more: further pictures; go to `<study>_<key>.png`.
    """

    table: Table
    summary: Table
    picture: Image
    conclusions: Sequence[str]
    more: Mapping[str, Image] = field(default_factory=dict)


class Study(Protocol):
    """One experiment. Its arguments are its settings, checked when it is made; equal ones find the same."""

    def run(self) -> Findings:
        """Makes the experiment; it writes nothing."""
        ...


def over_seeds(numbers: Sequence[Sequence[float]]) -> tuple[Array, Array]:
    """Mean and standard error of each row, [rows] and [rows]; the errors of single numbers are nan."""
    means = [Mean.over(row) for row in numbers]
    errors = [math.nan if mean is None or mean.error is None else mean.error for mean in means]
    return np.array([math.nan if mean is None else mean.value for mean in means]), np.array(errors)
