"""Gradients in the layers of deep critics, and histograms of their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator
from PIL.Image import Image

from gan_lightning.plot.series import Array, page_of, pens
from gan_lightning.plot.style import ESTIMATE, FAINT, INK, image_of
from gan_lightning.study.figure.panel import PERCENT, End, band, name_ends, panel

TINY = 1e-40


class CriticKind(NamedTuple):
    """Critics of one kind.

    Attributes:
        label: name in the figure.
        c: bound of the weights; None for none.
        gradients: norm in the input of each layer, data first, [seeds, layers].
        weights: all weights.
    """

    label: str
    c: float | None
    gradients: Array
    weights: Array


def clipping(found: Sequence[CriticKind]) -> Image:
    """Left: the gradient from the last layer to the data. Right: a histogram of the weights of each kind.

    Lines are geometric means over seeds, with a band from the smallest to the largest.
    """
    rows = len(found)
    page = page_of(1080, max(420, 40 + 115 * rows))
    left = page.add_gridspec(1, 2, width_ratios=(1.55, 1))
    axes = page.add_subplot(left[0])
    panel(axes, "Gradient of the score in each layer's input", "layer, from the last one to the data", "mean norm")
    colours = [*(pen.color for pen in pens(rows - 1, ordered=True)), ESTIMATE]
    ends = []
    for kind, colour in zip(found, colours, strict=True):
        norms = np.maximum(kind.gradients[:, ::-1], TINY)
        steps = np.arange(norms.shape[1], 0, -1, dtype=np.float64)
        middle = np.exp(np.log(norms).mean(0))
        axes.plot(steps, middle, color=colour, linewidth=1.8, marker="o", markersize=3.5)
        band(axes, steps, norms.min(0), norms.max(0), colour)
        ends.append(End(kind.label, colour, float(middle[-1])))
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(numticks=9))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.axhline(1, color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
    axes.set_xlim(len(steps) + 0.3, 0.7)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    histograms = left[1].subgridspec(rows, 1, hspace=1.05)
    for n, (kind, colour) in enumerate(zip(found, colours, strict=True)):
        _histogram(page.add_subplot(histograms[n]), kind, colour, last=n == rows - 1)
    page.subplots_adjust(left=0.075, right=0.985, top=0.925, bottom=0.115, wspace=0.52)
    name_ends(axes, ends)
    return image_of(page)


def _histogram(axes: Axes, kind: CriticKind, colour: str, last: bool) -> None:
    panel(axes, "", "weight" if last else "", "")
    reach = 1.15 * kind.c if kind.c else 4 * float(kind.weights.std())
    counts, edges = np.histogram(kind.weights, bins=61, range=(-reach, reach))
    axes.stairs(counts / kind.weights.size, edges, fill=True, color=colour)
    axes.set_xlim(-reach, reach)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3))
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_title(f"Weights: {kind.label}", loc="left", fontsize=9, color=INK, pad=4)
    if kind.c:
        axes.set_xticks([-kind.c, 0, kind.c], [f"-{kind.c:g}", "0", f"{kind.c:g}"])
