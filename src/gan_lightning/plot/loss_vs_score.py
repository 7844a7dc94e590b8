"""Divergence estimates against scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from PIL.Image import Image

from gan_lightning.plot.curves import STEPS, THOUSANDS
from gan_lightning.plot.series import ORDERED, Array, page_of
from gan_lightning.plot.style import ESTIMATE, FAINT, GENERATOR, HAIR, image_of, style_axes


@dataclass(frozen=True)
class LossVsScore:
    """An estimate and a score at each step, [n].

    Attributes:
        title: of the scatter plot.
        estimate, score: names on the axes.
        steps, x, y: steps, estimates and scores.
    """

    title: str
    estimate: str
    score: str
    steps: Array
    x: Array
    y: Array


def loss_vs_score(*found: LossVsScore) -> Image:
    """A row for each estimate. Left: it and the score over the step, with an axis each. Right: the score over it."""
    page = page_of(960, 330 * len(found))
    grid = page.subplots(len(found), 2, width_ratios=(1.35, 1), squeeze=False)
    for (left, right), pairs in zip(grid, found, strict=True):
        _over_steps(left, pairs)
        _scatter(right, pairs)
        bar = page.colorbar(right.collections[0], ax=right, pad=0.03, format=THOUSANDS)
        bar.outline.set_visible(False)
        bar.ax.tick_params(colors=FAINT, labelsize=8, length=0)
        bar.set_label("step", fontsize=9, color=FAINT)
    page.tight_layout(w_pad=2.0)
    return image_of(page)


def _over_steps(left: Axes, pairs: LossVsScore) -> None:
    twin = left.twinx()
    few: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(pairs.x) < 40 else {}
    left.plot(pairs.steps, pairs.x, color=ESTIMATE, linewidth=1.6, **few)
    twin.plot(pairs.steps, pairs.y, color=GENERATOR, linewidth=1.6, linestyle=(0, (5, 2)), **few)
    style_axes(left, "Over the steps")
    for axes, name, colour, side in ((left, pairs.estimate, ESTIMATE, "left"), (twin, pairs.score, GENERATOR, "right")):
        axes.set_ylabel(f"{name} {'(line)' if axes is left else '(dashes)'}", fontsize=9, color=colour)
        axes.tick_params(axis="y", labelcolor=colour, labelsize=8.5, length=3, color=HAIR)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=STEPS))
        axes.spines["top"].set_visible(False)
        axes.spines[side].set_color(HAIR)
    for name in ("left", "bottom"):
        twin.spines[name].set_visible(False)
    left.set_xlabel("step", fontsize=9, color=FAINT)
    left.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=STEPS))
    left.xaxis.set_major_formatter(THOUSANDS)


def scatters(found: Sequence[LossVsScore]) -> Image:
    """Scatter plots, three in a row, with separate axes; later steps are darker."""
    columns = min(3, max(1, len(found)))
    rows = -(-len(found) // columns)
    page = page_of(360 * columns, 285 * rows)
    grid = list(page.subplots(rows, columns, squeeze=False).flat)
    for axes, pairs in zip(grid, found, strict=False):
        _scatter(axes, pairs)
    for axes in grid[len(found) :]:
        axes.remove()
    page.tight_layout(h_pad=1.8, w_pad=1.6)
    return image_of(page)


def _scatter(axes: Axes, pairs: LossVsScore) -> None:
    axes.scatter(pairs.x, pairs.y, c=pairs.steps, cmap=ORDERED, s=18, linewidths=0, alpha=0.85)
    axes.set_xlabel(pairs.estimate, fontsize=9, color=FAINT)
    axes.set_ylabel(pairs.score, fontsize=9, color=FAINT)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=STEPS))
    axes.grid(color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    style_axes(axes, pairs.title)
