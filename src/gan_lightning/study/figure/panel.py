"""What the panels of a study's figure have in common."""

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
    """A word beside the end of a line: its height in the axis' numbers."""

    word: str
    color: str
    y: float


PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.3g}%")


def panel(axes: Axes, title: str, x: str, y: str) -> None:
    """A title, quiet axes with their names, and a grid to read heights by."""
    axes.set_xlabel(x, fontsize=9, color=FAINT)
    axes.set_ylabel(y, fontsize=9, color=FAINT)
    axes.grid(axis="y", color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    style_axes(axes, title)


def band(axes: Axes, x: Array, low: Array, high: Array, color: str) -> None:
    """What lies between two curves."""
    axes.fill_between(x, low, high, color=color, alpha=0.16, linewidth=0)


def name_ends(axes: Axes, ends: Sequence[End], gap: float = 12.0) -> None:
    """Names lines at their right ends, outside the axes, moved apart where they would touch.

    Call it when the axes have their limits and their place on the page.

    Args:
        axes: the lines'.
        ends: what to write.
        gap: least distance between two words, in points.
    """
    low, high = axes.get_window_extent().intervaly
    least = gap * axes.figure.dpi / 72
    order = sorted(ends, key=lambda end: end.y)
    wished = np.clip([axes.transData.transform((1.0, end.y))[1] for end in order], low, high)
    places = list(wished)
    for _ in range(200):  # neighbours that touch share the way apart; a few steps settle it
        for left in range(len(places) - 1):
            lack = least - (places[left + 1] - places[left])
            if lack > 1e-6:
                places[left], places[left + 1] = places[left] - lack / 2, places[left + 1] + lack / 2
    right_of = blended_transform_factory(axes.transAxes, IdentityTransform())
    for end, place in zip(order, places, strict=True):
        axes.annotate(
            end.word,
            xy=(1.02, place),
            xycoords=right_of,
            va="center",
            fontsize=8.5,
            color=end.color,
            annotation_clip=False,
        )
