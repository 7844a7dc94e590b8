"""Three distances between parallel lines and their slopes, in closed form and by trained critics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from PIL.Image import Image

from gan_lightning.plot.series import Array, Pen, page_of
from gan_lightning.plot.style import CRITIC, ESTIMATE, FAINT, GENERATOR, HELD_OUT, INK, PAPER, image_of
from gan_lightning.study.figure.panel import panel

CLOSED = CRITIC
PENS = [Pen(GENERATOR, "o", (0, ())), Pen(ESTIMATE, "D", (0, ())), Pen(HELD_OUT, "s", (0, ()))]


class Dots(NamedTuple):
    """Reports of the critics of one kind at each θ: means over seeds and their standard errors, [thetas] each."""

    value: Array
    value_error: Array
    slope: Array
    slope_error: Array


def distances(theta: Array, discriminator: tuple[str, Dots], estimators: Mapping[str, Dots]) -> Image:
    """KL, JSD and W over θ above, their slopes below; lines are closed forms, dots trained critics.

    Args:
        theta: positions of the fake line, [thetas].
        discriminator: name and reports of the critic that estimates JSD.
        estimators: name → reports of the critics that estimate W.
    """
    page = page_of(1080, 560)
    grid = page.subplots(2, 3)
    reach = 1.15 * float(np.abs(theta).max())
    for axes, title in zip(grid[0], ("Kullback-Leibler", "Jensen-Shannon", "Wasserstein"), strict=True):
        panel(axes, title, "", "distance" if axes is grid[0, 0] else "")
    for axes in grid[1]:
        panel(axes, "", "θ, place of the fake line", "slope in θ" if axes is grid[1, 0] else "")
        axes.set_ylim(-1.6, 1.6)
    for axes in grid.flat:
        axes.set_xlim(-reach, reach)
    _infinite(grid[0, 0], grid[1, 0], reach)
    _jump(grid[0, 1], grid[1, 1], reach, log(2))
    _cone(grid[0, 2], grid[1, 2], reach)
    for name, dots, column, pen in _columns(discriminator, estimators):
        style = {"color": pen.color, "marker": pen.marker, "markersize": 5, "capsize": 2.5, "elinewidth": 1.1}
        grid[0, column].errorbar(theta, dots.value, yerr=dots.value_error, linestyle="none", label=name, **style)
        grid[1, column].errorbar(theta, dots.slope, yerr=dots.slope_error, linestyle="none", **style)
    closed = Line2D([], [], color=CLOSED, linewidth=2)
    handles, labels = [closed], ["closed form"]
    for axes in grid[0]:
        found = axes.get_legend_handles_labels()
        handles, labels = handles + found[0], labels + found[1]
    page.legend(handles, labels, loc="lower left", ncols=4, frameon=False, fontsize=9, labelcolor=INK)
    page.tight_layout(h_pad=1.2, w_pad=1.8, rect=(0, 0.05, 1, 1))
    return image_of(page)


def _columns(discriminator: tuple[str, Dots], estimators: Mapping[str, Dots]) -> Sequence[tuple[str, Dots, int, Pen]]:
    critics = zip(estimators.items(), PENS[1:], strict=False)
    return [(*discriminator, 1, PENS[0]), *((name, dots, 2, pen) for (name, dots), pen in critics)]


def _infinite(value: Axes, slope: Axes, reach: float) -> None:
    value.set_ylim(0, 1)
    value.set_yticks([0, 0.9], ["0", "∞"])
    _with_a_hole(value, reach, 0.9)
    value.plot([0], [0], color=CLOSED, marker="o", markersize=6, clip_on=False, zorder=5)
    value.text(0, 0.78, "infinite at every θ but 0", ha="center", fontsize=9, color=FAINT)
    slope.text(0, 0, "none: ∞ to ∞", ha="center", va="center", fontsize=9, color=FAINT, backgroundcolor=PAPER)


def _jump(value: Axes, slope: Axes, reach: float, height: float) -> None:
    value.set_ylim(0, 1.3 * height)
    value.set_yticks([0, height], ["0", "log 2"])
    _with_a_hole(value, reach, height)
    value.plot([0], [0], color=CLOSED, marker="o", markersize=6, clip_on=False, zorder=5)
    _with_a_hole(slope, reach, 0.0)


def _with_a_hole(axes: Axes, reach: float, height: float) -> None:
    axes.plot([-reach, reach], [height, height], color=CLOSED, linewidth=2, zorder=1)
    axes.plot([0], [height], marker="o", markersize=6, markerfacecolor="white", markeredgecolor=CLOSED, zorder=2)


def _cone(value: Axes, slope: Axes, reach: float) -> None:
    value.set_ylim(0, 1.1 * reach)
    value.plot([-reach, 0, reach], [reach, 0, reach], color=CLOSED, linewidth=2, zorder=1)
    for side in (-1, 1):
        slope.plot([0, side * reach], [side, side], color=CLOSED, linewidth=2, zorder=1)
        slope.plot([0], [side], marker="o", markersize=6, markerfacecolor="white", markeredgecolor=CLOSED, zorder=2)
