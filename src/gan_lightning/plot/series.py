"""Several runs in one axis: means over seeds with their errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray
from PIL.Image import Image, new

from gan_lightning.plot.curves import FEW, STEPS, THOUSANDS, smooth, span
from gan_lightning.plot.style import DPI, FAINT, HAIR, INK, PAPER, figure, image_of, style_axes

Array = NDArray[np.float64]

COLOURS = ("#12355b", "#f26419", "#0b7a75", "#b5446e", "#7a5cad", "#a8842c", "#4c9f70", "#8c5a3c")
MARKERS = "osD^vPX*"
DASHES = ((0, ()), (0, (6, 2)), (0, (2, 1.5)), (0, (6, 1.5, 1.5, 1.5)))
ORDERED = LinearSegmentedColormap.from_list("ordered", ["#eaa33b", "#d1495b", "#6a3d8a", "#12355b"])
SHARP = 2  # pixels of the picture for one of the page, for screens that have them


@dataclass(frozen=True)
class Pen:
    """How one of several things is drawn: told by colour, and by marker and dashes too."""

    color: str
    marker: str
    dash: tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class Series:
    """One line: values [n] at x [n], with the error of each, nan where there is none."""

    label: str
    pen: Pen
    x: Array
    y: Array
    error: Array


@dataclass(frozen=True)
class Chart:
    """Lines that share their axes."""

    title: str
    unit: str
    lines: Sequence[Series]
    logarithmic: bool = False


def pens(n: int, ordered: bool = False) -> list[Pen]:
    """Ways to draw n things; `ordered` ones go from light to dark."""
    shades = [to_hex(ORDERED(i / max(1, n - 1))) for i in range(n)] if ordered else COLOURS
    return [
        Pen(shades[i % len(shades)], MARKERS[i % len(MARKERS)], DASHES[(i if ordered else i // len(COLOURS)) % 4])
        for i in range(n)
    ]


def page_of(width: int, height: int) -> Figure:
    """An empty figure of so many pixels of a page, with twice as many of its own."""
    page = figure(width, height)
    page.set_dpi(SHARP * DPI)
    return page


def draw(axes: Axes, chart: Chart) -> None:
    """Lines over steps with a band of one standard error; long ones are smoothed as curves of single runs are."""
    seen = []
    for line in chart.lines:
        long = len(line.x) >= FEW
        y, error = (smooth(line.y), smooth(np.nan_to_num(line.error))) if long else (line.y, line.error)
        every = max(1, len(line.x) // 8)
        axes.plot(
            line.x,
            y,
            color=line.pen.color,
            linestyle=line.pen.dash,
            linewidth=1.7,
            marker=line.pen.marker,
            markersize=4,
            markevery=(every - 1, every),
        )
        if np.isfinite(error).any():
            axes.fill_between(line.x, y - error, y + error, color=line.pen.color, alpha=0.16, linewidth=0)
        seen.append(y)
    if chart.logarithmic:
        logarithmic(axes)
    else:
        axes.set_ylim(*span(np.concatenate(seen)))
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=STEPS))
    axes.set_ylabel(chart.unit, fontsize=9, color=FAINT)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=STEPS))
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.set_xlabel("step", fontsize=9, color=FAINT)
    axes.grid(axis="y", color=HAIR, linewidth=0.6)
    axes.set_axisbelow(True)
    style_axes(axes, chart.title)


def logarithmic(axes: Axes) -> None:
    """A logarithmic axis upwards, with plain numbers at as many places as are needed."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if high > 300 * low else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("e-0", "e-")))
    axes.yaxis.set_minor_locator(NullLocator())


def legend(page: Figure, lines: Sequence[Series], columns: int) -> None:
    """One for the whole page, at its bottom."""
    named = {line.label: line.pen for line in lines}
    handles = [
        Line2D([], [], color=pen.color, linestyle=pen.dash, marker=pen.marker, markersize=4, linewidth=1.7)
        for pen in named.values()
    ]
    page.legend(
        handles,
        list(named),
        loc="lower left",
        bbox_to_anchor=(0.01, 0.0),
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=3.2,
    )


def charts(found: Sequence[Chart], labels: Sequence[str]) -> Image:
    """Charts two by two, over one legend whose entries come in the order of `labels`."""
    lines = sorted((line for chart in found for line in chart.lines), key=lambda line: labels.index(line.label))
    longest = max(len(line.label) for line in lines)
    columns = max(1, min(4, 130 // (longest + 10)))
    names = len({line.label for line in lines})
    foot, rows = 14 + 20 * -(-names // columns), -(-len(found) // 2)
    height = 270 * rows + foot
    page = page_of(1080, height)
    grid = page.subplots(rows, 2, squeeze=False).flat
    for axes, chart in zip(grid, found, strict=False):
        draw(axes, chart)
    for axes in list(grid)[len(found) :] if len(found) % 2 else ():
        axes.remove()
    legend(page, lines, columns)
    page.tight_layout(h_pad=1.6, w_pad=2.2, rect=(0, foot / height, 1, 1))
    return image_of(page)


def stacked(pictures: Sequence[Image]) -> Image:
    """Pictures of one width, one below the other."""
    page = new("RGB", (max(p.width for p in pictures), sum(p.height for p in pictures)), PAPER)
    top = 0
    for picture in pictures:
        page.paste(picture, (0, top))
        top += picture.height
    return page
