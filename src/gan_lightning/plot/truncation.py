"""Scores of a generator over the truncation threshold of its latents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator
from PIL.Image import Image

from gan_lightning.plot.curves import STEPS
from gan_lightning.plot.series import page_of
from gan_lightning.plot.style import FAINT, GENERATOR, HAIR, REAL, image_of, style_axes

PANELS = 4  # number of scores in the figure, the first ones
UNTRUNCATED = 1.6  # x of untruncated latents, as a multiple of the largest threshold


def truncation_curve(
    thresholds: Sequence[float | None], scores: Mapping[str, Sequence[float]], floor: Mapping[str, float]
) -> Image:
    """A panel for each score; the hollow point is without truncation, the dashed line the score of real samples.

    Args:
        thresholds: of the latents' entries, decreasing; None: no truncation.
        scores: name → a score for each threshold.
        floor: name → the score of real samples.
    """
    shown = list(scores)[:PANELS]
    columns = min(2, len(shown))
    rows = -(-len(shown) // columns)
    page = page_of(430 * columns, 270 * rows)
    known = [t for t in thresholds if t is not None]
    beyond = UNTRUNCATED * max(known)
    x = np.array([beyond if t is None else t for t in thresholds])
    for axes, name in zip(page.subplots(rows, columns, squeeze=False).flat, shown, strict=False):
        y = np.array([value if np.isfinite(value) else np.nan for value in scores[name]])
        if name in floor:
            axes.axhline(floor[name], color=REAL, linewidth=1, linestyle=(0, (5, 3)))
            axes.annotate(
                "real samples",
                (0.01, floor[name]),
                (0, 2),
                axes.get_yaxis_transform(),
                "offset points",
                color=REAL,
                size=8,
            )
        axes.plot(x, y, color=GENERATOR, linewidth=1.6)
        for inside, face in ((x < beyond, GENERATOR), (x >= beyond, "white")):
            axes.plot(x[inside], y[inside], "o", color=GENERATOR, markersize=4.5, markerfacecolor=face)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(x.tolist()))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(x, ["as drawn" if t is None else f"{t:g}" for t in thresholds], rotation=45, ha="right")
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=STEPS))
        axes.grid(axis="y", color=HAIR, linewidth=0.6)
        axes.set_axisbelow(True)
        style_axes(axes, name)
        axes.set_xlabel("threshold of |z|", fontsize=9, color=FAINT)
    page.tight_layout(h_pad=1.6, w_pad=1.8)
    return image_of(page)
