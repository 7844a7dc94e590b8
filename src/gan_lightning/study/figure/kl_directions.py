"""Two Gaussian fits to a mixture: densities; mean, standard deviation and KL over the gap between the modes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
from matplotlib.axes import Axes
from PIL.Image import Image

from gan_lightning.plot.series import Array, page_of
from gan_lightning.plot.style import CRITIC, FAINT, GENERATOR, HAIR, INK, image_of
from gan_lightning.study.figure.panel import panel

COVERS, SELECTS = CRITIC, GENERATOR
LABELS = ("mixture p", "covers: min KL(p‖q)", "selects: min KL(q‖p)")


def directions(
    x: Array, densities: Mapping[float, Sequence[Array]], covers: Array, selects: Array, share: float
) -> Image:
    """Densities above; mean, standard deviation and reverse KL of both fits over the gap below.

    Args:
        x: positions of the densities, [cells].
        densities: gap → densities of the mixture and of both fits, [cells] each; three gaps.
        covers: gap, mean, standard deviation, KL(p‖q) and KL(q‖p) of the forward fits, [gaps, 5].
        selects: the same of the reverse fits.
        share: weight of the heavier mode, at 0; the other is at the gap.
    """
    page = page_of(1080, 560)
    above, below = page.subplots(2, 3)
    for axes, (gap, drawn) in zip(above, densities.items(), strict=True):
        _densities(axes, gap, x, *drawn)
    above[0].set_ylabel("density", fontsize=9, color=FAINT)
    reach = 1.05 * covers[-1, 0]
    for axes, column, title in zip(below, (1, 2, 4), ("Mean", "Standard deviation", "KL(q‖p)"), strict=True):
        panel(axes, title, "gap between the modes, in standard deviations", "nats" if column == 4 else "")
        axes.set_xlim(0, reach)
        axes.margins(y=0.12)
        for found, color, marker in ((covers, COVERS, "o"), (selects, SELECTS, "s")):
            axes.plot(found[:, 0], found[:, column], color=color, linewidth=1.6, marker=marker, markersize=4)
    whole = np.linspace(0, reach, 2)
    for axes, lines in (
        (below[0], [(whole, "lighter mode"), (0 * whole, "heavier mode")]),
        (below[1], [(0 * whole + 1, "of one mode")]),
        (below[2], [(0 * whole - log(share), f"-log {share:g}")]),
    ):
        for heights, word in lines:
            axes.plot(whole, heights, color=FAINT, linewidth=1, linestyle=(0, (2, 2)), zorder=1)
            level = heights[0] == heights[1]
            axes.annotate(
                word,
                xy=(reach, heights[0]) if level else (0.62 * reach, 0.62 * heights[1]),
                xytext=(0, -4) if level else (-4, 6),
                textcoords="offset points",
                ha="right",
                va="top" if level else "bottom",
                fontsize=8.5,
                color=FAINT,
            )
    handles, _ = above[0].get_legend_handles_labels()
    page.legend(handles, LABELS, loc="lower left", ncols=3, frameon=False, fontsize=9, labelcolor=INK)
    page.tight_layout(h_pad=1.2, w_pad=1.8, rect=(0, 0.05, 1, 1))
    return image_of(page)


def _densities(axes: Axes, gap: float, x: Array, mixture: Array, covers: Array, selects: Array) -> None:
    panel(axes, f"Modes {gap:g} standard deviations apart", "", "")
    axes.fill_between(x, mixture, color=HAIR, linewidth=0, label=LABELS[0])
    axes.plot(x, covers, color=COVERS, linewidth=1.8, label=LABELS[1])
    axes.plot(x, selects, color=SELECTS, linewidth=1.8, linestyle=(0, (5, 2)), label=LABELS[2])
    axes.set_xlim(-4, 10)
    axes.set_ylim(0, 0.45)
