"""Metrics and samples over one swept hyperparameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from PIL import Image, ImageOps

from gan_lightning.plot.series import Array, Chart, Pen, draw, legend, logarithmic, page_of
from gan_lightning.plot.style import DPI, FAINT, HAIR, INK, image_of, style_axes

WIDTH, HIGH, HEAD = 1080, 265, 34


@dataclass(frozen=True)
class Response:
    """A metric over the swept hyperparameter: mean and error at each value [n], and the metric of each seed.

    Attributes:
        title: of the panel.
        unit: of the metric.
        mean: NaN for none.
        error: NaN for a single seed.
        seeds: for each value, the metric of its runs.
        logarithmic: True for a logarithmic axis.
        floor: drawn as a horizontal line; None for none.
    """

    title: str
    unit: str
    mean: Array
    error: Array
    seeds: Sequence[Sequence[float]]
    logarithmic: bool = False
    floor: float | None = None


def sweep(
    title: str,
    key: str,
    values: Sequence[float],
    labels: Sequence[str],
    geometric: bool,
    pens: Sequence[Pen],
    responses: Sequence[Response],
    curves: Sequence[Chart],
    images: Sequence[Image.Image | None],
) -> Image.Image:
    """Responses above, curves below, and samples of each value at the bottom.

    Args:
        title: of the page.
        key: name of the hyperparameter, the label of the x axes.
        values: of the hyperparameter.
        labels: of the values.
        geometric: True for logarithmic x axes.
        pens: styles of the values.
        responses: one panel each.
        curves: one panel each.
        images: samples for each value; None for none.
    """
    rows: list[Sequence[Response | Chart]] = [row for row in (responses, curves) if row]
    shown = [(label, image) for label, image in zip(labels, images, strict=True) if image is not None]
    side = min(330, (WIDTH - 40) // max(1, len(shown)) - 12) if shown else 0
    foot, strip = 30, side + 34 if shown else 0
    height = HEAD + HIGH * len(rows) + foot + strip
    page = page_of(WIDTH, height)
    page.text(12 / WIDTH, 1 - 22 / height, title, fontsize=13, fontweight="bold", color=INK)
    wide = max((len(row) for row in rows), default=1)
    grid = page.subplots(max(1, len(rows)), wide, squeeze=False)
    for line, row in zip(grid, rows, strict=False):
        for axes, panel in zip(line, row, strict=False):
            if isinstance(panel, Response):
                respond(axes, panel, key, values, geometric, pens)
            else:
                draw(axes, panel)
        for axes in line[len(row) :]:
            axes.remove()
    if curves:
        legend_lines = [line for chart in curves for line in chart.lines]
        legend(page, legend_lines, columns=6)
        page.legends[0].set_bbox_to_anchor((0.01, strip / height))
    page.tight_layout(h_pad=1.6, w_pad=2.2, rect=(0, (strip + foot) / height, 1, 1 - HEAD / height))
    for index, (label, image) in enumerate(shown):
        left = 20 + index * (side + 12)
        cell = page.add_axes((left / WIDTH, 8 / height, side / WIDTH, side / height))
        sharp = side * round(page.dpi / DPI)
        cell.imshow(np.asarray(ImageOps.contain(image.convert("RGB"), (sharp, sharp))))
        cell.set_title(label, fontsize=9, color=INK, loc="left", pad=4)
        cell.set_axis_off()
    return image_of(page)


def respond(
    axes: Axes, panel: Response, key: str, values: Sequence[float], geometric: bool, pens: Sequence[Pen]
) -> None:
    """Draws means with error bars, and each seed as a small ring."""
    x = np.array(values, dtype=np.float64)
    there = np.isfinite(panel.mean)
    axes.plot(x[there], panel.mean[there], color=FAINT, linewidth=1.0, zorder=1)
    for at, pen, mean, error, seeds in zip(x, pens, panel.mean, panel.error, panel.seeds, strict=True):
        axes.scatter([at] * len(seeds), seeds, s=16, facecolors="none", edgecolors=pen.color, linewidths=0.8, alpha=0.6)
        bar = error if np.isfinite(error) else None
        axes.errorbar(
            [at],
            [mean],
            yerr=None if bar is None else [bar],
            color=pen.color,
            marker=pen.marker,
            markersize=6,
            capsize=4,
            elinewidth=1.4,
            zorder=3,
        )
    if panel.floor is not None:
        axes.axhline(panel.floor, color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
        axes.annotate(
            "real against real",
            xy=(1, panel.floor),
            xycoords=("axes fraction", "data"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8,
            color=FAINT,
        )
    if geometric:
        least = min(value for value in values if value > 0)
        axes.set_xscale("symlog" if min(values) <= 0 else "log", **({"linthresh": least} if min(values) <= 0 else {}))
    axes.set_xticks(x, [f"{value:g}" for value in values])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.margins(x=0.12, y=0.14)
    if panel.logarithmic:
        logarithmic(axes)
    axes.set_xlabel(key, fontsize=9, color=FAINT)
    axes.set_ylabel(panel.unit, fontsize=9, color=FAINT)
    axes.grid(axis="y", color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    style_axes(axes, panel.title)
