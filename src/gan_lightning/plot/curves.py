"""Metrics of a run over its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import NDArray
from PIL.Image import Image

from gan_lightning.plot.style import (
    CRITIC,
    ESTIMATE,
    FAINT,
    GENERATOR,
    HAIR,
    HELD_OUT,
    INK,
    SCORE,
    SPEED,
    figure,
    image_of,
    style_axes,
)

Array = NDArray[np.float64]
Rows = Sequence[Mapping[str, float]]
STEPS = (1, 2, 2.5, 5, 10)
THOUSANDS = StrMethodFormatter("{x:,.0f}")
FEW = 40  # below this number of points a line is drawn with markers and not smoothed


@dataclass
class Line:
    """A metric: its key in the rows, its name in the legend, its colour."""

    key: str
    label: str
    color: str

    def points(self, rows: Rows) -> tuple[Array, Array]:
        """Steps and values, finite ones only."""
        pmargins = [(row["step"], row[self.key]) for row in rows if np.isfinite(row.get(self.key, np.nan))]
        both = np.array(pmargins, dtype=np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]


@dataclass
class Panel:
    """Metrics that share their axes."""

    title: str
    unit: str
    lines: list[Line]
    from_zero: bool = False

    def draw(self, axes: Axes, rows: Rows) -> None:
        """Draws each line: the measurements faintly, their smoothed course strongly."""
        values = []
        for line in self.lines:
            x, y = line.points(rows)
            few = len(x) < FEW
            if few:
                axes.plot(x, y, color=line.color, linewidth=1.0, marker="o", markersize=3)
            else:
                axes.plot(x, y, color=line.color, linewidth=1.0, alpha=0.25)
                axes.plot(x, smooth(y), color=line.color, linewidth=1.8)
            axes.plot([], [], color=line.color, linewidth=1.8, label=line.label)
            values.append(y)
        limits = span(np.concatenate(values))
        axes.set_ylim(*((0, 1.1 * limits[1]) if self.from_zero else limits))
        axes.set_ylabel(self.unit, fontsize=9, color=FAINT)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=STEPS))
        axes.grid(axis="y", color=HAIR, linewidth=0.6)
        axes.set_axisbelow(True)
        style_axes(axes, self.title)
        if len(self.lines) > 1:
            axes.legend(frameon=False, fontsize=9, labelcolor=INK, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))


def curves(rows: Rows, estimate: str, score: str | None = None, better: str | None = None) -> Image:
    """Losses, the divergence named `estimate`, a score, and throughput: a panel for each that the rows contain.

    The faint line shows the measurements, the strong one is smoothed over a twentieth of the run. Limits of the axes
    exclude the extreme hundredth of the values, so that an initial spike does not flatten the rest.

    Args:
        rows: of `metrics.csv`, each with its `step`.
        estimate: key of the divergence; prefixed by `val_` it is the value on held-out data.
        score: key of the score.
        better: its better direction, "lower" or "higher".
    """
    name = estimate.replace("_", " ").capitalize()
    panels = [
        Panel(
            "Losses",
            "loss",
            [Line("critic_loss", "critic", CRITIC), Line("generator_loss", "generator", GENERATOR)],
        ),
        Panel(
            f"{name} estimate",
            "divergence",
            [Line(estimate, "training data", ESTIMATE), Line(f"val_{estimate}", "held-out data", HELD_OUT)],
        ),
        Panel(f"{score}, {better} is better", "score", [Line(str(score), "", SCORE)]),
        Panel("Throughput", "images per second", [Line("images_per_second", "", SPEED)], from_zero=True),
    ]
    for panel in panels:
        panel.lines = [line for line in panel.lines if len(line.points(rows)[0])]
    panels = [panel for panel in panels if panel.lines]

    page = figure(800, 50 + 215 * max(1, len(panels)))
    grid = page.subplots(max(1, len(panels)), 1, sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(grid, panels, strict=False):
        panel.draw(axes, rows)
    grid[-1].set_xlabel("step", fontsize=9, color=FAINT)
    grid[-1].xaxis.set_major_locator(MaxNLocator(integer=True, steps=STEPS))
    grid[-1].xaxis.set_major_formatter(THOUSANDS)
    for axes, panel in zip(grid, panels, strict=False):
        if panel.from_zero:
            axes.yaxis.set_major_formatter(THOUSANDS)
    page.align_ylabels()
    page.tight_layout(h_pad=1.4)
    return image_of(page)


def smooth(values: Array) -> Array:
    """Running median over a twentieth of the values, then a running mean: a single spike leaves no trace."""
    half = max(1, len(values) // 40)
    windows = np.lib.stride_tricks.sliding_window_view
    median = np.median(windows(np.pad(values, half, "reflect"), 2 * half + 1), axis=1)
    mean: Array = windows(np.pad(median, half, "edge"), 2 * half + 1).mean(axis=1)
    return mean


def span(values: Array) -> tuple[float, float]:
    """Limits of an axis: all values but the extreme hundredth, with a margin."""
    low, high = np.percentile(values, [0.5, 99.5]) if len(values) >= 2 * FEW else (values.min(), values.max())
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return float(low - margin), float(high + margin)
