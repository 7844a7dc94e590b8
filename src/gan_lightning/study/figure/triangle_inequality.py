"""The direct way over the detour, for each divergence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL.Image import Image

from gan_lightning.plot.series import page_of
from gan_lightning.plot.style import ESTIMATE, FAINT, HELD_OUT, image_of
from gan_lightning.study.figure.panel import panel

ROUNDING = 1e-9  # of a ratio of 1
MOST = 2.0  # end of the axis; larger ratios are counted in the last bar


def detours(found: Mapping[str, Sequence[float]]) -> Image:
    """A histogram of ratios for each divergence; those above 1 violate the triangle inequality."""
    page = page_of(1080, 260)
    grid = page.subplots(1, len(found), sharey=True, squeeze=False)
    bins = np.linspace(0, MOST, 41)
    for axes, (name, ratios) in zip(grid[0], found.items(), strict=True):
        panel(axes, name, "d(p, r) / (d(p, q) + d(q, r))", "triples" if axes is grid[0, 0] else "")
        counts, _ = np.histogram(np.clip(np.array(ratios) - ROUNDING, 0, MOST - ROUNDING), bins)
        colours = [ESTIMATE if left < 1 - ROUNDING else HELD_OUT for left in bins[:-1]]
        axes.bar(bins[:-1], counts, width=np.diff(bins), align="edge", color=colours)
        axes.axvline(1, color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
        axes.set_xlim(0, MOST)
    page.tight_layout(w_pad=1.2)
    return image_of(page)
