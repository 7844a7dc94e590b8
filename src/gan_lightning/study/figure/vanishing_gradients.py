"""Gradients of a generator over the updates of its critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from PIL.Image import Image

from gan_lightning.plot.series import Array, logarithmic, page_of, pens
from gan_lightning.plot.style import FAINT, INK, image_of
from gan_lightning.study.figure.panel import band, panel


class StageGradients(NamedTuple):
    """The gradient of the generators after one number of training steps.

    Attributes:
        label: name in the figure.
        steps: critic updates, [times].
        norm: of the mean gradient, [seeds, times].
        spread: of the gradients of single batches, [seeds, times].
    """

    label: str
    steps: Array
    norm: Array
    spread: Array


def gradients(found: Mapping[str, Sequence[StageGradients]]) -> Image:
    """Norms above, spreads below, a column for each loss; geometric means over seeds, with a band of all of them.

    Args:
        found: loss → gradients of the same generators. All losses share their logarithmic axes.
    """
    page = page_of(1080, 600)
    grid = page.subplots(2, len(found), sharex=True, sharey="row", squeeze=False)
    for column, (loss, some) in enumerate(found.items()):
        norm, spread = grid[:, column]
        first = column == 0
        panel(norm, loss, "", "gradient norm" if first else "")
        panel(spread, "", "critic step", "spread over batches" if first else "")
        for pen, stage in zip(pens(len(some), ordered=True), some, strict=True):
            for axes, values in ((norm, stage.norm), (spread, stage.spread)):
                values = np.maximum(values, 1e-30)
                middle = np.exp(np.log(values).mean(0))
                axes.plot(stage.steps, middle, color=pen.color, linewidth=1.8, label=stage.label)
                band(axes, stage.steps, values.min(0), values.max(0), pen.color)
    for axes in grid[:, 0]:
        logarithmic(axes)
    for axes in grid.flat:
        axes.set_xlim(left=0)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    generators = [f"generator {label}" for label in labels]
    page.legend(handles, generators, loc="lower left", ncols=4, frameon=False, fontsize=9, labelcolor=INK)
    page.text(0.985, 0.018, "lines: means of seeds, bands: all of them", ha="right", fontsize=8.5, color=FAINT)
    page.tight_layout(h_pad=1.2, w_pad=1.4, rect=(0, 0.05, 1, 1))
    return image_of(page)
