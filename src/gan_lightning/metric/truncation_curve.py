"""Scores of one generator as its latents are truncated: quality against variety."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_lightning.core.atomic_file import write_text
from gan_lightning.metric import report
from gan_lightning.metric.score import Score

NAME = "truncation_curve"


class CurvePoint(NamedTuple):
    """The scores at one threshold.

    Attributes:
        truncation: entries of latents beyond it were drawn again; None: latents as drawn.
        scores: the most informative one first.
    """

    truncation: float | None
    scores: Sequence[Score]


def write(folder: Path, points: Sequence[CurvePoint]) -> list[Path]:
    """Writes truncation_curve.csv, .png, and .json with each score's provenance, as in scores.json."""
    from gan_lightning.plot.picture_file import save_png
    from gan_lightning.plot.truncation import truncation_curve

    points = sorted(points, key=lambda point: point.truncation or math.inf, reverse=True)
    scores = [score for point in points for score in point.scores]
    whole = report.write(folder, scores, f"{NAME}.json")
    names = [score.name for score in points[0].scores]
    values = {name: [score.value for score in scores if score.name == name] for name in names}
    real_vs_real = {score.name: score.real_vs_real for score in scores if score.real_vs_real is not None}
    table, figure = folder / f"{NAME}.csv", folder / f"{NAME}.png"
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["truncation", *names])
    for k, point in enumerate(points):
        rows.writerow(
            ["" if point.truncation is None else f"{point.truncation:g}", *(values[name][k] for name in names)]
        )
    write_text(table, text.getvalue())
    save_png(truncation_curve([point.truncation for point in points], values, real_vs_real), figure)
    return [table, whole, figure]
