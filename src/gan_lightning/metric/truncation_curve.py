"""Scores of one generator as its latents are truncated: quality against variety."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gan_lightning.metric import report
from gan_lightning.metric.base import Score
from gan_lightning.metric.provenance import Provenance

NAME = "truncation_curve"


class CurvePoint(NamedTuple):
    """What a threshold brings.

    Attributes:
        truncation: entries of latents beyond it were drawn again; None: latents as drawn.
        scores: the most telling first.
        passports: theirs.
    """

    truncation: float | None
    scores: Sequence[Score]
    passports: Sequence[Provenance]


def write(folder: Path, points: Sequence[CurvePoint], floor: Mapping[str, float]) -> list[Path]:
    """Leaves truncation_curve.csv, .png, and .json with each score's passport, as in scores.json."""
    from gan_lightning.plot.truncation import truncation_curve

    points = sorted(points, key=lambda point: point.truncation or math.inf, reverse=True)
    scores = [score for point in points for score in point.scores]
    passports = [passport for point in points for passport in point.passports]
    whole = report.write(folder, scores, floor, passports, f"{NAME}.json")
    names = [score.name for score in points[0].scores]
    values = {name: [score.value for score in scores if score.name == name] for name in names}
    table, picture = folder / f"{NAME}.csv", folder / f"{NAME}.png"
    with table.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["truncation", *names])
        for k, point in enumerate(points):
            rows.writerow(
                ["" if point.truncation is None else f"{point.truncation:g}", *(values[name][k] for name in names)]
            )
    truncation_curve([point.truncation for point in points], values, floor).save(picture)
    return [table, whole, picture]
