"""Shared parts of the panels of a study's figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import IdentityTransform, blended_transform_factory

from gan_lightning.plot.series import Array
from gan_lightning.plot.style import FAINT, HAIR, style_axes


class End(NamedTuple):
    """A name beside the end of a line, at height `y` in data coordinates."""

    word: str
    color: str
    y: float


PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.3g}%")


def panel(axes: Axes, title: str, x: str, y: str) -> None:
    """Styles axes: title, labels and a horizontal grid."""
    axes.set_xlabel(x, fontsize=9, color=FAINT)
    axes.set_ylabel(y, fontsize=9, color=FAINT)
    axes.grid(axis="y", color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    style_axes(axes, title)


def band(axes: Axes, x: Array, low: Array, high: Array, color: str) -> None:
    """Fills the area between two curves."""
    axes.fill_between(x, low, high, color=color, alpha=0.16, linewidth=0)


def name_ends(axes: Axes, ends: Sequence[End], gap: float = 12.0) -> None:
    """Names lines at their right ends, outside the axes, moved apart where they would touch.

    To be called when limits and position of the axes are final.

    Args:
        axes: of the lines.
        ends: names, colours and heights.
        gap: least distance between two names, in points.
    """
    low, high = axes.get_window_extent().intervaly
    least = gap * axes.figure.dpi / 72
    order = sorted(ends, key=lambda end: end.y)
    wanted = np.clip([axes.transData.transform((1.0, end.y))[1] for end in order], low, high)
    heights = list(wanted)
    for _ in range(200):  # neighbours that overlap move apart by equal amounts; converges in a few iterations
        for left in range(len(heights) - 1):
            lack = least - (heights[left + 1] - heights[left])
            if lack > 1e-6:
                heights[left], heights[left + 1] = heights[left] - lack / 2, heights[left + 1] + lack / 2
    right_of = blended_transform_factory(axes.transAxes, IdentityTransform())
    for end, height in zip(order, heights, strict=True):
        axes.annotate(
            end.word,
            xy=(1.02, height),
            xycoords=right_of,
            va="center",
            fontsize=8.5,
            color=end.color,
            annotation_clip=False,
        )
