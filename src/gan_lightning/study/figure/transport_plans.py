"""Boxes, where they go by the cheapest plan and by the dearest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from PIL.Image import Image

from gan_lightning.plot.series import Array, page_of
from gan_lightning.plot.style import ESTIMATE, FAKE, HAIR, HELD_OUT, INK, PAPER, REAL, image_of, style_axes

HEIGHT = 250  # pixels of an example


class Moving(NamedTuple):
    """An example: piles and places, the boxes moved by two plans [piles, places], and their costs."""

    piles: tuple[tuple[float, int], ...]
    places: tuple[tuple[float, int], ...]
    cheapest: Array
    dearest: Array
    least: float
    most: float


def plans(examples: Mapping[str, Moving]) -> Image:
    """A row for each example: the boxes, the cheapest plan, and the dearest, or another where all cost the same."""
    page = page_of(1080, HEIGHT * len(examples) + 20)
    grid = page.subplots(len(examples), 3, squeeze=False, width_ratios=(1.2, 1, 1))
    for (boxes, cheap, dear), (name, one) in zip(grid, examples.items(), strict=True):
        _boxes(boxes, f"{name}: boxes and where they go", one)
        same = one.least == one.most
        words = ("A plan of cost", "Another, as all, of cost") if same else ("The cheapest plan:", "The dearest plan:")
        _plan(cheap, f"{words[0]} {one.least:g}", one, one.cheapest, ESTIMATE)
        _plan(dear, f"{words[1]} {one.most:g}", one, one.dearest, ESTIMATE if same else HELD_OUT)
    page.tight_layout(h_pad=2.0, w_pad=2.0)
    return image_of(page)


def _boxes(axes: Axes, title: str, one: Moving) -> None:
    style_axes(axes, title, "position")
    positions = [x for x, _ in (*one.piles, *one.places)]
    low, high = min(positions) - 0.8, max(positions) + 0.8
    side = 0.8
    tallest = max(n for _, n in (*one.piles, *one.places))
    for piles, colour, face, bottom in ((one.piles, REAL, REAL, 0.1), (one.places, FAKE, PAPER, -0.9)):
        for x, n in piles:
            for k in range(n):
                corner = (x - side / 2, bottom + (k if bottom > 0 else -k))
                axes.add_patch(Rectangle(corner, side, side, facecolor=face, edgecolor=colour, linewidth=1.4))
    axes.axhline(0, color=HAIR, linewidth=1)
    axes.set_xlim(low, high)
    axes.set_ylim(-tallest - 0.3, tallest + 0.3)
    axes.set_yticks([0.5, -0.5], ["before", "after"])
    axes.set_xticks(sorted(set(positions)))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _plan(axes: Axes, title: str, one: Moving, moved: Array, colour: str) -> None:
    """Arrows from piles above to places below, as thick as boxes are many."""
    style_axes(axes, title, "position")
    positions = [x for x, _ in (*one.piles, *one.places)]
    for (x, _), row in zip(one.piles, moved, strict=True):
        for (y, _), n in zip(one.places, row, strict=True):
            if n:
                style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 4, "shrinkB": 4}
                width = 0.9 * n + 0.5
                axes.add_patch(FancyArrowPatch((x, 1), (y, 0), color=colour, alpha=0.85, linewidth=width, **style))
                if n > 1:
                    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.2}
                    place = (x + 0.35 * (y - x), 0.65)
                    axes.text(*place, f"{n:g}", fontsize=9, color=INK, ha="center", va="center", bbox=box)
    axes.scatter([x for x, _ in one.piles], [1] * len(one.piles), color=REAL, s=34, zorder=3)
    axes.scatter([y for y, _ in one.places], [0] * len(one.places), facecolor=PAPER, edgecolor=FAKE, s=34, zorder=3)
    axes.set_xlim(min(positions) - 0.8, max(positions) + 0.8)
    axes.set_ylim(-0.15, 1.15)
    axes.set_yticks([0, 1], ["after", "before"])
    axes.set_xticks(sorted(set(positions)))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
