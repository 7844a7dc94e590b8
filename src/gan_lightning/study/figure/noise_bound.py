"""The noise bound and its two terms; the Jensen-Shannon divergence and its slope under noise."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import numpy as np
from matplotlib.ticker import NullLocator
from PIL.Image import Image

from gan_lightning.plot.series import Array, logarithmic, page_of, pens
from gan_lightning.plot.style import CRITIC, ESTIMATE, FAINT, GENERATOR, INK, image_of
from gan_lightning.study.figure.panel import End, name_ends, panel

DISTANCE, STD, SPREAD, CONFUSION, BOUND = range(5)


def bounds(found: Array, x: Array, curves: Mapping[float, Array]) -> Image:
    """The bound over the noise above, JSD and its slope over the distance below.

    Args:
        found: distance, noise, both terms and the bound, [levels, 5 or more]; terms are drawn for the largest distance.
        x: distances of the lower panels, [n].
        curves: noise → JSD and its slope at x, [n, 2].
    """
    page = page_of(1080, 620)
    (parts, ratio), (value, slope) = page.subplots(2, 2)
    distances = np.unique(found[:, DISTANCE])
    largest = found[found[:, DISTANCE] == distances[-1]]
    ends: dict[object, list[End]] = {axes: [] for axes in (parts, ratio, value, slope)}
    noise = "standard deviation of the noise"
    panel(parts, f"The bound and its parts, W = {distances[-1]:g}", noise, "length")
    for column, color, word, dash in (
        (BOUND, INK, "bound", (0, ())),
        (SPREAD, GENERATOR, "2 V^½, the noise", (0, (5, 2))),
        (CONFUSION, ESTIMATE, "2C √JSD", (0, (2, 1.5))),
    ):
        parts.plot(largest[:, STD], largest[:, column], color=color, linewidth=1.8, linestyle=dash)
        ends[parts].append(End(word, color, largest[-1, column]))
    parts.plot(largest[:, STD], largest[:, DISTANCE], color=CRITIC, linewidth=1.8)
    ends[parts].append(End("W", CRITIC, distances[-1]))
    panel(ratio, "How far the bound is from the truth", noise, "bound / W")
    for pen, distance in zip(pens(len(distances), ordered=True), distances, strict=True):
        rows = found[found[:, DISTANCE] == distance]
        ratio.plot(rows[:, STD], rows[:, BOUND] / distance, color=pen.color, linewidth=1.8)
        ends[ratio].append(End(f"W = {distance:g}", pen.color, rows[-1, BOUND] / distance))
    ratio.axhline(1, color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
    for axes in (parts, ratio):
        axes.set_xscale("log")
        logarithmic(axes)
        axes.xaxis.set_major_formatter(lambda number, _: f"{number:g}")
        axes.xaxis.set_minor_locator(NullLocator())
    panel(value, "Noise makes JSD smooth …", "distance between the combs", "JSD in nats")
    panel(slope, "… and gives it a slope", "distance between the combs", "slope in nats per length")
    for pen, (std, curve) in zip(pens(len(curves), ordered=True), curves.items(), strict=True):
        value.plot(x, curve[:, 0], color=pen.color, linewidth=1.8)
        slope.plot(x, curve[:, 1], color=pen.color, linewidth=1.8)
        ends[value].append(End(f"noise {std:g}", pen.color, curve[-1, 0]))
        ends[slope].append(End(f"noise {std:g}", pen.color, curve[-1, 1]))
    value.axhline(log(2), color=FAINT, linewidth=1, linestyle=(0, (2, 2)))
    ends[value].append(End("none: log 2", FAINT, log(2)))
    for axes in (value, slope):
        axes.set_xlim(0, x[-1])
    page.tight_layout(h_pad=1.6, w_pad=9.0, rect=(0, 0, 0.925, 1))
    for axes, words in ends.items():
        name_ends(axes, words)  # type: ignore[arg-type]
    return image_of(page)
